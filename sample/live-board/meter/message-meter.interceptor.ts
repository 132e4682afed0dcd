import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { defer, finalize, type Observable, tap } from 'rxjs';
import { RunningStreams } from '../streams/running-streams.js';
import { MessageMeter } from './message-meter.js';

/** Sees every message that reaches a handler, every value of its answer, and the end of it. */
@Injectable()
export class MessageMeterInterceptor implements NestInterceptor {
  constructor(
    private readonly meter: MessageMeter,
    private readonly streams: RunningStreams,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const ws = context.switchToWs();
    this.meter.received++;
    return defer(() => {
      const end = this.streams.begin(ws.getClient<object>(), ws.getPattern());
      return next.handle().pipe(finalize(end));
    }).pipe(
      // A handler that has nothing to say answers with undefined, which is not sent.
      tap((value) => {
        if (value !== undefined) this.meter.sent++;
      }),
    );
  }
}
