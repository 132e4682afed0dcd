// The header fields of a request as they came, each name with all of its values: the handshake must see duplicates,
// which Node's `headers` object joins or drops. Names are compared in lower case; nothing a peer sends names a property.

export class HeaderFields {
  private readonly values: Map<string, string[]>;

  /** @param rawHeaders names and values in turn, as in Node's `rawHeaders` */
  constructor(rawHeaders: readonly string[]) {
    this.values = new Map();
    for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
      const name = rawHeaders[i]!.toLowerCase();
      const value = rawHeaders[i + 1]!;
      const present = this.values.get(name);
      if (present === undefined) this.values.set(name, [value]);
      else present.push(value);
    }
  }

  has(name: string): boolean {
    return this.values.has(name);
  }

  all(name: string): readonly string[] {
    return this.values.get(name) ?? [];
  }

  /** The value of a field that stands exactly once. */
  single(name: string): string | undefined {
    const values = this.values.get(name);
    return values?.length === 1 ? values[0] : undefined;
  }

  /** All values of a list field as the one list they mean (RFC 9110 §5.3). */
  joined(name: string): string | undefined {
    return this.values.get(name)?.join(', ');
  }
}
