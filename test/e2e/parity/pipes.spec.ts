// Pipes on a parameter, a handler, a gateway and the whole app, and the bytes of what they refuse.

import { describe, expect, it } from '@jest/globals';
import {
  type ArgumentMetadata,
  DefaultValuePipe,
  Injectable,
  ParseArrayPipe,
  ParseIntPipe,
  type PipeTransform,
  UsePipes,
  ValidationPipe,
} from '@nestjs/common';
import { MessageBody, SubscribeMessage, WebSocketGateway, WsException } from '@nestjs/websockets';
import { IsInt, IsString, Min } from 'class-validator';
import { adapters } from '../../support/adapters.js';
import { EchoGateway } from '../../support/echo.gateway.js';
import { useApp } from '../../support/nest-app.js';
import { describeOnNest12 } from '../../support/nest-version.js';

class Person {
  @IsString()
  name!: string;

  @IsInt()
  @Min(0)
  age!: number;
}

const refuse = (errors: unknown): WsException => new WsException({ refused: errors });

const described = (value: unknown): object => ({
  value,
  class: (value as object | undefined)?.constructor.name,
});

@Injectable()
class ShoutPipe implements PipeTransform<unknown, string> {
  transform(value: unknown, metadata: ArgumentMetadata): string {
    if (value === 'refuse me') throw new WsException('refused by ShoutPipe');
    return `${String(value).toUpperCase()}! type=${metadata.type} data=${metadata.data} is=${metadata.metatype?.name}`;
  }
}

@WebSocketGateway()
class PipesGateway extends EchoGateway {
  @SubscribeMessage('int')
  int(@MessageBody('id', ParseIntPipe) id: number): object {
    return { id };
  }

  @SubscribeMessage('int or refused')
  intOrRefused(@MessageBody('id', new ParseIntPipe({ exceptionFactory: refuse })) id: number): object {
    return { id };
  }

  @SubscribeMessage('int whole')
  intWhole(@MessageBody(ParseIntPipe) value: number): object {
    return { value };
  }

  @SubscribeMessage('chain')
  chain(@MessageBody('id', new DefaultValuePipe('41'), ParseIntPipe) id: number): number {
    return id + 1;
  }

  @SubscribeMessage('list')
  list(@MessageBody(new ParseArrayPipe({ items: Number })) list: number[]): object {
    return { list };
  }

  @SubscribeMessage('person')
  person(@MessageBody(new ValidationPipe()) person: Person): object {
    return described(person);
  }

  @SubscribeMessage('person transformed')
  personTransformed(@MessageBody(new ValidationPipe({ transform: true, whitelist: true })) person: Person): object {
    return described(person);
  }

  @UsePipes(new ValidationPipe({ exceptionFactory: (errors) => refuse(errors.map((error) => error.constraints)) }))
  @SubscribeMessage('person or refused')
  personOrRefused(@MessageBody() person: Person): object {
    return described(person);
  }

  @SubscribeMessage('shout')
  shout(@MessageBody('word', ShoutPipe) word: string): string {
    return word;
  }

  @UsePipes(ShoutPipe)
  @SubscribeMessage('shout all')
  shoutAll(@MessageBody() word: string): string {
    return word;
  }
}

@WebSocketGateway()
class GlobalPipesGateway {
  @SubscribeMessage('word')
  word(@MessageBody() word: string): string {
    return word;
  }

  @SubscribeMessage('undecorated')
  undecorated(_client: unknown, word: string): string {
    return word;
  }
}

const internalError = (cause: string): string =>
  `{"event":"exception","data":{"status":"error","message":"Internal server error","cause":${cause}}}`;

describe.each(adapters)('pipes over %s', (_name, adapter) => {
  describe('on parameters, handlers and gateways', () => {
    const app = useApp({ adapter, providers: [PipesGateway, ShoutPipe] });

    it.each<[string, unknown, string]>([
      ['int', { id: '42' }, '{"id":42}'],
      // The HTTP exception of a built-in pipe is no WsException: its message stays inside.
      ['int', { id: 'x' }, internalError('{"pattern":"int","data":{"id":"x"}}')],
      [
        'int or refused',
        { id: 'x' },
        '{"event":"exception","data":{"refused":"Validation failed (numeric string is expected)"}}',
      ],
      ['int whole', '-7', '{"value":-7}'],
      ['chain', {}, '42'],
      ['chain', { id: '9' }, '10'],
      ['list', '1,2,3', '{"list":[1,2,3]}'],
      ['list', ['4', '5'], '{"list":[4,5]}'],
      ['person', { name: 'Ada', age: 36, extra: 1 }, '{"value":{"name":"Ada","age":36,"extra":1},"class":"Object"}'],
      ['person', { name: 'Ada' }, internalError('{"pattern":"person","data":{"name":"Ada"}}')],
      ['person transformed', { name: 'Ada', age: 36, extra: 1 }, '{"value":{"name":"Ada","age":36},"class":"Person"}'],
      ['person or refused', { name: 'Ada', age: 1 }, '{"value":{"name":"Ada","age":1},"class":"Object"}'],
      [
        'person or refused',
        { name: 5, age: -1 },
        '{"event":"exception","data":{"refused":[{"isString":"name must be a string"},{"min":"age must not be less than 0"}]}}',
      ],
      ['shout', { word: 'hi' }, '"HI! type=body data=word is=String"'],
      ['shout all', 'hi', '"HI! type=body data=undefined is=String"'],
      [
        'shout all',
        'refuse me',
        '{"event":"exception","data":{"status":"error","message":"refused by ShoutPipe","cause":{"pattern":"shout all","data":"refuse me"}}}',
      ],
    ])('%s with %j', async (event, data, expected) => {
      const client = await app.connect();
      expect(await client.ask(event, data)).toBe(expected);
      await client.expectSilence();
    });
  });

  // With Nest 11 nothing global comes before a gateway's messages.
  describeOnNest12('on the whole app', () => {
    const app = useApp({
      adapter,
      providers: [GlobalPipesGateway],
      configure: (nest) => nest.useGlobalPipes(new ShoutPipe()),
    });

    it('run on the body, decorated or not, and not on the client', async () => {
      const client = await app.connect();
      expect(await client.ask('word', 'hi')).toBe('"HI! type=body data=undefined is=String"');
      expect(await client.ask('undecorated', 'hi')).toBe('"HI! type=body data=undefined is=String"');
      expect(await client.ask('word', 'refuse me')).toBe(
        '{"event":"exception","data":{"status":"error","message":"refused by ShoutPipe","cause":{"pattern":"word","data":"refuse me"}}}',
      );
    });
  });
});
