import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { type Observable, tap } from 'rxjs';
import { MessageMeter } from './message-meter.js';

/** Sees every message that reaches a handler, and every value of its answer. */
@Injectable()
export class MessageMeterInterceptor implements NestInterceptor {
  constructor(private readonly meter: MessageMeter) {}

  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    this.meter.received++;
    return next.handle().pipe(
      tap({
        subscribe: () => this.meter.running++,
        // A handler that has nothing to say answers with undefined, which is not sent.
        next: (value) => {
          if (value !== undefined) this.meter.sent++;
        },
        finalize: () => this.meter.running--,
      }),
    );
  }
}
