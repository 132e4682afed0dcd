// The contract that every broker keeps (lib/topic/broker.ts, docs/writing-a-broker.md), as cases that run over any of them, on
// several nodes at once where it knows more than one. A harness makes the brokers and says what they declare.

import { afterEach, beforeEach, describe } from '@jest/globals';
import { describeDelivery } from './contract/delivery.cases.js';
import { describeHistory } from './contract/history.cases.js';
import { describeLife } from './contract/life.cases.js';
import { describeNames } from './contract/names.cases.js';
import { type BrokerHarness, Nodes } from './contract/nodes.js';
import { describeOutage } from './contract/outage.cases.js';
import { describePresence } from './contract/presence.cases.js';

export type { BrokerHarness } from './contract/nodes.js';

export function describeBroker(name: string, harness: BrokerHarness): void {
  describe(`${name} keeps the contract`, () => {
    const nodes = new Nodes(harness);

    beforeEach(async () => {
      await harness.isolate?.();
    });
    afterEach(() => nodes.close());

    describeLife(harness, nodes);
    describeDelivery(harness, nodes);
    describeNames(harness, nodes);
    describePresence(harness, nodes);
    if (harness.hasHistory) describeHistory(nodes);
    if (harness.outage !== undefined) describeOutage(harness.outage, harness, nodes);
  });
}
