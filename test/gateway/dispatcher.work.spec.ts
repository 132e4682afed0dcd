// What counts as work: acknowledgements that come late, requests that are cancelled while their handlers run, and errors
// of handlers that have no envelope.

import { describe, expect, it } from '@jest/globals';
import { Ack, MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { OnBinary } from '../../lib/index.js';
import { useWireApp } from '../support/wire-app.js';

const MAX_STREAMS = 3;
let release: () => void = () => undefined;

@WebSocketGateway({ limits: { maxStreams: MAX_STREAMS } })
class WorkGateway {
  @SubscribeMessage('late')
  late(@MessageBody() data: unknown, @Ack() ack: (value: unknown) => void): void {
    setImmediate(() => ack(data));
  }

  @SubscribeMessage('wait')
  async wait(): Promise<string> {
    await new Promise<void>((resolve) => {
      const before = release;
      release = () => {
        before();
        resolve();
      };
    });
    return 'rested';
  }

  @SubscribeMessage('echo')
  echo(@MessageBody() data: unknown): unknown {
    return data;
  }

  @OnBinary()
  fail(): never {
    throw new Error('of the application');
  }
}

describe('the work of one client', () => {
  const app = useWireApp({ providers: [WorkGateway] });

  it('a request is complete only after its acknowledgement, however late that comes', async () => {
    const client = await app.current.client();
    client.json({ id: 1, event: 'late', data: 'here' });
    expect(await client.nextText()).toBe('{"id":1,"type":"next","data":"here"}');
    expect(await client.nextText()).toBe('{"id":1,"type":"complete"}');
  });

  it('a cancelled request counts until its handler has come to rest', async () => {
    const client = await app.current.client();
    for (let id = 0; id < MAX_STREAMS; id++) {
      client.json({ id, event: 'wait' });
      client.json({ id, type: 'cancel' });
    }
    client.json({ id: 'one more', event: 'echo', data: 1 });
    expect(await client.nextText()).toMatch(/^\{"id":"one more","type":"error","error":\{"status":429/);
    release();
    // The handlers settle in the turns between.
    client.json({ event: 'echo', data: 'turn' });
    expect(await client.nextText()).toBe('"turn"');
    client.json({ id: 'again', event: 'echo', data: 1 });
    expect(await client.nextText()).toBe('{"id":"again","type":"next","data":1}');
  });

  it('an error of a raw handler does not send its message back', async () => {
    const client = await app.current.client();
    client.binary(Buffer.alloc(10_000, 7));
    expect(await client.nextText()).toBe(
      '{"event":"exception","data":{"status":"error","message":"Internal server error"}}',
    );
  });
});
