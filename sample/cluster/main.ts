// The live board as several processes behind one port (NODES, 3 unless said otherwise): what is said on one is heard on all. What
// takes it there is Redis or NATS where REDIS_URL or NATS_URL says where it is, and a small broker of the sample's own otherwise.

import 'reflect-metadata';
import cluster from 'node:cluster';
import { runNode } from './node.js';
import { runPrimary } from './primary.js';

const port = Number(process.env['PORT'] ?? 3000);
if (cluster.isPrimary) await runPrimary(port);
else await runNode(port);
