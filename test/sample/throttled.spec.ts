// @nestjs/throttler, unchanged, on messages. A process of its own, since Jest on Node 20 cannot load a CommonJS package that
// requires Nest 12.

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { FrameClient } from '../support/frame-client.js';
import { freePort } from '../support/free-port.js';
import { SampleProcess } from '../support/sample-process.js';

describe('the sample throttled', () => {
  let sample: SampleProcess;
  beforeAll(async () => {
    sample = await SampleProcess.start('throttled', await freePort());
  });
  afterAll(() => sample.kill('SIGTERM'));

  it('refuses what is too much with a 429 that is tied to the request, and leaves the connection open', async () => {
    const client = await FrameClient.open(sample.port);
    const ask = async (event: string): Promise<unknown> => {
      client.json({ id: 1, event });
      const first = (await client.nextJson()) as { type: string };
      if (first.type === 'next') await client.nextJson();
      return first;
    };
    const tooMany = {
      id: 1,
      type: 'error',
      error: { status: 429, code: 'TOO_MANY_REQUESTS', message: 'ThrottlerException: Too Many Requests' },
    };
    const found = { id: 1, type: 'next', data: 'found' };
    expect([await ask('search'), await ask('search'), await ask('search')]).toEqual([found, found, tooMany]);
    expect([await ask('report'), await ask('report')]).toEqual([{ id: 1, type: 'next', data: 'written' }, tooMany]);
    for (let i = 0; i < 4; i++) expect(await ask('status')).toEqual({ id: 1, type: 'next', data: 'fine' });
    client.drop();
  });
});
