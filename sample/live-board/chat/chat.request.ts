// What a client may ask of the chat.

import { Transform } from 'class-transformer';
import { IsString, Length, Matches } from 'class-validator';

const trimmed = Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? value.trim() : value));
/** Neither control characters nor those that turn the direction of the text around them. */
const PRINTABLE = /^[^\p{Cc}\u202A-\u202E\u2066-\u2069]*$/u;

// Where several complain, the last decorator is heard first.
export class JoinRequest {
  @Matches(PRINTABLE, { message: 'A name is made of letters, digits and signs that can be seen.' })
  @Length(2, 24, { message: 'A name has 2 to 24 characters.' })
  @IsString({ message: 'A name is a text.' })
  @trimmed
  name!: string;
}

export class SayRequest {
  @Length(1, 500, { message: 'A message has 1 to 500 characters.' })
  @IsString({ message: 'A message is a text.' })
  @trimmed
  text!: string;
}
