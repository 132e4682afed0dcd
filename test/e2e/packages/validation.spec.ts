// Validation as applications do it, with class-validator through Nest's ValidationPipe and with a Standard Schema library
// (zod) through Nest's StandardSchemaValidationPipe: the error is tied to the request and says what is wrong.

import { describe, expect, it } from '@jest/globals';
import { StandardSchemaValidationPipe, UsePipes, ValidationPipe } from '@nestjs/common';
import { MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { IsInt, IsString, Min } from 'class-validator';
import { z } from 'zod';
import { useWireApp } from '../../support/wire-app.js';

class Order {
  @IsString()
  readonly item!: string;

  @IsInt()
  @Min(1)
  readonly count!: number;
}

const OrderSchema = z.object({ item: z.string(), count: z.coerce.number().int().min(1) });

@WebSocketGateway({ path: '/orders' })
class OrdersGateway {
  @UsePipes(new ValidationPipe({ transform: true, whitelist: true }))
  @SubscribeMessage('class')
  byClass(@MessageBody() order: Order): unknown {
    return { isOrder: order instanceof Order, order };
  }

  @SubscribeMessage('schema')
  bySchema(
    @MessageBody({ schema: OrderSchema, pipes: [new StandardSchemaValidationPipe()] })
    order: z.infer<typeof OrderSchema>,
  ): unknown {
    return order;
  }
}

describe('validation', () => {
  const app = useWireApp({ providers: [OrdersGateway] });

  it('class-validator: what is valid arrives as its class, without what was not asked for', async () => {
    const client = await app.current.client('/orders');
    const answer = await client.ask({ event: 'class', data: { item: 'tea', count: 2, admin: true } });
    expect(answer).toEqual({ isOrder: true, order: { item: 'tea', count: 2 } });
  });

  it('class-validator: what is not is a 400 with every sentence', async () => {
    const client = await app.current.client('/orders');
    expect(await client.ask({ id: 'o', event: 'class', data: { item: 7, count: 0 } })).toEqual({
      id: 'o',
      type: 'error',
      error: {
        status: 400,
        code: 'BAD_REQUEST',
        message: 'Bad Request',
        details: ['item must be a string', 'count must not be less than 1'],
      },
    });
  });

  it('a Standard Schema: what is valid arrives as the schema makes it', async () => {
    const client = await app.current.client('/orders');
    expect(await client.ask({ event: 'schema', data: { item: 'tea', count: '2' } })).toEqual({ item: 'tea', count: 2 });
  });

  it('a Standard Schema: what is not is a 400 that names the field', async () => {
    const client = await app.current.client('/orders');
    expect(await client.ask({ id: 'o', event: 'schema', data: { item: 'tea', count: 0 } })).toMatchObject({
      id: 'o',
      type: 'error',
      error: { status: 400, code: 'BAD_REQUEST', details: [expect.stringContaining('count')] },
    });
  });
});
