// An upgrade behind a request that is not answered yet, on one connection: an answer of HTTP must never stand among frames.

import { Controller, Get } from '@nestjs/common';
import { describe, expect, it } from '@jest/globals';
import { WebSocketGateway } from '@nestjs/websockets';
import { RawClient, upgradeRequest } from '../support/raw-client.js';
import { useWireApp } from '../support/wire-app.js';

let answer: () => void = () => undefined;

@Controller()
class SlowController {
  @Get('slow')
  async slow(): Promise<string> {
    await new Promise<void>((resolve) => (answer = resolve));
    return 'SLOW ANSWER';
  }
}

@WebSocketGateway()
class QuietGateway {}

describe('an upgrade behind a request that is not answered yet', () => {
  const app = useWireApp({ providers: [QuietGateway], controllers: [SlowController] });

  it('ends the connection: neither answer may stand behind the other', async () => {
    const client = await RawClient.open(app.current.port);
    client.write(`GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n${upgradeRequest('/')}`);
    expect((await client.rest()).toString()).not.toContain('101');
    answer();
  });

  it('ends the connection too where the upgrade would be refused', async () => {
    const client = await RawClient.open(app.current.port);
    client.write(`GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n${upgradeRequest('/nobody')}`);
    expect((await client.rest()).toString()).not.toContain('404');
    answer();
  });
});
