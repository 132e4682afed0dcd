// Asked before a message reaches its handler: whether the client's role is the one that the handler demands. What it throws
// is the answer to that very message, by its id.

import { type CanActivate, type ExecutionContext, Injectable, SetMetadata } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { WsException } from '@nestjs/websockets';
import type { WireSocket } from 'nestwire';
import type { Account, Role } from './accounts.js';

const ROLE = 'live-board:role';

/** The role that a handler demands. */
export const RequireRole = (role: Role): MethodDecorator => SetMetadata(ROLE, role);

@Injectable()
export class RoleGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  canActivate(context: ExecutionContext): boolean {
    const demanded = this.reflector.get<Role | undefined>(ROLE, context.getHandler());
    const { name, role } = context.switchToWs().getClient<WireSocket<Account>>().user;
    if (demanded === undefined || role === demanded) return true;
    throw new WsException({
      status: 403,
      code: 'FORBIDDEN',
      message: `Only an ${demanded} may do that: ${name} is a ${role}.`,
    });
  }
}
