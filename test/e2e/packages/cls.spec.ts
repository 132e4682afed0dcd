// nestjs-cls, unchanged: each message has a context of its own, which is there in services and behind every await.

import { describe, expect, it } from '@jest/globals';
import { Injectable, UseInterceptors } from '@nestjs/common';
import { MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { ClsInterceptor, ClsModule, ClsService } from 'nestjs-cls';
import type { WireSocket } from '../../../lib/index.js';
import { useWireApp } from '../../support/wire-app.js';

@Injectable()
class Audit {
  constructor(private readonly cls: ClsService) {}

  async who(): Promise<string> {
    await new Promise((resolve) => setImmediate(resolve));
    return `${this.cls.get<string>('user')} of ${this.cls.get<string>('path')}`;
  }
}

@WebSocketGateway({ path: '/cls' })
@UseInterceptors(ClsInterceptor)
class ClsGateway {
  constructor(
    private readonly cls: ClsService,
    private readonly audit: Audit,
  ) {}

  @SubscribeMessage('who')
  async who(@MessageBody() user: string): Promise<string> {
    this.cls.set('user', user);
    return this.audit.who();
  }

  @SubscribeMessage('ids')
  ids(): string {
    return this.cls.getId();
  }

  @SubscribeMessage('rows')
  async *rows(@MessageBody() user: string): AsyncGenerator<string> {
    this.cls.set('user', user);
    yield await this.audit.who();
    yield await this.audit.who();
  }
}

describe('nestjs-cls', () => {
  const app = useWireApp({
    imports: [
      ClsModule.forRoot({
        global: true,
        interceptor: {
          generateId: true,
          setup: (cls, context) => cls.set('path', context.switchToWs().getClient<WireSocket>().request.url),
        },
      }),
    ],
    providers: [Audit, ClsGateway],
  });

  it('keeps messages that are at work at the same time apart', async () => {
    const client = await app.current.client('/cls');
    const users = ['ada', 'bob', 'cleo'];
    users.forEach((data, id) => client.json({ id, event: 'who', data }));
    const answers = new Map<number, unknown>();
    while (answers.size < users.length) {
      const { id, type, data } = (await client.nextJson()) as { id: number; type: string; data: unknown };
      if (type === 'next') answers.set(id, data);
    }
    expect([0, 1, 2].map((id) => answers.get(id))).toEqual(users.map((user) => `${user} of /cls`));
  });

  it('gives each message an id of its own', async () => {
    const client = await app.current.client('/cls');
    const ids = [await client.ask({ event: 'ids' }), await client.ask({ event: 'ids' })];
    expect(new Set(ids).size).toBe(2);
  });
});
