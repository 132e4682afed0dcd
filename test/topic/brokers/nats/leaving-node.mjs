// A node that is closed while its server stands still: says when it is lost, and leaves. Nothing may keep the process alive.
import { filter, firstValueFrom } from 'rxjs';
import { NatsBroker } from 'nestwire/nats';

const impatient = { pingInterval: 200, maxPingOut: 1, reconnectTimeWait: 10, reconnectJitter: 0 };
const broker = new NatsBroker({ servers: process.argv[2], jetstream: true, ...impatient });
await broker.start({ deliver() {}, interrupted() {}, membersOf: () => [], failed() {} });
process.stdout.write('started\n');
await firstValueFrom(broker.status.pipe(filter((status) => status === 'down')));
// It is connecting again by then.
await new Promise((resolve) => setTimeout(resolve, 100));
await broker.close();
