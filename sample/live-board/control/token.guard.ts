// Asked before the 101: a client without a token that somebody has gets a 401, and nothing of the gateway runs. A browser
// cannot set Authorization on a WebSocket; it offers the token as a subprotocol.

import type { IncomingMessage } from 'node:http';
import { type CanActivate, type ExecutionContext, Injectable, UnauthorizedException } from '@nestjs/common';
import { type Account, Accounts } from './accounts.js';

const TOKEN = /(?:^|, ?)token\.([^, ]+)/;

@Injectable()
export class TokenGuard implements CanActivate {
  constructor(private readonly accounts: Accounts) {}

  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<IncomingMessage & { user?: Account }>();
    const token = TOKEN.exec(request.headers['sec-websocket-protocol'] ?? '')?.[1];
    if (token === undefined) throw new UnauthorizedException('The control room asks for a token.');
    const account = this.accounts.find(token);
    if (account === undefined) throw new UnauthorizedException('This token is nobody’s.');
    request.user = account;
    return true;
  }
}
