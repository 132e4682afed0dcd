// Standard Schemas (zod) as parameter types and Nest's StandardSchemaValidationPipe, on a parameter and on a gateway, and the
// bytes of what they refuse. Nest 12 only (jest.config.mjs).

import { describe, expect, it } from '@jest/globals';
import { StandardSchemaValidationPipe, UsePipes } from '@nestjs/common';
import { MessageBody, SubscribeMessage, WebSocketGateway, WsException } from '@nestjs/websockets';
import { z } from 'zod';
import { adapters } from '../../support/adapters.js';
import { EchoGateway } from '../../support/echo.gateway.js';
import { useApp } from '../../support/nest-app.js';

const Point = z.object({ x: z.number(), label: z.string().default('none') });

const refuse = (errors: unknown): WsException => new WsException({ refused: errors });

@WebSocketGateway()
class SchemaGateway extends EchoGateway {
  @SubscribeMessage('point')
  point(@MessageBody({ schema: Point, pipes: [new StandardSchemaValidationPipe()] }) point: object): object {
    return point;
  }

  @SubscribeMessage('point or refused')
  pointOrRefused(
    @MessageBody({
      schema: Point,
      pipes: [new StandardSchemaValidationPipe({ exceptionFactory: (issues) => refuse(issues.map((i) => i.path)) })],
    })
    point: object,
  ): object {
    return point;
  }

  @SubscribeMessage('schema without pipe')
  schemaWithoutPipe(@MessageBody({ schema: Point }) point: unknown): object {
    return { point };
  }
}

@WebSocketGateway()
@UsePipes(new StandardSchemaValidationPipe({ exceptionFactory: () => new WsException('the schema refused') }))
class ClassPipesGateway {
  @SubscribeMessage('schema')
  schema(@MessageBody({ schema: Point }) point: object): object {
    return point;
  }

  @SubscribeMessage('schema of prop')
  schemaOfProp(@MessageBody('at', { schema: Point }) point: object): object {
    return point;
  }
}

describe.each(adapters)('schemas over %s', (_name, adapter) => {
  const app = useApp({ adapter, providers: [SchemaGateway, ClassPipesGateway] });

  it.each<[string, unknown, string]>([
    ['point', { x: 1 }, '{"x":1,"label":"none"}'],
    [
      'point',
      { x: '1' },
      '{"event":"exception","data":{"status":"error","message":"Internal server error","cause":{"pattern":"point","data":{"x":"1"}}}}',
    ],
    ['point or refused', { x: '1', label: 2 }, '{"event":"exception","data":{"refused":[["x"],["label"]]}}'],
    ['schema without pipe', 'anything', '{"point":"anything"}'],
    ['schema', { x: 2, label: 'two' }, '{"x":2,"label":"two"}'],
    [
      'schema',
      { label: 'two' },
      '{"event":"exception","data":{"status":"error","message":"the schema refused","cause":{"pattern":"schema","data":{"label":"two"}}}}',
    ],
    ['schema of prop', { at: { x: 3 } }, '{"x":3,"label":"none"}'],
  ])('%s with %j', async (event, data, expected) => {
    const client = await app.connect();
    expect(await client.ask(event, data)).toBe(expected);
    await client.expectSilence();
  });
});
