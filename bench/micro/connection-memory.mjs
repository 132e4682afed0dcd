// How much memory does a connection cost, idle and after it has compressed? Each server runs in a process of its own; the
// clients here open connections, echo three messages of 2 KiB each, and wait. Figures are the server's resident memory and
// its heap with everything outside it, after garbage collection, over what it had before the first connection.
//
//   npm run build && node bench/micro/connection-memory.mjs [connections]

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';

const ECHOES = 3;
const MESSAGE = 'The quick brown fox jumps over the lazy dog. '.repeat(45);
const SERVERS = ['nestwire off', 'nestwire on', 'nestwire takeover', 'ws off', 'ws on', 'ws takeover'];

async function serve(name) {
  const [engine, compression] = name.split(' ');
  const port = engine === 'ws' ? await serveWs(compression) : await serveNestwire(compression);
  process.send(port);
  process.on('message', () => {
    for (let i = 0; i < 4; i++) global.gc();
    const { rss, heapUsed, external } = process.memoryUsage();
    process.send({ rss, used: heapUsed + external });
  });
}

async function serveWs(compression) {
  const { WebSocketServer } = await import('ws');
  const noTakeover = { serverNoContextTakeover: true, clientNoContextTakeover: true };
  const deflate =
    compression === 'off' ? false : compression === 'on' ? { ...noTakeover, threshold: 0 } : { threshold: 0 };
  const server = new WebSocketServer({ port: 0, perMessageDeflate: deflate });
  server.on('connection', (socket) =>
    socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary })),
  );
  await once(server, 'listening');
  return server.address().port;
}

/** The engine without Nest: the upgrade and the connection, as the adapter puts them together. */
async function serveNestwire(compression) {
  const { UpgradeRouter } = await import('../../dist/esm/gateway/upgrade-router.js');
  const { resolveAdapterOptions } = await import('../../dist/esm/gateway/options.js');
  const { WireServer } = await import('../../dist/esm/gateway/wire-server.js');
  const options = resolveAdapterOptions({
    compression: compression === 'off' ? false : { takeover: compression === 'takeover', thresholdBytes: 0 },
  });
  const http = createServer();
  const router = new UpgradeRouter(http, options);
  const server = new WireServer(http, '/', options);
  router.add(server);
  server.on('connection', (socket) =>
    socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary })),
  );
  http.listen(0);
  await once(http, 'listening');
  return http.address().port;
}

async function measure(name, count) {
  const { connect } = await import('../../dist/esm/client/connect.js');
  const server = fork(fileURLToPath(import.meta.url), ['serve', name], { execArgv: ['--expose-gc'] });
  const [port] = await once(server, 'message');
  const memory = async () => {
    server.send('measure');
    return (await once(server, 'message'))[0];
  };
  const before = await memory();
  const sockets = [];
  for (let i = 0; i < count; i++) {
    const socket = await connect(`ws://127.0.0.1:${port}/`, { compression: !name.endsWith('off') });
    sockets.push(socket);
    for (let n = 0; n < ECHOES; n++) {
      socket.send(MESSAGE);
      await once(socket, 'message');
    }
  }
  const open = await memory();
  for (const socket of sockets) socket.close(1000);
  await Promise.all(sockets.map((socket) => once(socket, 'close')));
  const after = await memory();
  server.kill();
  const each = (key) => Math.round((open[key] - before[key]) / count).toLocaleString('en');
  const left = Math.round((after.used - before.used) / count).toLocaleString('en');
  console.log(`| ${name} | ${each('used')} | ${each('rss')} | ${left} |`);
}

if (process.argv[2] === 'serve') {
  await serve(process.argv[3]);
} else {
  const count = Number(process.argv[2] ?? 1000);
  console.log(
    `| ${count} connections, ${ECHOES} echoes of 2 KiB | bytes each, heap and external | bytes each, resident | left after closing |`,
  );
  console.log('| --- | --- | --- | --- |');
  for (const name of SERVERS) await measure(name, count);
}
