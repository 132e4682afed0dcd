// The one event whose answer every parity gateway knows: what a test sends to show that nothing else came before it.

import { MessageBody, SubscribeMessage, type WsResponse } from '@nestjs/websockets';

export abstract class EchoGateway {
  @SubscribeMessage('echo')
  echo(@MessageBody() data: unknown): WsResponse {
    return { event: 'echo', data };
  }
}
