// The page asks this to learn whether somebody is still there, and how far away: a browser does not show the pings that the
// adapter sends.

import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';

@WebSocketGateway({ path: '/live' })
export class LinkGateway {
  @SubscribeMessage('link.ping')
  ping(): string {
    return 'pong';
  }
}
