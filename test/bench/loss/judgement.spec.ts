// The judgement of the loss report finds what it is there to find: losses in the middle and at the end, duplicates, wrong order.
import { describe, expect, it } from '@jest/globals';
import { Epochs, Journal } from '../../../bench/loss/journal.mjs';
import { judge } from '../../../bench/loss/judgement.mjs';

const a = (offset: number) => ({ epoch: 'a', offset });
const b = (offset: number) => ({ epoch: 'b', offset });
const TOPIC = 0;
/** Three messages were confirmed in one epoch and two in the next, and one was said to have failed. */
const LEDGER = {
  confirmed: [
    [TOPIC, 0, 'a', 1, 10],
    [TOPIC, 1, 'a', 2, 11],
    [TOPIC, 2, 'a', 3, 12],
    [TOPIC, 3, 'b', 1, 30],
    [TOPIC, 4, 'b', 2, 31],
  ],
  failed: [[TOPIC, 5]],
  uncertain: [],
};

function judged(tell: (journal: Journal) => void) {
  const epochs = new Epochs();
  epochs.note(TOPIC, 'a', 1);
  epochs.note(TOPIC, 'b', 29);
  const journal = new Journal(TOPIC, 6, epochs);
  journal.subscribed(a(0), false, undefined);
  tell(journal);
  const { losses, inGaps, duplicates, outOfOrder, receivedAllTheSame, expected } = judge([LEDGER], [journal], epochs);
  const lost = losses.map(({ number }: { number: number }) => number);
  return { lost, inGaps, duplicates, outOfOrder, receivedAllTheSame, expected };
}

const FINE = { lost: [], inGaps: 0, duplicates: 0, outOfOrder: 0, receivedAllTheSame: 0, expected: 5 };

describe('the judgement of the loss report', () => {
  it('a gap that was told is no loss, also from one epoch to the next', () => {
    const result = judged((journal) => {
      journal.received(a(1), 0, false);
      journal.subscribed(b(0), false, a(1));
      journal.received(b(1), 3, false);
      journal.received(b(2), 4, false);
    });
    expect(result).toEqual({ ...FINE, inGaps: 2 });
  });

  it('a hole that nobody was told of is one, beside a gap that was told', () => {
    const result = judged((journal) => {
      journal.received(a(1), 0, false);
      journal.received(a(3), 2, false);
      journal.subscribed(b(1), false, a(3));
      journal.received(b(2), 4, false);
    });
    expect(result).toEqual({ ...FINE, lost: [1], inGaps: 1 });
  });

  it('so is the end, where it never comes', () => {
    const result = judged((journal) => {
      for (const number of [0, 1, 2]) journal.received(a(number + 1), number, false);
    });
    expect(result).toEqual({ ...FINE, lost: [3, 4] });
  });

  it('what comes twice, in the wrong order, or after it was said to have failed, is found', () => {
    const result = judged((journal) => {
      journal.received(a(2), 1, false);
      journal.received(a(1), 0, false);
      journal.received(a(1), 0, false);
      journal.received(a(3), 2, false);
      journal.subscribed(b(2), false, a(3));
      journal.received(b(3), 5, false);
    });
    expect(result).toEqual({ ...FINE, inGaps: 2, duplicates: 1, outOfOrder: 1, receivedAllTheSame: 1 });
  });

  it('a recovery must go on from where the client stood', () => {
    const result = judged((journal) => {
      journal.received(a(1), 0, false);
      journal.subscribed(a(2), true, a(1));
      journal.received(a(3), 2, true);
      journal.subscribed(b(2), false, a(3));
    });
    expect(result).toEqual({ ...FINE, lost: [1], inGaps: 2, outOfOrder: 1 });
  });
});
