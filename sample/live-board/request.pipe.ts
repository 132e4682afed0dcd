// Checks what a client sends against the decorators of a request class. The first complaint becomes the error of the
// request, so that the page can show it where the person typed.

import { ValidationPipe } from '@nestjs/common';
import { WsException } from '@nestjs/websockets';

export const requestPipe = new ValidationPipe({
  transform: true,
  whitelist: true,
  stopAtFirstError: true,
  exceptionFactory: (errors) => {
    const complaints = errors.flatMap((error) => Object.values(error.constraints ?? {}));
    return new WsException({
      status: 400,
      code: 'INVALID_REQUEST',
      message: complaints[0] ?? 'The request is invalid.',
    });
  },
});
