// RFC 6455 §6.2: frames become messages, in the order in which they came.

import { binary, conforms, fails, ping, pong, text, type WireCase } from '../harness.js';

const many = Array.from({ length: 60 }, (_, i) => `message ${i} ${'x'.repeat(i * 3)}`);

const cases: WireCase[] = [
  {
    rule: '§6.2 "If the frame comprises an unfragmented message, it is said that _A WebSocket Message Has Been Received_ with type ... and data"',
    frames: [
      [0x81, 'text'],
      [0x82, 'data'],
    ],
    receives: [text('text'), binary('data')],
  },
  {
    rule: '§6.2 "the \\"Application data\\" of the following data frames is concatenated" until FIN',
    frames: [[0x01, 'con'], [0x00, 'cat'], [0x00], [0x80, 'enated']],
    receives: [text('concatenated')],
  },
  {
    rule: '§6.2 "Subsequent data frames MUST be interpreted as belonging to a new WebSocket message"',
    frames: [
      [0x01, 'a'],
      [0x80, 'b'],
      [0x02, 'c'],
      [0x80, 'd'],
    ],
    receives: [text('ab'), binary('cd')],
  },
  {
    rule: '§6.2 "the endpoint MUST handle the control frame": of every kind, between data',
    frames: [[0x89, 'p'], [0x81, 'a'], [0x8a, 'q'], [0x02, 'b'], [0x89], [0x80, 'c']],
    receives: [ping('p'), text('a'), pong('q'), ping(), binary('bc')],
  },
  {
    rule: '§6.2 sixty messages in a row, of sizes around every length form',
    frames: many.map((message, i) => [i % 2 === 0 ? 0x81 : 0x82, message] as const),
    receives: many.map((message, i) => (i % 2 === 0 ? text(message) : binary(message))),
  },
  {
    rule: '§6.2 messages before a failure have been received, the unfinished one has not',
    frames: [
      [0x81, 'whole'],
      [0x01, 'half'],
      [0x81, 'wrong'],
    ],
    receives: [text('whole')],
    ends: fails(1002),
  },
  {
    rule: '§6.2 "Upon receiving data", nothing received is nothing: an empty message is one all the same',
    frames: [[0x81], [0x82], [0x01], [0x80]],
    receives: [text(''), binary(''), text('')],
  },
];

conforms('RFC 6455 §6.2 Receiving Data', cases);
