// A node with a member in every topic, that does nothing but say so, until it is killed.
import { NatsBroker } from 'nestwire/nats';

const broker = new NatsBroker({ servers: process.argv[2] });
await broker.start({ deliver() {}, interrupted() {}, membersOf: () => [{ id: 'member' }], failed: console.error });
process.stdout.write('started\n');
