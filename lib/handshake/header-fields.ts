// The header fields of a request as they came, each name with all of its values: the handshake must see duplicates,
// which Node's `headers` object joins or drops. Names are compared in lower case; nothing a peer sends names a property.
// A handshake asks for a few fields of a few more that there are: looking them up costs less than an index of all.

const NONE: readonly string[] = [];

export class HeaderFields {
  private readonly rawHeaders: readonly string[];

  /** @param rawHeaders names and values in turn, as in Node's `rawHeaders` */
  constructor(rawHeaders: readonly string[]) {
    this.rawHeaders = rawHeaders;
  }

  /** @param name in lower case, here and below */
  has(name: string): boolean {
    return this.find(name, 0) !== undefined;
  }

  all(name: string): readonly string[] {
    const { rawHeaders } = this;
    let values: string[] | undefined;
    for (let at = this.find(name, 0); at !== undefined; at = this.find(name, at + 1)) {
      (values ??= []).push(rawHeaders[at]!);
    }
    return values ?? NONE;
  }

  /** The value of a field that stands exactly once. */
  single(name: string): string | undefined {
    const at = this.find(name, 0);
    if (at === undefined || this.find(name, at + 1) !== undefined) return undefined;
    return this.rawHeaders[at];
  }

  /** All values of a list field as the one list they mean (RFC 9110 §5.3). */
  joined(name: string): string | undefined {
    const values = this.all(name);
    return values.length < 2 ? values[0] : values.join(', ');
  }

  /** @returns where the value of the first such field at or behind `from` stands */
  private find(name: string, from: number): number | undefined {
    const { rawHeaders } = this;
    for (let i = from; i + 1 < rawHeaders.length; i += 2) {
      const candidate = rawHeaders[i]!;
      if (candidate.length === name.length && candidate.toLowerCase() === name) return i + 1;
    }
    return undefined;
  }
}
