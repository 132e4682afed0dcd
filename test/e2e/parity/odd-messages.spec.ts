// Messages that are no plain {"event","data"}: what of them is answered, and what is met with silence.

import { describe, expect, it } from '@jest/globals';
import { MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { adapters } from '../../support/adapters.js';
import { EchoGateway } from '../../support/echo.gateway.js';
import { itDiffers } from '../../support/it-differs.js';
import { useApp } from '../../support/nest-app.js';

@WebSocketGateway()
class OddGateway extends EchoGateway {
  @SubscribeMessage('body')
  body(@MessageBody() data: unknown): unknown[] {
    return [data === undefined ? 'undefined' : data];
  }

  @SubscribeMessage('')
  nameless(): string {
    return 'the event without a name';
  }

  @SubscribeMessage('é 🎈')
  unicode(): string {
    return 'unicode';
  }
}

const SILENT: readonly [what: string, sent: string | Buffer][] = [
  ['an unknown event', '{"event":"unknown","data":1}'],
  ['another case', '{"event":"BODY"}'],
  ['no event', '{"data":1}'],
  ['an event null', '{"event":null}'],
  ['an event that is a number', '{"event":1}'],
  ['an event that is a list', '{"event":["body"]}'],
  ['an event that is an object', '{"event":{"toString":"body"}}'],
  ['__proto__', '{"event":"__proto__"}'],
  ['constructor', '{"event":"constructor"}'],
  ['toString', '{"event":"toString"}'],
  ['hasOwnProperty', '{"event":"hasOwnProperty"}'],
  ['the name of a method', '{"event":"nameless"}'],
  ['an empty object', '{}'],
  ['a list', '["body",1]'],
  ['a string', '"body"'],
  ['a number', '5'],
  ['zero', '0'],
  ['false', 'false'],
  ['null', 'null'],
  ['an empty text', ''],
  ['white space', '  '],
  ['no JSON', 'body'],
  ['half of JSON', '{"event":"body"'],
  ['two values', '{"event":"body"}{"event":"body"}'],
  ['a byte order mark', '\ufeff{"event":"body"}'],
  ['single quotes', "{'event':'body'}"],
  ['an empty binary message', Buffer.alloc(0)],
  ['a binary message that is no JSON', Buffer.from([0x01, 0x02, 0xff])],
];

describe.each(adapters)('an odd message over %s', (_name, adapter) => {
  const app = useApp({ adapter, providers: [OddGateway] });

  it.each<[string, string | Buffer, string]>([
    ['no data', '{"event":"body"}', '["undefined"]'],
    ['data null', '{"event":"body","data":null}', '[null]'],
    ['data first', '{"data":1,"event":"body"}', '[1]'],
    ['white space', ' \n{ "event" : "body" ,\t"data" : [ 1 , 2 ] } ', '[[1,2]]'],
    ['members nobody knows', '{"event":"body","data":1,"type":"x","more":{}}', '[1]'],
    ['a member twice', '{"event":"unknown","event":"body","data":1,"data":2}', '[2]'],
    ['an escaped event', '{"event":"\\u0062ody","data":"\\u00e9"}', '["é"]'],
    ['an event without a name', '{"event":""}', '"the event without a name"'],
    ['an event beyond ASCII', '{"event":"é 🎈"}', '"unicode"'],
    ['__proto__ in the data', '{"event":"body","data":{"__proto__":{"x":1}}}', '[{"__proto__":{"x":1}}]'],
    ['__proto__ beside the data', '{"event":"body","data":1,"__proto__":{"event":"x"}}', '[1]'],
    ['a lone surrogate', '{"event":"body","data":"\\ud800"}', '["\\ud800"]'],
    [
      'numbers beyond precision',
      '{"event":"body","data":[1e400,-0,0.1,12345678901234567890]}',
      '[[null,0,0.1,12345678901234567000]]',
    ],
    // A binary message is parsed like a text, and its answer is a text.
    ['a binary message', Buffer.from('{"event":"body","data":"é"}'), '["é"]'],
    ['a binary message that is not UTF-8', Buffer.from('{"event":"body","data":"\xff"}', 'latin1'), '["\ufffd"]'],
  ])('is answered: %s', async (_what, sent, expected) => {
    const client = await app.connect();
    client.send(sent);
    expect(await client.next()).toBe(expected);
    await client.expectSilence();
  });

  for (const [what, sent] of SILENT) {
    itDiffers(adapter, `is met with silence: ${what}`, {
      reason: 'who asks in vain is told so',
      identical: async () => {
        const client = await app.connect();
        client.send(sent);
        await client.expectSilence();
      },
      better: async () => {
        const client = await app.connect();
        client.send(sent);
        expect(await client.next()).toMatch(/^\{"event":"exception",/);
      },
    });
  }

  // An id asks for an answer that carries it, and for its end.
  for (const id of [7, '"seven"']) {
    itDiffers(adapter, `an id is ignored: ${id}`, {
      reason: 'the answer carries the id, and its end is told',
      identical: async () => {
        const client = await app.connect();
        client.send(`{"id":${id},"event":"body","data":1}`);
        expect(await client.next()).toBe('[1]');
        await client.expectSilence();
      },
      better: async () => {
        const client = await app.connect();
        client.send(`{"id":${id},"event":"body","data":1}`);
        expect(await client.take(2)).toEqual([
          `{"id":${id},"type":"next","data":[1]}`,
          `{"id":${id},"type":"complete"}`,
        ]);
      },
    });
  }

  for (const id of ['null', '{}', '1.5', `"${'x'.repeat(65)}"`]) {
    itDiffers(adapter, `what is no id is ignored: ${id}`, {
      reason: 'such a message is not handled',
      identical: async () => {
        const client = await app.connect();
        client.send(`{"id":${id},"event":"body","data":1}`);
        expect(await client.next()).toBe('[1]');
      },
      better: async () => {
        const client = await app.connect();
        client.send(`{"id":${id},"event":"body","data":1}`);
        expect(await client.next()).toMatch(/^\{"event":"exception",/);
        await client.expectSilence();
      },
    });
  }
});
