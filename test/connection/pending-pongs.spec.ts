import { Buffer } from 'node:buffer';
import { describe, expect, it } from '@jest/globals';
import { PendingPongs } from '../../lib/connection/pending-pongs.js';

const ping = (number: number): Buffer => Buffer.from(String(number));

describe('PendingPongs', () => {
  it('§5.5.3: lets so many wait, and keeps of those beyond only the newest', () => {
    const pongs = new PendingPongs(2);
    expect([1, 2, 3, 4].map((number) => pongs.admit(ping(number)))).toEqual([true, true, false, false]);
    expect(pongs.settle()?.toString()).toBe('4');
  });

  it('owes nothing where all were admitted', () => {
    const pongs = new PendingPongs(2);
    pongs.admit(ping(1));
    expect(pongs.settle()).toBeUndefined();
  });

  it('begins anew when nothing waits any more', () => {
    const pongs = new PendingPongs(1);
    for (const number of [1, 2]) pongs.admit(ping(number));
    pongs.settle();
    expect(pongs.settle()).toBeUndefined();
    expect([3, 4].map((number) => pongs.admit(ping(number)))).toEqual([true, false]);
  });

  it('keeps what a ping said, though its memory is used again', () => {
    const pongs = new PendingPongs(1);
    const payload = ping(2);
    pongs.admit(ping(1));
    pongs.admit(payload);
    payload.fill('x');
    expect(pongs.settle()?.toString()).toBe('2');
  });

  it('can forget the newest', () => {
    const pongs = new PendingPongs(1);
    for (const number of [1, 2]) pongs.admit(ping(number));
    pongs.forgetNewest();
    expect(pongs.settle()).toBeUndefined();
  });

  it('is flooded by 64 times as many pings as may wait, until it begins anew', () => {
    const pongs = new PendingPongs(2);
    for (let i = 0; i < 2 + 128; i++) pongs.admit(ping(i));
    expect(pongs.isFlooded).toBe(false);
    pongs.admit(ping(0));
    expect(pongs.isFlooded).toBe(true);
    pongs.settle();
    expect(pongs.isFlooded).toBe(false);
  });

  it('has no limit where 0 is given', () => {
    const pongs = new PendingPongs(0);
    for (let i = 0; i < 1000; i++) expect(pongs.admit(ping(i))).toBe(true);
  });
});
