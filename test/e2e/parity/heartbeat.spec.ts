// A quiet line: whether the server says anything on its own. The clock is the test's.

import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { WebSocketGateway } from '@nestjs/websockets';
import { adapters } from '../../support/adapters.js';
import { EchoGateway } from '../../support/echo.gateway.js';
import { itDiffers } from '../../support/it-differs.js';
import { useApp } from '../../support/nest-app.js';

@WebSocketGateway()
class QuietGateway extends EchoGateway {}

describe.each(adapters)('a quiet line over %s', (_name, adapter) => {
  const app = useApp({ adapter, providers: [QuietGateway] });

  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate'] });
  });

  afterEach(() => {
    jest.useRealTimers();
  });

  itDiffers(adapter, 'stays quiet', {
    reason: 'a ping finds half-open connections',
    identical: async () => {
      const client = await app.connect();
      const pinged = jest.fn();
      client.socket.on('ping', pinged);
      jest.advanceTimersByTime(3_600_000);
      await client.expectSilence();
      expect(pinged).not.toHaveBeenCalled();
    },
    better: async () => {
      const client = await app.connect();
      jest.advanceTimersByTime(25_000);
      expect(await client.nextPing()).toEqual(Buffer.alloc(0));
      await client.expectSilence();
    },
  });

  itDiffers(adapter, 'is kept though the client answers nothing', {
    reason: 'who does not answer is gone, and cut off',
    identical: async () => {
      const client = await app.connect('/', { autoPong: false });
      jest.advanceTimersByTime(3_600_000);
      await client.expectSilence();
    },
    better: async () => {
      const client = await app.connect('/', { autoPong: false });
      jest.advanceTimersByTime(25_000);
      await client.nextPing();
      jest.advanceTimersByTime(20_000);
      expect((await client.closed()).code).toBe(1006);
    },
  });

  it('is not cut while it is in use', async () => {
    const client = await app.connect('/', { autoPong: false });
    for (let minute = 0; minute < 3; minute += 1) {
      jest.advanceTimersByTime(20_000);
      await client.expectSilence();
    }
  });
});
