// The servers that can be measured: how clients speak to each, and which program its process runs in.

import { existsSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { ChildProcess } from './child-process.mjs';

const BUN_VERSION = '1.4.5';
/** What is too large to be a dependency is installed here when it is needed. */
const PEERS = fileURLToPath(new URL('.peers', import.meta.url));
const BUN = `${PEERS}/node_modules/.bin/bun`;
const HOST = fileURLToPath(new URL('servers/host.mjs', import.meta.url));
const NODE = [process.execPath, '--expose-gc'];

const SERVERS = {
  floor: { dialect: 'floor', program: NODE },
  ws: { dialect: 'bare', program: NODE },
  fastify: { dialect: 'bare', program: NODE },
  bun: { dialect: 'bare', program: [BUN] },
  nestwire: { dialect: 'bare', program: NODE, hasBuilds: true },
  'nestwire-nest': { dialect: 'event', program: NODE, hasBuilds: true },
  'platform-ws': { dialect: 'event', program: NODE },
  'socket.io': { dialect: 'socket.io', program: NODE },
};

/**
 * Starts a server in a process of its own; `ready` is told when it listens.
 * @param name one of the above; ours may be followed by `@` and the folder of another build: `nestwire@../other/dist`
 * @param settings what its `serve` is given
 * @param core the processor core that it may use, or undefined for any
 */
export function startServer(name, settings, core) {
  const { base, dist } = parseServer(name);
  const { dialect, program } = SERVERS[base];
  const process = new ChildProcess(name, [...program, HOST, base, JSON.stringify({ ...settings, dist })], core);
  return { name, dialect, process, ready: process.ask('start') };
}

/** @throws RangeError for a name that is no server's */
export function parseServer(name) {
  const [base, folder] = name.split('@');
  const { hasBuilds } = SERVERS[base] ?? {};
  if (!Object.hasOwn(SERVERS, base) || (folder !== undefined && !hasBuilds)) {
    throw new RangeError(`no such server: ${name}; there are ${Object.keys(SERVERS).join(', ')}`);
  }
  return { base, dist: folder && `${pathToFileURL(folder).href.replace(/\/$/, '')}/` };
}

/** @returns why a server cannot be measured here, or undefined where it can; what it needs is installed */
export function reasonOfAbsence(name) {
  if (name !== 'bun' || existsSync(BUN)) return undefined;
  const install = ['install', '--prefix', PEERS, '--no-save', `bun@${BUN_VERSION}`];
  const { status } = spawnSync('npm', install, { stdio: 'ignore', shell: process.platform === 'win32' });
  const runs = status === 0 && spawnSync(BUN, ['--version']).status === 0;
  return runs ? undefined : `the package bun@${BUN_VERSION} cannot be installed or does not run here`;
}
