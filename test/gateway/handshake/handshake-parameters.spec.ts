// `@PathParam()` and its like in message handlers, and their pipes before the 101.

import { describe, expect, it } from '@jest/globals';
import {
  type ArgumentMetadata,
  BadRequestException,
  Controller,
  DefaultValuePipe,
  Get,
  Injectable,
  NotFoundException,
  ParseIntPipe,
  type PipeTransform,
} from '@nestjs/common';
import { ConnectedSocket, MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import {
  Handshake,
  HandshakeHeader,
  PathParam,
  type PathParams,
  QueryParam,
  UseHandshakeFilters,
  UseHandshakeGuards,
  type WireSocket,
} from '../../../lib/index.js';
import { headOf, refusalOf } from '../../support/upgrade-answer.js';
import { useWireApp } from '../../support/wire-app.js';

const seen: { value: unknown; metadata: ArgumentMetadata }[] = [];

@Injectable()
class Rooms {
  readonly names = new Set(['den', 'a/b']);
}

@Injectable()
class RoomPipe implements PipeTransform<string, string> {
  constructor(private readonly rooms: Rooms) {}

  transform(value: string, metadata: ArgumentMetadata): string {
    seen.push({ value, metadata });
    if (!this.rooms.names.has(value)) throw new NotFoundException('No such room.');
    return `the ${value}`;
  }
}

@WebSocketGateway({ path: '/rooms/:room' })
class RoomGateway {
  handleConnection(socket: WireSocket): void {
    const { params, query } = socket.handshake;
    socket.send(JSON.stringify([params['room'], query.get('q')]));
  }

  @SubscribeMessage('read')
  read(
    @PathParam('room', RoomPipe) room: string,
    @QueryParam('q') q: string | undefined,
    @HandshakeHeader('X-Field') field: string | undefined,
    @MessageBody() body: unknown,
  ): unknown[] {
    return [room, q ?? null, field, body];
  }

  @SubscribeMessage('all')
  all(
    @Handshake() handshake: Handshake,
    @PathParam() params: PathParams,
    @QueryParam() query: URLSearchParams,
    @HandshakeHeader() headers: Record<string, string>,
    @ConnectedSocket() socket: WireSocket,
  ): unknown {
    const isOne = handshake === socket.handshake && handshake.params === params && handshake.query === query;
    return [isOne, handshake.path, handshake.remoteAddress, headers['x-field'] === handshake.headers['x-field']];
  }

  @SubscribeMessage('again')
  again(@PathParam('room', RoomPipe) room: string): string {
    return room;
  }
}

const namesPipe = { transform: (query: URLSearchParams) => [...query.keys()] };

@WebSocketGateway({ path: '/pages' })
class PageGateway {
  @SubscribeMessage('page')
  page(
    @QueryParam('page', new DefaultValuePipe(1), ParseIntPipe) page: number,
    @QueryParam(namesPipe) names: unknown,
  ): unknown {
    return [page, names];
  }
}

const app = useWireApp({ providers: [RoomGateway, PageGateway, Rooms] });

describe('parameters of the handshake', () => {
  it('are parameters of message handlers, through pipes', async () => {
    const client = await app.current.client('/rooms/a%2Fb?q=1&q=2', { headers: { 'x-field': 'value' } });
    expect(await client.nextJson()).toEqual(['a/b', '1']);
    expect(await client.ask({ event: 'read', data: { x: 1 } })).toEqual(['the a/b', '1', 'value', { x: 1 }]);
    expect(await client.ask({ event: 'all' })).toEqual([true, '/rooms/a%2Fb', '127.0.0.1', true]);
  });

  it('that are absent are undefined', async () => {
    const client = await app.current.client('/rooms/den');
    await client.nextJson();
    expect(await client.ask({ event: 'read' })).toEqual(['the den', null, null, null]);
  });

  it('belong to the connection', async () => {
    const clients = await Promise.all(['/rooms/den?q=1', '/rooms/den?q=2'].map((path) => app.current.client(path)));
    for (const [index, client] of clients.entries()) {
      expect(await client.nextJson()).toEqual(['den', String(index + 1)]);
      expect(await client.ask({ event: 'read' })).toEqual(['the den', String(index + 1), null, null]);
    }
  });
});

describe('a pipe of such a parameter', () => {
  it('judges it before the 101, once for all handlers, with what Nest tells pipes', async () => {
    seen.length = 0;
    const { status, body } = await refusalOf(app.current.port, '/rooms/cellar');
    expect([status, JSON.parse(body)]).toEqual([
      404,
      { message: 'No such room.', error: 'Not Found', statusCode: 404 },
    ]);
    expect(seen).toEqual([{ value: 'cellar', metadata: { type: 'custom', metatype: String, data: 'room' } }]);
  });

  it.each([
    ['/pages', '101'],
    ['/pages?page=2', '101'],
    ['/pages?page=x', '400'],
  ])('%s: %s', async (path, status) => {
    expect((await headOf(app.current.port, path))[0]!.slice(9, 12)).toBe(status);
  });

  it('runs again for each message', async () => {
    const client = await app.current.client('/pages?page=7&x=y');
    expect(await client.ask({ event: 'page' })).toEqual([7, ['page', 'x']]);
    const other = await app.current.client('/pages');
    expect(await other.ask({ event: 'page' })).toEqual([1, []]);
  });
});

describe('a path that is no percent-encoded UTF-8', () => {
  it.each(['/rooms/%', '/rooms/%FF', '/rooms/%zz%zz'])('%s is a 400 that repeats nothing', async (path) => {
    const { status, body } = await refusalOf(app.current.port, path);
    expect([status, body]).toEqual([400, 'The path is no percent-encoded UTF-8.']);
  });
});

const order: string[] = [];

class OrderPipe implements PipeTransform {
  transform(): never {
    order.push('pipe');
    throw new BadRequestException();
  }
}

@WebSocketGateway({ path: '/ordered/:id' })
@UseHandshakeGuards({ canActivate: () => order.push('guard') > 0 })
@UseHandshakeFilters({
  catch: (exception) => {
    order.push((exception as Error).constructor.name);
  },
})
class OrderedGateway {
  @SubscribeMessage('event')
  event(@PathParam('id', OrderPipe) _id: string): void {
    // Never called.
  }
}

@Controller()
class PageController {
  @Get('page')
  page(@PathParam('id') id: string): string {
    return id;
  }
}

describe('guards, pipes and filters', () => {
  const app = useWireApp({ providers: [OrderedGateway], controllers: [PageController] });

  it('are asked in Nest’s order', async () => {
    expect((await refusalOf(app.current.port, '/ordered/1')).status).toBe(400);
    expect(order).toEqual(['guard', 'pipe', 'BadRequestException']);
  });

  it('a parameter of the handshake in a controller is an error that says where it belongs', async () => {
    const response = await fetch(`http://127.0.0.1:${app.current.port}/page`);
    expect(response.status).toBe(500);
    expect(app.current.logged('error')).toMatch('are for message handlers under WireAdapter');
  });
});
