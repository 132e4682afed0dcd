// A client that subscribes, comes back when its connection ends, and recovers as docs/protocol.md says, "Coming back". It uses
// `ws` and shares no code with the server.

import { WebSocket } from 'ws';

/** While the broker is away, subscribing fails; whoever tries again at once keeps it from coming back. */
const AGAIN_MS = { least: 500, most: 3000 };
const againMs = () => AGAIN_MS.least + Math.random() * (AGAIN_MS.most - AGAIN_MS.least);

export class RecoveringClient {
  /**
   * @param ports of the nodes; each connection goes to the next
   * @param journals one for each topic that it is in: `topic`, and what is called below
   */
  constructor(ports, journals) {
    this.ports = ports;
    this.next = Math.floor(Math.random() * ports.length);
    this.journals = journals;
    /** By topic: where the client stands. */
    this.positions = new Map();
    this.askedAt = new Map();
    this.socket = undefined;
    this.returning = undefined;
    this.isEnded = false;
    this.connections = 0;
    /** How long it stays away. */
    this.awayMs = againMs();
    this.connect();
  }

  connect() {
    this.connections++;
    const socket = new WebSocket(`ws://127.0.0.1:${this.ports[this.next++ % this.ports.length]}/`);
    this.socket = socket;
    socket.on('open', () => {
      for (const journal of this.journals) this.subscribe(socket, journal);
    });
    socket.on('message', (data) => this.receive(socket, JSON.parse(data)));
    socket.on('error', () => socket.terminate());
    socket.on('close', () => {
      if (!this.isEnded) this.returning = setTimeout(() => this.connect(), this.awayMs);
    });
  }

  /** The connection ends without a word. */
  cut(awayMs) {
    this.awayMs = awayMs;
    this.socket.terminate();
  }

  end() {
    this.isEnded = true;
    clearTimeout(this.returning);
    this.socket.terminate();
  }

  subscribe(socket, { topic }) {
    if (socket.readyState !== WebSocket.OPEN) return;
    this.askedAt.set(topic, Date.now());
    const recover = this.positions.get(topic);
    socket.send(JSON.stringify({ id: topic, type: 'subscribe', topic: `loss/${topic}`, recover }));
  }

  receive(socket, { id, type, offset, epoch, recovered, data, error }) {
    // What a connection that was cut had still in its buffer was not received.
    if (socket !== this.socket || socket.readyState !== WebSocket.OPEN) return;
    const journal = this.journals.find(({ topic }) => topic === id);
    if (type === 'subscribed') {
      journal.subscribed({ epoch, offset }, recovered, this.positions.get(id));
      this.positions.set(id, { epoch, offset });
    } else if (type === 'next') {
      const position = { epoch: this.positions.get(id).epoch, offset };
      journal.received(position, data.number, data.at < this.askedAt.get(id));
      this.positions.set(id, position);
    } else if (error?.code === 'TOPIC_UNAVAILABLE') {
      journal.refused();
      setTimeout(() => this.subscribe(socket, journal), againMs());
    } else {
      throw new Error(`a client was told ${type}: ${JSON.stringify(error)}`);
    }
  }
}
