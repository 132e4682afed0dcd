// A gateway that does not want to read yet when the client comes: what arrives meanwhile waits, in order.

import { describe, expect, it } from '@jest/globals';
import { ConnectedSocket, MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import type { WireSocket } from '../../../lib/index.js';
import { frame } from '../../support/bytes.js';
import { selfSigned } from '../../support/self-signed.js';
import { useWireApp } from '../../support/wire-app.js';

/** Many TLS records, and far more than may be at work at a time. */
const COUNT = 2000;

const held: WireSocket[] = [];

@WebSocketGateway({ path: '/paused' })
class PausedGateway {
  handleConnection(client: WireSocket): void {
    client.pause();
    held.push(client);
  }

  @SubscribeMessage('said')
  said(@MessageBody() text: string): object {
    return { event: 'said', data: text };
  }
}

@WebSocketGateway({ path: '/watching' })
class WatchingGateway {
  @SubscribeMessage('look')
  look(): number {
    return held.length;
  }

  @SubscribeMessage('resume')
  resume(): string {
    for (const client of held.splice(0)) client.resume();
    return 'resumed';
  }
}

/** Pauses at each message, and goes on a turn later. */
@WebSocketGateway({ path: '/hesitant' })
class HesitantGateway {
  @SubscribeMessage('said')
  said(@MessageBody() text: unknown, @ConnectedSocket() client: WireSocket): unknown {
    client.pause();
    setImmediate(() => client.resume());
    return text;
  }

  @SubscribeMessage('slow')
  async slow(@MessageBody() text: unknown): Promise<unknown> {
    await new Promise((resolve) => setImmediate(resolve));
    return text;
  }
}

const self = selfSigned();

// A TLS stream gives all the records of one read, whether or not it was paused at the first of them.
describe.each([
  ['plain', {}, undefined],
  ['TLS', { tls: true }, { key: self.key, cert: self.cert }],
])('a %s client of whom many messages come at once', (_name, options, https) => {
  const app = useWireApp({ providers: [HesitantGateway], ...(https && { https }) });

  it.each(['said', 'slow'])('loses nothing where reading stops again and again: %s', async (event) => {
    const client = await app.current.client('/hesitant', options);
    const padding = 'x'.repeat(100);
    const frames = Array.from({ length: COUNT }, (_, data) =>
      frame('client', 0x81, JSON.stringify({ event, data, padding })),
    );
    client.write(Buffer.concat(frames));
    for (let data = 0; data < COUNT; data++) expect(await client.nextJson()).toBe(data);
  });
});

describe('a client that is paused in handleConnection', () => {
  const app = useWireApp({ providers: [PausedGateway, WatchingGateway] });

  it('loses nothing', async () => {
    const paused = await app.current.client('/paused');
    const watching = await app.current.client('/watching');
    for (let i = 1; i <= 3; i++) {
      paused.json({ event: 'said', data: i });
      // What the other says comes later: the server has seen both.
      for (let turn = 0; turn < 2; turn++) expect(await watching.ask({ event: 'look' })).toBe(1);
    }
    await watching.ask({ event: 'resume' });
    for (let i = 1; i <= 3; i++) expect(await paused.nextText()).toBe(`{"event":"said","data":${i}}`);
  });
});
