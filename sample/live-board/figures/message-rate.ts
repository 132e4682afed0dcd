import type { MessageMeter } from '../meter/message-meter.js';
import type { Probe } from './sampled.js';

/** Messages per second through all gateways of the board. */
export interface MessageRateFigure {
  readonly received: number;
  readonly sent: number;
}

export function openMessageRateProbe(meter: MessageMeter): Probe<MessageRateFigure> {
  let before = { received: meter.received, sent: meter.sent, at: performance.now() };
  return {
    read() {
      const now = { received: meter.received, sent: meter.sent, at: performance.now() };
      const seconds = (now.at - before.at) / 1000;
      const figure = {
        received: (now.received - before.received) / seconds,
        sent: (now.sent - before.sent) / seconds,
      };
      before = now;
      return figure;
    },
  };
}
