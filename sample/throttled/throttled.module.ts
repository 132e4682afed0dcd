import { Module } from '@nestjs/common';
import { ThrottlerModule } from '@nestjs/throttler';
import type { WireSocket } from 'nestwire';
import { ThrottledGateway } from './throttled.gateway.js';

@Module({
  imports: [
    ThrottlerModule.forRoot({
      throttlers: [{ limit: 2, ttl: 60_000 }],
      // For messages, the guard takes the socket for the request: it has no `ip`, and an answer has no headers.
      getTracker: (client) => Promise.resolve((client as WireSocket).remoteAddress ?? 'unknown'),
      setHeaders: false,
    }),
  ],
  providers: [ThrottledGateway],
})
export class ThrottledModule {}
