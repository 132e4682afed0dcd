// Validation with a Standard Schema library (zod) through Nest's StandardSchemaValidationPipe: the error is tied to the request
// and says what is wrong. Nest 12 only (jest.config.mjs).

import { describe, expect, it } from '@jest/globals';
import { StandardSchemaValidationPipe } from '@nestjs/common';
import { MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { z } from 'zod';
import { useWireApp } from '../../support/wire-app.js';

const OrderSchema = z.object({ item: z.string(), count: z.coerce.number().int().min(1) });

@WebSocketGateway({ path: '/orders' })
class OrdersGateway {
  @SubscribeMessage('schema')
  bySchema(
    @MessageBody({ schema: OrderSchema, pipes: [new StandardSchemaValidationPipe()] })
    order: z.infer<typeof OrderSchema>,
  ): unknown {
    return order;
  }
}

describe('a Standard Schema', () => {
  const app = useWireApp({ providers: [OrdersGateway] });

  it('what is valid arrives as the schema makes it', async () => {
    const client = await app.current.client('/orders');
    expect(await client.ask({ event: 'schema', data: { item: 'tea', count: '2' } })).toEqual({ item: 'tea', count: 2 });
  });

  it('what is not is a 400 that names the field', async () => {
    const client = await app.current.client('/orders');
    expect(await client.ask({ id: 'o', event: 'schema', data: { item: 'tea', count: 0 } })).toMatchObject({
      id: 'o',
      type: 'error',
      error: { status: 400, code: 'BAD_REQUEST', details: [expect.stringContaining('count')] },
    });
  });
});
