// What a spec sends under the id of its request: `values` of `request` and `stream`.

import { Readable } from 'node:stream';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { map, type Observable } from 'rxjs';
import { ClientStream } from '../../lib/index.js';
import { RequestFailedError, type TestClient } from '../../lib/testing/index.js';
import { Inbox, until } from '../support/bounded-wait.js';
import { useKitApp } from '../support/kit-app.js';

const gates = new Inbox<() => void>('a handler that waits');
const gate = (): Promise<void> => new Promise((resolve) => gates.push(resolve));

@WebSocketGateway()
class UploadGateway {
  readonly failures: unknown[] = [];

  @SubscribeMessage('collect')
  async collect(@ClientStream() stream: ClientStream, @MessageBody() name: string): Promise<unknown> {
    const values: unknown[] = [];
    for await (const value of stream) values.push(Buffer.isBuffer(value) ? value.toString('hex') : value);
    return { name, values };
  }

  @SubscribeMessage('double')
  double(@ClientStream() stream: ClientStream<number>): Observable<number> {
    return stream.pipe(map((value) => value * 2));
  }

  @SubscribeMessage('slow')
  async slow(@ClientStream() stream: ClientStream<number>): Promise<number> {
    let sum = 0;
    await gate();
    for await (const value of stream) sum += value;
    return sum;
  }

  @SubscribeMessage('first')
  async first(@ClientStream() stream: ClientStream): Promise<unknown> {
    for await (const value of stream) {
      await gate();
      return value;
    }
    return undefined;
  }

  @SubscribeMessage('what came')
  async whatCame(@ClientStream() stream: ClientStream): Promise<unknown> {
    const values: unknown[] = [];
    try {
      for await (const value of stream) values.push(value);
    } catch (error) {
      return { values, sent: (error as { sent: unknown }).sent };
    }
    return values;
  }

  @SubscribeMessage('none')
  none(): string {
    return 'no values';
  }
}

const app = useKitApp({ providers: [UploadGateway] });
let client: TestClient;

beforeEach(async () => {
  client = await app.current.connect();
});

/** Numbers from 1, and what has become of the generator. */
class Source {
  pulled = 0;
  isReturned = false;

  async *[Symbol.asyncIterator](): AsyncGenerator<number> {
    try {
      for (;;) yield ++this.pulled;
    } finally {
      this.isReturned = true;
    }
  }
}

describe('values', () => {
  it('reach the handler to their end: JSON and bytes, in order', async () => {
    const values = [1, 'two', null, { three: 3 }, Uint8Array.of(1, 2, 255), [4]];
    expect(await client.request('collect', 'x', { values })).toEqual({
      name: 'x',
      values: [1, 'two', null, { three: 3 }, '0102ff', [4]],
    });
    expect(client.waiting).toEqual([]);
  });

  it.each<[string, Iterable<unknown> | AsyncIterable<unknown>, unknown[]]>([
    ['nothing', [], []],
    ['a Set', new Set([1, 2]), [1, 2]],
    ['promises', [Promise.resolve(1), 2], [1, 2]],
    ['a Readable of bytes', Readable.from([Buffer.from('ab'), Buffer.from('c')]), ['6162', '63']],
  ])('may be %s', async (_, values, expected) => {
    expect(await client.request('collect', 'x', { values })).toEqual({ name: 'x', values: expected });
  });

  it('go while answers come', async () => {
    const answers: unknown[] = [];
    for await (const answer of client.stream('double', undefined, { values: Array.from({ length: 100 }, (_, i) => i) }))
      answers.push(answer);
    expect(answers).toEqual(Array.from({ length: 100 }, (_, i) => 2 * i));
  });

  it('of two requests do not mix', async () => {
    const letters = Array.from({ length: 40 }, (_, i) => `a${i}`);
    const bytes = letters.map((letter) => Buffer.from(letter));
    const both = [
      client.request('collect', 'a', { values: letters }),
      client.request('collect', 'b', { values: bytes }),
    ];
    expect(await Promise.all(both)).toEqual([
      { name: 'a', values: letters },
      { name: 'b', values: bytes.map((each) => each.toString('hex')) },
    ]);
  });

  it.each(['a text', Buffer.from('bytes'), 7, null])('are not %p', (values) => {
    expect(() => client.stream('collect', 'x', { values: values as never })).toThrow(
      'values must be an iterable or async iterable of values: for a single one, [value]',
    );
  });
});

