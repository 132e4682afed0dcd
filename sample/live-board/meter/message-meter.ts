// Counts what passes through the gateways of the board. The totals only grow; who wants a rate compares two readings.

import { Injectable } from '@nestjs/common';

@Injectable()
export class MessageMeter {
  /** Messages that handlers were called with. */
  received = 0;
  /** Values that handlers answered with. */
  sent = 0;
}
