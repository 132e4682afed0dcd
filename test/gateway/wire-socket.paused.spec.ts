// A gateway that does not want to read yet when the client comes: what arrives meanwhile waits, in order.

import { describe, expect, it } from '@jest/globals';
import { MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import type { WireSocket } from '../../lib/index.js';
import { useWireApp } from '../support/wire-app.js';

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
