// The pieces of HTTP's header grammar that a WebSocket handshake needs (RFC 9110 §5.6): tokens, quoted strings, lists.
// Each reader walks the text once, so that its time is linear in the length of what a peer sent.

/** One element of a list of extensions (RFC 6455 §9.1): a name and its parameters in order; `true` for a bare one. */
export interface ExtensionOffer {
  readonly name: string;
  readonly parameters: readonly (readonly [name: string, value: string | true])[];
}

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const TOKEN_HERE = /[!#$%&'*+\-.^_`|~0-9A-Za-z]+/y;

export function isToken(text: string): boolean {
  return TOKEN.test(text);
}

/** Whether a text can stand in one line of a header; a line break would end it and begin another (RFC 9110 §5.5). */
export function isFieldValue(text: string): boolean {
  return !/[\r\n\0]/.test(text);
}

/** The elements of `#element`, in lower case: for headers whose elements are compared so, such as Connection. */
export function listElements(value: string): string[] {
  return value.split(',').map((element) => trimWhitespace(element).toLowerCase());
}

/** Whether `#element` names one. @param name in lower case */
export function listNames(value: string, name: string): boolean {
  return value.toLowerCase() === name || listElements(value).includes(name);
}

/** Reads `1#token` (RFC 6455 §4.3, Sec-WebSocket-Protocol). Empty elements are passed over (RFC 9110 §5.6.1.2). */
export function parseTokenList(value: string): string[] | undefined {
  const tokens: string[] = [];
  for (const element of value.split(',')) {
    const token = trimWhitespace(element);
    if (token === '') continue;
    if (!isToken(token)) return undefined;
    tokens.push(token);
  }
  return tokens.length > 0 ? tokens : undefined;
}

/**
 * Reads `extension-list` (RFC 6455 §9.1). A quoted value must be a token once unquoted.
 * @returns undefined where the text does not follow the grammar
 */
export function parseExtensionList(value: string): ExtensionOffer[] | undefined {
  const reader = new HeaderReader(value);
  const offers: ExtensionOffer[] = [];
  do {
    reader.skipWhitespace();
    if (reader.isAtSeparator(',')) continue;
    const offer = readExtension(reader);
    if (offer === undefined) return undefined;
    offers.push(offer);
  } while (reader.accept(','));
  return reader.isAtEnd && offers.length > 0 ? offers : undefined;
}

function readExtension(reader: HeaderReader): ExtensionOffer | undefined {
  const name = reader.readToken();
  if (name === undefined) return undefined;
  const parameters: [string, string | true][] = [];
  reader.skipWhitespace();
  while (reader.accept(';')) {
    reader.skipWhitespace();
    const parameter = reader.readToken();
    if (parameter === undefined) return undefined;
    reader.skipWhitespace();
    let argument: string | true | undefined = true;
    if (reader.accept('=')) {
      reader.skipWhitespace();
      argument = reader.readTokenOrQuotedToken();
      if (argument === undefined) return undefined;
      reader.skipWhitespace();
    }
    parameters.push([parameter, argument]);
  }
  return { name, parameters };
}

class HeaderReader {
  private readonly text: string;
  private position: number;

  constructor(text: string) {
    this.text = text;
    this.position = 0;
  }

  get isAtEnd(): boolean {
    return this.position === this.text.length;
  }

  isAtSeparator(separator: string): boolean {
    return this.isAtEnd || this.text[this.position] === separator;
  }

  accept(character: string): boolean {
    if (this.text[this.position] !== character) return false;
    this.position++;
    return true;
  }

  skipWhitespace(): void {
    while (isWhitespace(this.text[this.position])) this.position++;
  }

  readToken(): string | undefined {
    const start = this.position;
    TOKEN_HERE.lastIndex = start;
    if (!TOKEN_HERE.test(this.text)) return undefined;
    this.position = TOKEN_HERE.lastIndex;
    return this.text.slice(start, this.position);
  }

  readTokenOrQuotedToken(): string | undefined {
    if (!this.accept('"')) return this.readToken();
    const characters: string[] = [];
    while (!this.accept('"')) {
      if (this.text[this.position] === '\\') this.position++;
      if (this.position >= this.text.length) return undefined;
      characters.push(this.text[this.position++]!);
    }
    const unquoted = characters.join('');
    return isToken(unquoted) ? unquoted : undefined;
  }
}

function isWhitespace(character: string | undefined): boolean {
  return character === ' ' || character === '\t';
}

/** Optional whitespace of HTTP is spaces and tabs only (RFC 9110 §5.6.3), less than what `trim` takes away. */
export function trimWhitespace(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isWhitespace(text[start])) start++;
  while (end > start && isWhitespace(text[end - 1])) end--;
  return text.slice(start, end);
}