describe('credit', () => {
  it('says how far an iterable is pulled', async () => {
    const source = new Source();
    const answers = client.stream('slow', undefined, { values: source });
    const open = await gates.next();
    await until(() => source.pulled === 16, 'all that was granted to be pulled');
    await client.roundTrip();
    expect(source.pulled).toBe(16);
    open();
    await until(() => source.pulled > 100, 'more to be granted');
    await answers.return();
    await until(() => source.isReturned, 'the source to be let go');
  });

  it('that nobody grants pulls nothing', async () => {
    const source = new Source();
    expect(await client.request('none', undefined, { values: source })).toBe('no values');
    expect(source.pulled).toBe(0);
  });
});

describe('the end', () => {
  it('by the handler: the iterable is returned, and the answer still comes', async () => {
    const source = new Source();
    const answer = client.request('first', undefined, { values: source });
    (await gates.next())();
    expect(await answer).toBe(1);
    await until(() => source.isReturned, 'the source to be let go');
    expect(client.waiting).toEqual([]);
  });

  it('by a failure: the handler hears of it, and the error of the request has it as its cause', async () => {
    const failure = new Error('disk');
    const values = {
      *[Symbol.iterator]() {
        yield 1;
        throw failure;
      },
    };
    expect(await client.request('what came', undefined, { values })).toEqual({
      values: [1],
      sent: { message: 'disk' },
    });
    const failed = client.request('collect', 'x', { values });
    await expect(failed).rejects.toBeInstanceOf(RequestFailedError);
    await expect(failed).rejects.toMatchObject({ body: { code: 'CLIENT_STREAM_ERROR' }, cause: failure });
  });

  it('by a value that JSON has no word for is a failure too', async () => {
    await expect(client.request('collect', 'x', { values: [1n] })).rejects.toMatchObject({
      cause: { message: expect.stringContaining('BigInt') },
    });
  });

  it('by what is thrown and is no Error: it is sent as it is', async () => {
    const values = {
      async *[Symbol.asyncIterator]() {
        yield 1;
        // oxlint-disable-next-line typescript/only-throw-error -- a client's error is any JSON value
        throw { code: 'DISK' };
      },
    };
    expect(await client.request('what came', undefined, { values })).toEqual({ values: [1], sent: { code: 'DISK' } });
  });

  it.each<[string, () => void]>([
    ['closed', () => void client.close()],
    ['cut', () => client.terminate()],
  ])('by a connection that is %s', async (_, leave) => {
    const source = new Source();
    client.stream('double', undefined, { values: source });
    await until(() => source.pulled > 0, 'the first value');
    leave();
    await client.expectClose();
    await until(() => source.isReturned, 'the source to be let go');
  });

  it('lets go of an iterable that is asked for a value at that moment', async () => {
    let isReturned = false;
    const values: AsyncIterable<unknown> = {
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise(() => undefined),
        return: () => {
          isReturned = true;
          return Promise.reject(new Error('not now'));
        },
      }),
    };
    const answers = client.stream('collect', 'x', { values });
    await client.roundTrip();
    await answers.return();
    expect(isReturned).toBe(true);
  });
});

it('who sends values by hand finds what the server says of them among the messages', async () => {
  client.sendText('{"id":"u","event":"collect","data":"x"}');
  expect(await client.nextMessage()).toBe('{"id":"u","type":"request","n":16}');
  client.stream('collect', 'y');
  expect(await client.nextMessage()).toMatch(/"type":"request","n":16/);
});
