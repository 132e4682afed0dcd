// Starts one sample by its npm script, waits until it listens, and stops it as a supervisor would: SIGTERM to npm
// alone. It must then end by itself with exit code 0 and leave nothing behind on its port.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { setTimeout as after } from 'node:timers/promises';

const script = process.argv[2];
const port = await freePort();
// A process group of its own, so that a failed try can be cleared away whole.
const npm = spawn('npm', ['run', script], {
  detached: true,
  env: { ...process.env, PORT: String(port) },
  stdio: ['ignore', 'pipe', 'inherit'],
});
const ended = once(npm, 'exit');

try {
  await within(60, listening(), `did not print "listening on ${port}"`);
  npm.kill('SIGTERM');
  const [code, signal] = await within(10, ended, 'did not end');
  if (code !== 0) {
    throw new Error(`ended with ${signal ?? `exit code ${code}`}`);
  }
  if (await isOpen()) {
    throw new Error(`left a process that listens on ${port}`);
  }
} catch (error) {
  console.error(`npm run ${script}: ${error.message}`);
  process.exitCode = 1;
} finally {
  killGroup();
}

async function listening() {
  let output = '';
  const chunks = npm.stdout.setEncoding('utf8').iterator({ destroyOnReturn: false });
  for await (const chunk of chunks) {
    process.stdout.write(chunk);
    output += chunk;
    if (output.split('\n').includes(`listening on ${port}`)) {
      // Its last words go nowhere, lest it block on a full pipe.
      npm.stdout.resume();
      return;
    }
  }
  throw new Error('ended before it listened');
}

async function within(seconds, promise, complaint) {
  const late = after(seconds * 1000, undefined, { ref: false }).then(() => {
    throw new Error(`${complaint} within ${seconds} s`);
  });
  return Promise.race([promise, late]);
}

async function freePort() {
  const server = createServer().listen(0);
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

async function isOpen() {
  const socket = connect(port);
  return new Promise((resolve) => {
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
  }).finally(() => socket.destroy());
}

function killGroup() {
  try {
    process.kill(-npm.pid, 'SIGKILL');
  } catch {
    // Nothing was left.
  }
}
