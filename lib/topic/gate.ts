// Lets so many through at a time; the others wait in line.

export class Gate {
  private free: number;
  private readonly line: (() => void)[];

  constructor(places: number) {
    this.free = places;
    this.line = [];
  }

  async run<T>(action: () => Promise<T>): Promise<T> {
    if (this.free > 0) this.free--;
    else await new Promise<void>((resolve) => this.line.push(resolve));
    try {
      return await action();
    } finally {
      const next = this.line.shift();
      if (next === undefined) this.free++;
      else next();
    }
  }
}
