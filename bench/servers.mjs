// The servers that can be measured: what each is called, how clients speak to it, and which programs its process runs in.

import { fileURLToPath } from 'node:url';
import { ChildProcess } from './child-process.mjs';

const HOST = fileURLToPath(new URL('servers/host.mjs', import.meta.url));

const SERVERS = {
  floor: { dialect: 'floor' },
  ws: { dialect: 'json' },
  nestwire: { dialect: 'json', isOurs: true },
  'nestwire-nest': { dialect: 'json', isOurs: true },
  'platform-ws': { dialect: 'json' },
};

/**
 * @param name one of the above; ours may be followed by `@` and the folder of another build: `nestwire@../other/dist`
 * @param settings what its `serve` is given
 */
export async function startServer(name, settings, { core, execArgv = [] } = {}) {
  const { base, dist } = parseServer(name);
  const given = JSON.stringify(dist === undefined ? settings : { ...settings, dist });
  const process = new ChildProcess(
    name,
    [globalThis.process.execPath, '--expose-gc', ...execArgv, HOST, base, given],
    core,
  );
  const { port } = await process.ask('start');
  return { name, port, dialect: SERVERS[base].dialect, process };
}

/** @throws RangeError for a name that is no server's */
export function parseServer(name) {
  const [base, folder] = name.split('@');
  if (!(base in SERVERS) || (folder !== undefined && !SERVERS[base].isOurs)) {
    throw new RangeError(`no such server: ${name}; there are ${Object.keys(SERVERS).join(', ')}`);
  }
  const dist = folder && new URL(`${folder.replace(/\/?$/, '/')}`, `file://${globalThis.process.cwd()}/`).href;
  return { base, dist };
}
