import { describe, expect, it } from '@jest/globals';
import { array, assert, nat, property } from 'fast-check';
import { type Linked, LinkedList } from '../../lib/connection/linked-list.js';

class Member implements Linked<Member> {
  previous: Member | undefined = undefined;
  next: Member | undefined = undefined;
}

function membersOf(list: LinkedList<Member>): Member[] {
  const members: Member[] = [];
  for (let { first: member } = list; member !== undefined; member = member.next) members.push(member);
  return members;
}

describe('LinkedList', () => {
  it('has who joined and did not leave, in the order of joining, as a Set has', () => {
    assert(
      property(array(nat(7)), (steps) => {
        const all = Array.from({ length: 8 }, () => new Member());
        const list = new LinkedList<Member>();
        const model = new Set<Member>();
        for (const step of steps) {
          const member = all[step]!;
          expect(list.has(member)).toBe(model.has(member));
          if (model.has(member)) {
            expect(list.delete(member)).toBe(model.delete(member));
            expect([member.previous, member.next]).toEqual([undefined, undefined]);
          } else {
            expect(list.delete(member)).toBe(false);
            list.add(member);
            model.add(member);
          }
          expect(membersOf(list)).toEqual([...model]);
        }
      }),
    );
  });
});
