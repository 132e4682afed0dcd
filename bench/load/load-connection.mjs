// One client's connection, on a bare socket: opens it as a WebSocket (and as Socket.IO, where asked to), writes bytes that were
// made ready, and tells how many answers have come. All connections share one buffer to read into.

import { once } from 'node:events';
import { connect } from 'node:net';
import { AnswerReader, isClose, isPing } from './answer-reader.mjs';
import { encodeFrame, encodeText } from './messages.mjs';

const READ_BYTES = 256 * 1024;
const READ_BUFFER = Buffer.allocUnsafe(READ_BYTES);
const KEY = 'dGhlIHNhbXBsZSBub25jZQ==';
/** RFC 6455 §1.3 has this pair. */
const ACCEPT = 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=';
const PONG = 0x8a;
const CLOSE_FRAME = encodeFrame(0x88, Buffer.from([0x03, 0xe8]));
const ENGINE_IO_PONG = encodeText('3');
const SOCKET_IO_CONNECT = encodeText('40');
/** The loopback network has many addresses: more connections than one address has ports, and no two alike. */
const ADDRESSES = 16;
let opened = 0;

export class LoadConnection {
  /** @param server its `port`, its `dialect`, and the `extensions` to offer */
  constructor({ port, dialect, extensions }) {
    this.dialect = dialect;
    this.extensions = extensions;
    this.reader = new AnswerReader((opcode, payload) => this.receiveControl(opcode, payload));
    /** Called with the number of answers that came in one chunk. */
    this.onAnswers = undefined;
    /** Called with the reason when the connection ends without having been closed from here. */
    this.onLost = undefined;
    this.isClosing = false;
    this.answer = '';
    /** Waits for the end of the opening handshake; given the bytes that came behind it. */
    this.whenOpen = undefined;
    const host = `127.0.0.${1 + (opened++ % ADDRESSES)}`;
    this.socket = connect({
      port,
      host,
      noDelay: true,
      onread: { buffer: READ_BUFFER, callback: (length, chunk) => this.receive(length, chunk) },
    });
    this.socket.on('error', (error) => this.lose(error.message));
    this.socket.on('close', () => this.lose('the server ended the connection'));
  }

  /** Resolves when messages can be sent. */
  async open() {
    const path = this.dialect === 'socket.io' ? '/socket.io/?EIO=4&transport=websocket' : '/';
    const extensions = this.extensions === undefined ? '' : `Sec-WebSocket-Extensions: ${this.extensions}\r\n`;
    const isUpgraded = new Promise((resolve, reject) => {
      this.whenOpen = resolve;
      this.onLost = (reason) => reject(new Error(reason));
    });
    this.socket.write(
      `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
        `Sec-WebSocket-Key: ${KEY}\r\nSec-WebSocket-Version: 13\r\n${extensions}\r\n`,
    );
    const behind = await isUpgraded;
    const isOpen = this.dialect === 'socket.io' ? this.openSocketIo() : undefined;
    if (behind.length > 0) this.receive(behind.length, behind);
    await isOpen;
  }

  send(bytes) {
    this.socket.write(bytes);
  }

  /** The next answers' payloads, so many. Nothing else may wait for answers meanwhile. */
  payloads(count) {
    const payloads = [];
    return new Promise((resolve, reject) => {
      this.onLost = (reason) => reject(new Error(reason));
      this.reader.onPayload = (payload) => {
        payloads.push(payload);
        if (payloads.length < count) return;
        this.reader.onPayload = undefined;
        resolve(payloads);
      };
    });
  }

  /** The closing handshake, and the end of the connection. */
  async close() {
    this.isClosing = true;
    this.socket.write(CLOSE_FRAME);
    await once(this.socket, 'close');
  }

  /** What comes from now on stays with the system, and soon with the server. */
  stopReading() {
    this.socket.pause();
  }

  receive(length, chunk) {
    if (this.whenOpen !== undefined) {
      this.receiveOpening(chunk.subarray(0, length));
      return true;
    }
    const answers = this.reader.read(chunk, length);
    if (answers > 0) this.onAnswers?.(answers);
    return true;
  }

  receiveOpening(chunk) {
    this.answer += chunk.toString('latin1');
    const end = this.answer.indexOf('\r\n\r\n');
    if (end < 0) return;
    const head = this.answer.slice(0, end);
    const isAccepted =
      head.startsWith('HTTP/1.1 101 ') &&
      (this.dialect === 'floor' || head.includes(ACCEPT)) &&
      /permessage-deflate/.test(head) === (this.extensions !== undefined);
    if (!isAccepted) {
      this.lose(`the handshake was answered with ${head}`);
      return;
    }
    const { whenOpen } = this;
    this.whenOpen = undefined;
    whenOpen(Buffer.from(this.answer.slice(end + 4), 'latin1'));
    this.answer = '';
  }

  /** Engine.IO opens by itself, Socket.IO when it is asked to. */
  async openSocketIo() {
    await this.payloads(1);
    const connected = this.payloads(1);
    this.send(SOCKET_IO_CONNECT);
    const [answer] = await connected;
    if (!answer.toString().startsWith('40{')) throw new Error(`Socket.IO answered ${answer}`);
  }

  receiveControl(opcode, payload) {
    if (isPing(opcode, payload)) this.send(opcode === 1 ? ENGINE_IO_PONG : encodeFrame(PONG, payload));
    else if (isClose(opcode) && this.isClosing) this.socket.end();
    else if (isClose(opcode))
      this.lose(`the server closed with ${payload.length < 2 ? 1005 : payload.readUInt16BE(0)}`);
  }

  lose(reason) {
    if (this.isClosing) return;
    this.isClosing = true;
    this.socket.destroy();
    this.onLost?.(reason);
  }
}
