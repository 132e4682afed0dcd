// What Nest developers have asked for at the time of connecting, and platform-ws leaves to them: each wish by the number of
// its issue at nestjs/nest, with what a client sees of it under both adapters.

import type { IncomingMessage } from 'node:http';
import { describe, expect } from '@jest/globals';
import { type CanActivate, type ExecutionContext, UnauthorizedException, UseGuards } from '@nestjs/common';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import type { WebSocket } from 'ws';
import { PathParam, UseHandshakeGuards } from '../../../lib/index.js';
import { adapters } from '../../support/adapters.js';
import { itDiffers, itDiffersInEveryMode } from '../../support/it-differs.js';
import { useApp } from '../../support/nest-app.js';
import { upgradeRequest } from '../../support/raw-client.js';

type KnownRequest = IncomingMessage & { user?: string; params?: Record<string, string> };

const ran: string[] = [];

class NobodyGuard implements CanActivate {
  canActivate(): boolean {
    return false;
  }
}

/** Knows whoever brings a token. */
class TokenGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<KnownRequest>();
    const user = /^Bearer (\w+)$/.exec(request.headers.authorization ?? '')?.[1];
    if (user === undefined)
      throw Object.assign(new UnauthorizedException(), { headers: { 'WWW-Authenticate': 'Bearer' } });
    request.user = user;
    return true;
  }
}

@WebSocketGateway({ path: '/nobody' })
@UseGuards(NobodyGuard)
@UseHandshakeGuards(NobodyGuard)
class NobodyGateway {
  handleConnection(client: WebSocket): void {
    ran.push('handleConnection');
    client.send('connected');
  }
}

@WebSocketGateway({ path: '/known' })
@UseHandshakeGuards(TokenGuard)
class KnownGateway {
  handleConnection(client: WebSocket & { user?: string }, request: KnownRequest): void {
    client.send(`connected: ${client.user} ${request.user}`);
  }
}

@WebSocketGateway({ path: '/:id/connect' })
class ConnectGateway {
  handleConnection(client: WebSocket, request: KnownRequest): void {
    client.send(`connected: ${request.params?.['id']}`);
  }
}

@WebSocketGateway({ path: '/v3/project/socket' })
class ProjectsGateway {
  @SubscribeMessage('which')
  which(): string {
    return 'all projects';
  }
}

@WebSocketGateway({ path: '/v3/project/:projectID/socket' })
class ProjectGateway {
  @SubscribeMessage('which')
  which(@PathParam('projectID') project: string): string {
    return `project ${project}`;
  }
}

const providers = [NobodyGateway, KnownGateway, ConnectGateway, ProjectsGateway, ProjectGateway];
const PARAMETERS = 'paths have parameters, where platform-ws compares texts';

describe.each(adapters)('wishes at the handshake over %s', (_name, adapter) => {
  const app = useApp({ adapter, providers });

  itDiffersInEveryMode(adapter, 'nest#882: a guard keeps a client from connecting', {
    reason: '@UseHandshakeGuards runs before the 101, and handleConnection never does',
    platformWs: async () => {
      ran.length = 0;
      const client = await app.connect('/nobody');
      expect(await client.next()).toBe('connected');
      expect(ran).toEqual(['handleConnection']);
    },
    nestwire: async () => {
      ran.length = 0;
      await expect(app.connect('/nobody')).rejects.toThrow('Unexpected server response: 403');
      expect(ran).toEqual([]);
    },
  });

  itDiffersInEveryMode(adapter, 'nest#4497: what an auth guard learns belongs to the connection', {
    reason: 'request.user is socket.user',
    platformWs: async () => {
      const client = await app.connect('/known', { headers: { Authorization: 'Bearer Ada' } });
      expect(await client.next()).toBe('connected: undefined undefined');
    },
    nestwire: async () => {
      const client = await app.connect('/known', { headers: { Authorization: 'Bearer Ada' } });
      expect(await client.next()).toBe('connected: Ada Ada');
    },
  });

  itDiffersInEveryMode(adapter, 'nest#9231: a connection is refused with an HTTP answer', {
    reason: 'status and headers are those of the HttpException',
    platformWs: async () => {
      const client = await app.raw();
      client.write(upgradeRequest('/known'));
      expect((await client.head())[0]).toBe('HTTP/1.1 101 Switching Protocols');
    },
    nestwire: async () => {
      const client = await app.raw();
      client.write(upgradeRequest('/known'));
      const [status, ...fields] = await client.head();
      expect(status).toBe('HTTP/1.1 401 Unauthorized');
      expect(fields).toContain('WWW-Authenticate: Bearer');
    },
  });

  itDiffers(adapter, 'nest#9775: a path has parameters, which handleConnection finds in its request', {
    reason: PARAMETERS,
    identical: async () => {
      await expect(app.connect('/7/connect')).rejects.toThrow('socket hang up');
      const client = await app.connect('/:id/connect');
      expect(await client.next()).toBe('connected: undefined');
    },
    better: async () => {
      const client = await app.connect('/7/connect');
      expect(await client.next()).toBe('connected: 7');
    },
  });

  itDiffers(adapter, 'nest#15238: a path with a parameter stands beside one without', {
    reason: PARAMETERS,
    identical: async () => {
      const client = await app.connect('/v3/project/socket');
      expect(await client.ask('which')).toBe('"all projects"');
      await expect(app.connect('/v3/project/9/socket')).rejects.toThrow('socket hang up');
    },
    better: async () => {
      const all = await app.connect('/v3/project/socket');
      const one = await app.connect('/v3/project/9/socket');
      expect(await all.ask('which')).toBe('"all projects"');
      expect(await one.ask('which')).toBe('"project 9"');
    },
  });
});
