// The recipes of docs/handshake.md for tokens: one guard with @nestjs/jwt that finds the token wherever a client can put it,
// and Passport's AuthGuard with a real strategy.

import { describe, expect, it } from '@jest/globals';
import {
  type CanActivate,
  type ExecutionContext,
  Injectable,
  type INestApplication,
  UnauthorizedException,
} from '@nestjs/common';
import { JwtModule, JwtService } from '@nestjs/jwt';
import { AuthGuard, PassportModule, PassportStrategy } from '@nestjs/passport';
import { ConnectedSocket, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { Test } from '@nestjs/testing';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Server } from 'node:http';
import { ExtractJwt, Strategy } from 'passport-jwt';
import { UseHandshakeGuards, WireAdapter, type WireGatewayOptions, WireSocket } from '../../lib/index.js';
import { TestClient } from '../support/test-client.js';
import { headOf, refusalOf } from '../support/upgrade-answer.js';
import { useWireApp } from '../support/wire-app.js';

const SECRET = 'a secret of this test only';

interface Account {
  readonly sub: string;
}

@Injectable()
class JwtGuard implements CanActivate {
  constructor(private readonly jwt: JwtService) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<IncomingMessage & { user?: Account }>();
    const token = tokenOf(request);
    if (token === undefined) throw new UnauthorizedException();
    try {
      request.user = await this.jwt.verifyAsync<Account>(token);
    } catch {
      throw new UnauthorizedException();
    }
    return true;
  }
}

/** From Authorization, a cookie, the query or the subprotocols. */
function tokenOf({ headers, url = '' }: IncomingMessage): string | undefined {
  return (
    /^Bearer (\S+)$/.exec(headers.authorization ?? '')?.[1] ??
    /(?:^|; )token=([^;]+)/.exec(headers.cookie ?? '')?.[1] ??
    new URLSearchParams(url.split('?')[1]).get('token') ??
    /(?:^|, ?)token\.([^, ]+)/.exec(headers['sec-websocket-protocol'] ?? '')?.[1]
  );
}

class WhoGateway {
  @SubscribeMessage('who')
  who(@ConnectedSocket() socket: WireSocket<Account>): string {
    return socket.user.sub;
  }
}

@WebSocketGateway<WireGatewayOptions>({ path: '/jwt', subprotocols: ['chat.v1'] })
@UseHandshakeGuards(JwtGuard)
class JwtGateway extends WhoGateway {}

@Injectable()
class JwtStrategy extends PassportStrategy(Strategy) {
  constructor() {
    super({
      jwtFromRequest: ExtractJwt.fromExtractors([
        ExtractJwt.fromAuthHeaderAsBearerToken(),
        ExtractJwt.fromUrlQueryParameter('token'),
      ]),
      secretOrKey: SECRET,
    });
  }

  validate(payload: Account): Account {
    return { sub: payload.sub };
  }
}

@WebSocketGateway({ path: '/passport' })
@UseHandshakeGuards(AuthGuard('jwt'))
class PassportGateway extends WhoGateway {}

const metadata = {
  imports: [JwtModule.register({ secret: SECRET, signOptions: { expiresIn: '1h' } }), PassportModule],
  providers: [JwtGateway, PassportGateway, JwtStrategy],
};

describe('a token', () => {
  const app = useWireApp(metadata);
  const sign = (): string => app.current.app.get(JwtService).sign({ sub: 'Ada' });
  const url = (target: string): string => `ws://127.0.0.1:${app.current.port}${target}`;

  async function who(client: TestClient): Promise<unknown> {
    const answer = JSON.parse(String(await client.ask('who'))) as unknown;
    await client.drop();
    return answer;
  }

  it.each(['/jwt', '/passport'])('in Authorization, for clients that are no browsers (%s)', async (path) => {
    const client = await TestClient.open(url(path), { headers: { Authorization: `Bearer ${sign()}` } });
    expect(await who(client)).toBe('Ada');
  });

  it.each(['/jwt', '/passport'])('in the query (%s)', async (path) => {
    expect(await who(await TestClient.open(url(`${path}?token=${sign()}`)))).toBe('Ada');
  });

  it('in a cookie', async () => {
    const client = await TestClient.open(url('/jwt'), { headers: { Cookie: `theme=dark; token=${sign()}` } });
    expect(await who(client)).toBe('Ada');
  });

  it('among the subprotocols, of which only the real one is answered', async () => {
    const client = await TestClient.open(url('/jwt'), { protocols: ['chat.v1', `token.${sign()}`] });
    expect(client.socket.protocol).toBe('chat.v1');
    expect(client.response.rawHeaders.join()).not.toMatch('token');
    expect(await who(client)).toBe('Ada');
  });

  it.each([
    ['/jwt', {}],
    ['/passport', {}],
    ['/jwt', { Authorization: 'Bearer made.up.token' }],
    ['/passport', { Authorization: 'Bearer made.up.token' }],
    ['/jwt?token=__proto__', {}],
    ['/jwt', { 'Sec-WebSocket-Protocol': 'chat.v1, token.made-up' }],
  ])('that is none: 401 for %s %j', async (path, headers) => {
    const { status, body, fields } = await refusalOf(app.current.port, path, headers);
    expect(status).toBe(401);
    expect(JSON.parse(body)).toEqual({ message: 'Unauthorized', statusCode: 401 });
    expect([...fields.keys()]).toEqual(['connection', 'content-type', 'content-length']);
  });
});

describe('a test of an application', () => {
  it('may override a handshake guard as it overrides others', async () => {
    const module = await Test.createTestingModule(metadata)
      .overrideGuard(JwtGuard)
      .useValue({ canActivate: () => true })
      .compile();
    const nest: INestApplication = module.createNestApplication();
    nest.useWebSocketAdapter(new WireAdapter(nest));
    await nest.listen(0, '127.0.0.1');
    const { port } = (nest.getHttpServer() as Server).address() as AddressInfo;
    expect((await headOf(port, '/jwt'))[0]).toMatch(' 101 ');
    expect((await headOf(port, '/passport'))[0]).toMatch(' 401 ');
    await nest.close();
  });
});
