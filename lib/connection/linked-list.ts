// A list whose links are fields of its members: to join and to leave allocate nothing. A Map or Set of what comes and goes
// is made anew all the time, and V8 chains the old tables to the new: once one of them has grown old, all that were members
// since stay until the next full collection.

export interface Linked<T> {
  previous: T | undefined;
  next: T | undefined;
}

/** Members are in one list at a time, in the order in which they joined. */
export class LinkedList<T extends Linked<T>> {
  first: T | undefined;
  private last: T | undefined;

  constructor() {
    this.first = undefined;
    this.last = undefined;
  }

  has(member: T): boolean {
    return member.previous !== undefined || this.first === member;
  }

  add(member: T): void {
    member.previous = this.last;
    if (this.last === undefined) this.first = member;
    else this.last.next = member;
    this.last = member;
  }

  /** @returns whether it was a member */
  delete(member: T): boolean {
    if (!this.has(member)) return false;
    const { previous, next } = member;
    if (previous === undefined) this.first = next;
    else previous.next = next;
    if (next === undefined) this.last = previous;
    else next.previous = previous;
    member.previous = undefined;
    member.next = undefined;
    return true;
  }
}
