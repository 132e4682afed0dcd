import { describe, expect, it } from '@jest/globals';
import {
  BadRequestException,
  ForbiddenException,
  HttpException,
  InternalServerErrorException,
  NotFoundException,
  ServiceUnavailableException,
} from '@nestjs/common';
import { WsException } from '@nestjs/websockets';
import { INTERNAL_ERROR, isForClients, toErrorBody } from '../../../lib/gateway/dispatch/error-body.js';

describe('toErrorBody', () => {
  it.each([
    ['a sentence', new WsException('No.'), { status: 400, code: 'BAD_REQUEST', message: 'No.' }],
    [
      'a guard’s no',
      new WsException('Forbidden resource'),
      { status: 403, code: 'FORBIDDEN', message: 'Forbidden resource' },
    ],
    ['a message only', new WsException({ message: 'No.' }), { status: 400, code: 'BAD_REQUEST', message: 'No.' }],
    [
      'nothing at all',
      new WsException(undefined as never),
      { status: 400, code: 'BAD_REQUEST', message: 'Ws Exception' },
    ],
    ['nothing of use', new WsException({}), { status: 400, code: 'BAD_REQUEST', message: 'Ws Exception' }],
    [
      'a status in words, as Nest’s own',
      new WsException({ status: 'error', message: 'No.' }),
      { status: 400, code: 'BAD_REQUEST', message: 'No.' },
    ],
    [
      'a status, a code and details of its own',
      new WsException({ status: 422, code: 'TOO_LATE', message: 'No.', details: { until: 5 } }),
      { status: 422, code: 'TOO_LATE', message: 'No.', details: { until: 5 } },
    ],
    [
      'whatever else it carries',
      new WsException({ message: 'No.', field: 'name' }),
      { status: 400, code: 'BAD_REQUEST', message: 'No.', details: { field: 'name' } },
    ],
    [
      'a cause, which is none of the client’s business',
      new WsException({ message: 'No.', field: 'name', cause: { secret: 1 } }),
      { status: 400, code: 'BAD_REQUEST', message: 'No.', details: { field: 'name' } },
    ],
    [
      'a cause and nothing else',
      new WsException({ message: 'No.', cause: new Error('secret') }),
      { status: 400, code: 'BAD_REQUEST', message: 'No.' },
    ],
    [
      'statuses that are none',
      new WsException({ status: 1.5, statusCode: Number.NaN, message: 'No.' }),
      { status: 400, code: 'BAD_REQUEST', message: 'No.' },
    ],
  ])('a WsException with %s', (_, exception, body) => {
    expect(toErrorBody(exception)).toEqual(body);
  });

  it.each([
    ['a 400', new BadRequestException(), { status: 400, code: 'BAD_REQUEST', message: 'Bad Request' }],
    ['a 403', new ForbiddenException('Not you.'), { status: 403, code: 'FORBIDDEN', message: 'Not you.' }],
    ['a 404', new NotFoundException('No room.'), { status: 404, code: 'NOT_FOUND', message: 'No room.' }],
    ['a 500', new InternalServerErrorException('Oh.'), { status: 500, code: 'INTERNAL_ERROR', message: 'Oh.' }],
    [
      'a 503',
      new ServiceUnavailableException(),
      { status: 503, code: 'SERVICE_UNAVAILABLE', message: 'Service Unavailable' },
    ],
    [
      'a 4xx without a name',
      new HttpException('Teapot', 418),
      { status: 418, code: 'REQUEST_ERROR', message: 'Teapot' },
    ],
    [
      'a 5xx without a name',
      new HttpException('Storage', 507),
      { status: 507, code: 'INTERNAL_ERROR', message: 'Storage' },
    ],
    [
      'an object',
      new HttpException({ message: 'No.', code: 'E1', hint: 'wait' }, 429),
      { status: 429, code: 'E1', message: 'No.', details: { hint: 'wait' } },
    ],
    [
      'an error in words only',
      new HttpException({ error: 'In words' }, 409),
      { status: 409, code: 'CONFLICT', message: 'In words' },
    ],
    [
      'the list of a ValidationPipe',
      new BadRequestException(['name must be a string', 'age must be a number']),
      {
        status: 400,
        code: 'BAD_REQUEST',
        message: 'Bad Request',
        details: ['name must be a string', 'age must be a number'],
      },
    ],
  ])('an HttpException: %s', (_, exception, body) => {
    expect(toErrorBody(exception)).toEqual(body);
  });

  it.each([
    [new Error('the password is hunter2')],
    [new TypeError('x')],
    ['a string'],
    [undefined],
    [null],
    [42],
    [{ status: 400, message: 'forged' }],
  ])('%p is a 500 that says nothing', (exception) => {
    expect(toErrorBody(exception)).toBe(INTERNAL_ERROR);
    expect(isForClients(exception)).toBe(false);
  });

  it('never carries a cause or a stack', () => {
    const cause = new Error('inner');
    for (const exception of [
      new BadRequestException('No.', { cause }),
      new HttpException('No.', 400, { cause }),
      Object.assign(new WsException('No.'), { cause }),
    ]) {
      expect(toErrorBody(exception)).toEqual({ status: 400, code: 'BAD_REQUEST', message: 'No.' });
      expect(isForClients(exception)).toBe(true);
    }
  });
});
