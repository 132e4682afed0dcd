import { UseGuards } from '@nestjs/common';
import { SkipThrottle, Throttle, ThrottlerGuard } from '@nestjs/throttler';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';

@WebSocketGateway({ path: '/' })
@UseGuards(ThrottlerGuard)
export class ThrottledGateway {
  @SubscribeMessage('search')
  search(): string {
    return 'found';
  }

  @Throttle({ default: { limit: 1, ttl: 60_000 } })
  @SubscribeMessage('report')
  report(): string {
    return 'written';
  }

  @SkipThrottle()
  @SubscribeMessage('status')
  status(): string {
    return 'fine';
  }
}
