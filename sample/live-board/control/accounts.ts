// Who may enter the control room. Two accounts for show, with tokens that the page knows: an application would verify a JWT
// here, or look a session up.

import { Injectable } from '@nestjs/common';

export type Role = 'viewer' | 'operator';

export interface Account {
  readonly name: string;
  readonly role: Role;
}

@Injectable()
export class Accounts {
  private readonly byToken: ReadonlyMap<string, Account> = new Map([
    ['vera-5f2c', { name: 'Vera', role: 'viewer' }],
    ['otto-91d7', { name: 'Otto', role: 'operator' }],
  ]);

  find(token: string): Account | undefined {
    return this.byToken.get(token);
  }
}
