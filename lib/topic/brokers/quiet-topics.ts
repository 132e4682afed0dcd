// Topics that were subscribed to, and left, without a message that is kept: somebody may come back to them, and anybody may have
// made them up.
// The names of so many are remembered, and those left longest ago make room.

/** Together, in UTF-16 units. */
const MAX_LENGTH = 4 * 1024 * 1024;
/** What a topic costs besides its name. */
const BASE_LENGTH = 128;

export class QuietTopics {
  private readonly names: Set<string>;
  private length: number;

  constructor() {
    this.names = new Set();
    this.length = 0;
  }

  /** @returns those for which there is no room any more */
  add(topic: string): string[] {
    this.delete(topic);
    this.names.add(topic);
    this.length += BASE_LENGTH + topic.length;
    const forgotten: string[] = [];
    for (const oldest of this.names) {
      if (this.length <= MAX_LENGTH) break;
      this.delete(oldest);
      forgotten.push(oldest);
    }
    return forgotten;
  }

  delete(topic: string): void {
    if (this.names.delete(topic)) this.length -= BASE_LENGTH + topic.length;
  }

  clear(): void {
    this.names.clear();
    this.length = 0;
  }
}
