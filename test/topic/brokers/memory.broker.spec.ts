import { MemoryBroker } from '../../../lib/topic/brokers/memory.broker.js';
import { describeBroker } from '../broker.contract.js';

describeBroker('MemoryBroker', {
  hasHistory: true,
  hasManyNodes: false,
  createBroker: (history) => new MemoryBroker({ history: { ...history } }),
});

describeBroker('MemoryBroker without history', {
  hasHistory: false,
  hasManyNodes: false,
  createBroker: () => new MemoryBroker({ history: false }),
});
