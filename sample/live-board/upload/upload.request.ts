import { IsInt, IsString, Length, Min } from 'class-validator';

export class UploadRequest {
  @Length(1, 255, { message: 'A file name has 1 to 255 characters.' })
  @IsString({ message: 'A file name is a text.' })
  name!: string;

  @Min(0, { message: 'A file cannot be smaller than empty.' })
  @IsInt({ message: 'The size of a file is a whole number of bytes.' })
  size!: number;
}
