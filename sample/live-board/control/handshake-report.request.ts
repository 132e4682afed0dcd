import { IsString, Length } from 'class-validator';

export class HandshakeReportRequest {
  @Length(16, 64, { message: 'An attempt has a word of 16 to 64 characters.' })
  @IsString({ message: 'The word of an attempt is a text.' })
  attempt!: string;
}
