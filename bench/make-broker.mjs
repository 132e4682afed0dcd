// The broker of one node, by its kind: as an application would make it, from the build of this repository.

const dist = new URL('../dist/esm/', import.meta.url).href;

const BROKERS = {
  memory: async () => new (await import(`${dist}index.js`)).MemoryBroker(),
  redis: async (url) => new (await import(`${dist}topic/brokers/redis/index.js`)).RedisBroker({ url }),
  nats: async (servers) => new (await import(`${dist}topic/brokers/nats/index.js`)).NatsBroker({ servers }),
  jetstream: async (servers) =>
    new (await import(`${dist}topic/brokers/nats/index.js`)).NatsBroker({ servers, jetstream: true }),
};

/** @param kind memory, redis, nats or jetstream @param url of its server, where it has one */
export const makeBroker = (kind, url) => BROKERS[kind](url);

/** What the package exports. */
export const importNestwire = () => import(`${dist}index.js`);
