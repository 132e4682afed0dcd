// What a process keeps of memory that it has filled and freed, in a process of its own for each case, since what glibc has
// learnt it does not forget.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';

const BUILT = new URL('../../dist/esm/connection/', import.meta.url).href;
const MIB = 1024 * 1024;

/** Node's report names the glibc it runs on, where it is one. */
const { header } = process.report.getReport() as unknown as { header: { glibcVersionRuntime?: string } };
const itOnGlibc = header.glibcVersionRuntime === undefined ? it.skip : it;

/** A program that does `first`, then fills 48 MiB, lets go of them, and prints how many MiB stay. */
const program = (first: string): string => `
  const { keepFreedMemory } = await import('${BUILT}freed-memory.js');
  const { Connection } = await import('${BUILT}connection.js');
  const { DEFAULT_CONNECTION_LIMITS: limits } = await import('${BUILT}default-limits.js');
  const { Duplex } = await import('node:stream');
  const { setImmediate } = await import('node:timers/promises');
  const collect = async () => {
    gc();
    while (process.memoryUsage().arrayBuffers >= ${MIB}) await setImmediate();
  };
  ${first}
  await collect();
  const before = process.memoryUsage.rss();
  let buffers = Array.from({ length: 48 }, () => Buffer.alloc(${MIB}, 1));
  buffers = undefined;
  await collect();
  console.log((process.memoryUsage.rss() - before) / ${MIB});
`;

/** A server's frame comes to a client, whole. */
const CONNECTION = `
  const socket = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() });
  const listener = { onMessage() {}, onDrain() {}, onClosing() {}, onClose() {}, onError() {} };
  const heartbeat = { intervalMs: 0, timeoutMs: 0 };
  const connection = new Connection(socket, { autoPong: true, limits, heartbeat }, listener, { role: 'client' });
  connection.start(Buffer.alloc(0));
`;
const RECEIVING = `
  ${CONNECTION}
  socket.push(Buffer.from([0x82, 127, 0, 0, 0, 0, 0, 2, 0, 0]));
  socket.push(Buffer.alloc(128 * 1024));
  await setImmediate();
`;
const SENDING = `
  ${CONNECTION}
  connection.sendText('x'.repeat(128 * 1024));
  await setImmediate();
`;

async function mibKeptAfter(first: string, env: NodeJS.ProcessEnv = {}): Promise<number> {
  const args = ['--expose-gc', '--input-type=module', '--eval', program(first)];
  const { stdout } = await promisify(execFile)(process.execPath, args, { env: { ...process.env, ...env } });
  return Number(stdout);
}

describe('keepFreedMemory', () => {
  itOnGlibc('keeps what large messages leave, from the first of them on', async () => {
    expect(await mibKeptAfter('keepFreedMemory(128 * 1024)')).toBeGreaterThan(40);
  });

  itOnGlibc('leaves a process as it is that has only seen smaller ones', async () => {
    expect(await mibKeptAfter('keepFreedMemory(128 * 1024 - 1)')).toBeLessThan(10);
  });

  itOnGlibc('leaves alone what was set in the environment', async () => {
    const set = { MALLOC_TRIM_THRESHOLD_: '131072', MALLOC_MMAP_THRESHOLD_: '131072' };
    expect(await mibKeptAfter('keepFreedMemory(128 * 1024)', set)).toBeLessThan(10);
  });

  itOnGlibc.each([
    ['that comes', RECEIVING],
    ['of text that is sent', SENDING],
  ])('is told by a connection of a message %s', async (_which, first) => {
    expect(await mibKeptAfter(first)).toBeGreaterThan(40);
  });
});
