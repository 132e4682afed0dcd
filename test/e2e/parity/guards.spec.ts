// Guards of a handler, a gateway and the whole app: what they see, and the bytes that a refused client gets.

import { describe, expect, it } from '@jest/globals';
import {
  type CanActivate,
  type ExecutionContext,
  ForbiddenException,
  Injectable,
  SetMetadata,
  UseGuards,
} from '@nestjs/common';
import { APP_GUARD, Reflector } from '@nestjs/core';
import { MessageBody, SubscribeMessage, WebSocketGateway, WsException } from '@nestjs/websockets';
import { type Observable, of } from 'rxjs';
import type { WebSocket } from 'ws';
import { adapters } from '../../support/adapters.js';
import { EchoGateway } from '../../support/echo.gateway.js';
import { describeOnNest12 } from '../../support/nest-version.js';
import { useApp } from '../../support/nest-app.js';

interface Question {
  user?: string;
}

const Roles = (...roles: string[]): MethodDecorator & ClassDecorator => SetMetadata('roles', roles);

@Injectable()
class RolesGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  canActivate(context: ExecutionContext): boolean {
    const roles = this.reflector.getAllAndOverride<string[] | undefined>('roles', [
      context.getHandler(),
      context.getClass(),
    ]);
    const { user } = context.switchToWs().getData<Question | undefined>() ?? {};
    return roles === undefined || roles.includes(user ?? 'nobody');
  }
}

@Injectable()
class AsyncGuard implements CanActivate {
  async canActivate(context: ExecutionContext): Promise<boolean> {
    await new Promise((resolve) => setImmediate(resolve));
    return context.switchToWs().getData<Question>().user === 'async';
  }
}

const streamGuard: CanActivate = { canActivate: (): Observable<boolean> => of(false) };

const throwing = (error: unknown): CanActivate => ({
  canActivate: () => {
    throw error;
  },
});

/** Marks the client, as guards that authenticate a message do. */
const markingGuard: CanActivate = {
  canActivate: (context: ExecutionContext) => {
    const client = context.switchToWs().getClient<WebSocket & { markedBy?: string }>();
    client.markedBy = `${context.getType()} ${context.switchToWs().getPattern()}`;
    return true;
  },
};

@WebSocketGateway()
class GuardedGateway extends EchoGateway {
  @UseGuards(RolesGuard)
  @Roles('admin')
  @SubscribeMessage('admin')
  admin(): string {
    return 'welcome';
  }

  @UseGuards(AsyncGuard)
  @SubscribeMessage('async')
  async(): string {
    return 'async passed';
  }

  @UseGuards(streamGuard)
  @SubscribeMessage('stream')
  stream(): string {
    return 'never said';
  }

  @UseGuards(throwing(new WsException({ status: 401, hint: 'log in' })))
  @SubscribeMessage('throws ws')
  throwsWs(): void {}

  @UseGuards(throwing(new ForbiddenException('http')))
  @SubscribeMessage('throws http')
  throwsHttp(): void {}

  @UseGuards(RolesGuard, AsyncGuard)
  @Roles('async', 'admin')
  @SubscribeMessage('both')
  both(): string {
    return 'both passed';
  }

  @UseGuards(markingGuard)
  @SubscribeMessage('mark')
  mark(client: WebSocket & { markedBy?: string }): string | undefined {
    return client.markedBy;
  }
}

@UseGuards(RolesGuard)
@Roles('member')
@WebSocketGateway({ path: '/members' })
class MembersGateway {
  @SubscribeMessage('read')
  read(@MessageBody('user') user: string): string {
    return `read by ${user}`;
  }

  @Roles('owner')
  @SubscribeMessage('write')
  write(@MessageBody('user') user: string): string {
    return `written by ${user}`;
  }
}

@WebSocketGateway()
class PlainGateway extends EchoGateway {
  @SubscribeMessage('plain')
  plain(): string {
    return 'passed';
  }
}

const forbidden = (cause: string): string =>
  `{"event":"exception","data":{"status":"error","message":"Forbidden resource","cause":${cause}}}`;

describe.each(adapters)('guards over %s', (_name, adapter) => {
  describe('of handlers and gateways', () => {
    const app = useApp({ adapter, providers: [GuardedGateway, MembersGateway] });

    it.each<[string, string, unknown, string]>([
      ['/', 'admin', { user: 'admin' }, '"welcome"'],
      ['/', 'admin', { user: 'guest' }, forbidden('{"pattern":"admin","data":{"user":"guest"}}')],
      ['/', 'admin', undefined, forbidden('{"pattern":"admin"}')],
      ['/', 'admin', null, forbidden('{"pattern":"admin","data":null}')],
      ['/', 'async', { user: 'async' }, '"async passed"'],
      ['/', 'async', { user: 'sync' }, forbidden('{"pattern":"async","data":{"user":"sync"}}')],
      ['/', 'stream', 1, forbidden('{"pattern":"stream","data":1}')],
      ['/', 'throws ws', 1, '{"event":"exception","data":{"status":401,"hint":"log in"}}'],
      [
        '/',
        'throws http',
        1,
        '{"event":"exception","data":{"status":"error","message":"Internal server error","cause":{"pattern":"throws http","data":1}}}',
      ],
      ['/', 'both', { user: 'async' }, '"both passed"'],
      ['/', 'both', { user: 'admin' }, forbidden('{"pattern":"both","data":{"user":"admin"}}')],
      ['/', 'mark', undefined, '"ws mark"'],
      ['/members', 'read', { user: 'member' }, '"read by member"'],
      ['/members', 'read', { user: 'owner' }, forbidden('{"pattern":"read","data":{"user":"owner"}}')],
      ['/members', 'write', { user: 'owner' }, '"written by owner"'],
    ])('%s %s with %j', async (path, event, data, expected) => {
      const client = await app.connect(path);
      expect(await client.ask(event, data)).toBe(expected);
    });
  });

  // With Nest 11 nothing global comes before a gateway's messages.
  describeOnNest12('of the whole app, by useGlobalGuards', () => {
    const app = useApp({
      adapter,
      providers: [PlainGateway],
      configure: (nest) =>
        nest.useGlobalGuards({
          canActivate: (context: ExecutionContext) => context.switchToWs().getPattern() !== 'plain',
        }),
    });

    it('run on messages', async () => {
      const client = await app.connect();
      expect(await client.ask('plain', 'x')).toBe(forbidden('{"pattern":"plain","data":"x"}'));
      await client.expectSilence();
    });
  });

  describe('of the whole app, by APP_GUARD', () => {
    const app = useApp({
      adapter,
      providers: [MembersGateway, PlainGateway, { provide: APP_GUARD, useClass: RolesGuard }],
    });

    it('run on messages', async () => {
      const plain = await app.connect();
      expect(await plain.ask('plain', { user: 'anybody' })).toBe('"passed"');
      const members = await app.connect('/members');
      expect(await members.ask('write', { user: 'member' })).toBe(
        forbidden('{"pattern":"write","data":{"user":"member"}}'),
      );
    });
  });
});
