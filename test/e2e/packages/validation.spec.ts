// Validation as applications do it, with class-validator through Nest's ValidationPipe: the error is tied to the request and
// says what is wrong.

import { describe, expect, it } from '@jest/globals';
import { UsePipes, ValidationPipe } from '@nestjs/common';
import { MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { IsInt, IsString, Min } from 'class-validator';
import { useWireApp } from '../../support/wire-app.js';

class Order {
  @IsString()
  readonly item!: string;

  @IsInt()
  @Min(1)
  readonly count!: number;
}

@WebSocketGateway({ path: '/orders' })
class OrdersGateway {
  @UsePipes(new ValidationPipe({ transform: true, whitelist: true }))
  @SubscribeMessage('class')
  byClass(@MessageBody() order: Order): unknown {
    return { isOrder: order instanceof Order, order };
  }
}

describe('class-validator', () => {
  const app = useWireApp({ providers: [OrdersGateway] });

  it('what is valid arrives as its class, without what was not asked for', async () => {
    const client = await app.current.client('/orders');
    const answer = await client.ask({ event: 'class', data: { item: 'tea', count: 2, admin: true } });
    expect(answer).toEqual({ isOrder: true, order: { item: 'tea', count: 2 } });
  });

  it('what is not is a 400 with every sentence', async () => {
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
});
