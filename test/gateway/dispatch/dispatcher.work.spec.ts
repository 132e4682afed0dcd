// What counts as work: acknowledgements that come late, requests that are cancelled while their handlers run, and errors
// of handlers that have no envelope.

import { describe, expect, it } from '@jest/globals';
import { Ack, MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { OnBinary } from '../../../lib/index.js';
import { useKitApp } from '../../support/kit-app.js';

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
  const app = useKitApp({ providers: [WorkGateway] });

  it('a request is complete only after its acknowledgement, however late that comes', async () => {
    const client = await app.current.connect();
    client.sendText(JSON.stringify({ id: 1, event: 'late', data: 'here' }));
    expect(await client.nextMessage()).toBe('{"id":1,"type":"next","data":"here"}');
    expect(await client.nextMessage()).toBe('{"id":1,"type":"complete"}');
  });

  it('a cancelled request counts until its handler has come to rest', async () => {
    const client = await app.current.connect();
    for (let id = 0; id < MAX_STREAMS; id++) await client.stream('wait').return();
    await expect(client.request('echo', 1)).rejects.toMatchObject({ body: { status: 429 } });
    release();
    // The handlers settle in the turns between.
    await client.roundTrip();
    expect(await client.request('echo', 1)).toBe(1);
  });

  it('an error of a raw handler does not send its message back', async () => {
    const client = await app.current.connect();
    client.sendBinary(Buffer.alloc(10_000, 7));
    expect(await client.nextMessage()).toBe(
      '{"event":"exception","data":{"status":"error","message":"Internal server error"}}',
    );
  });
});
