// Installs the packed package into a fresh application of `nest new` and uses it there: the application's own untouched
// test set-up imports it, the application builds, starts and answers a message.
//
//   node .ci/try-nest-app.mjs 11

import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { WebSocket } from 'ws';

const PORT = 3911;
const MESSAGE = '{"event":"greet","data":"Ada"}';
const ANSWER = '{"event":"greeting","data":"Hello Ada"}';

const nest = process.argv[2] ?? '12';
const folder = mkdtempSync(join(tmpdir(), 'nestwire-app-'));
const app = join(folder, 'app');

function run(command, args, cwd) {
  console.log(`$ ${command} ${args.join(' ')}`);
  return execFileSync(command, args, { cwd, stdio: ['ignore', 'pipe', 'inherit'], encoding: 'utf8', env: process.env });
}

const gateway = `import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { MessageBody, SubscribeMessage, WebSocketGateway, type WsResponse } from '@nestjs/websockets';

@Injectable()
export class Archive implements OnModuleDestroy {
  isOpen = true;

  onModuleDestroy(): void {
    this.isOpen = false;
  }
}

@WebSocketGateway()
export class GreetingGateway {
  release: () => void = () => undefined;

  constructor(private readonly archive: Archive) {}

  @SubscribeMessage('slow')
  async slow(): Promise<string> {
    await new Promise<void>((resolve) => (this.release = resolve));
    return this.archive.isOpen ? 'the archive is open' : 'the archive is gone';
  }

  @SubscribeMessage('greet')
  greet(@MessageBody() name: string): WsResponse<string> {
    return { event: 'greeting', data: \`Hello \${name}\` };
  }
}
`;

function specOf(suffix) {
  return `import { Test } from '@nestjs/testing';
import { OnText, WireAdapter } from 'nestwire';
import { connectTo } from 'nestwire/testing';
import { Archive, GreetingGateway } from './greeting.gateway${suffix}';

const providers = [Archive, GreetingGateway];

describe('nestwire in this application', () => {
  it('can be imported and used', async () => {
    const module = await Test.createTestingModule({ providers }).compile();
    const app = module.createNestApplication();
    app.useWebSocketAdapter(new WireAdapter(app));
    await app.listen(0);
    expect(typeof OnText).toBe('function');
    await app.close();
  });

  it('is tested without a port', async () => {
    const module = await Test.createTestingModule({ providers }).compile();
    const app = module.createNestApplication();
    app.useWebSocketAdapter(new WireAdapter(app));
    await app.init();
    const client = await connectTo(app);
    expect(await client.request('greet', 'Ada')).toEqual({ event: 'greeting', data: 'Hello Ada' });
    await expect(connectTo(app, { path: '/nowhere' })).rejects.toMatchObject({ status: 404 });
    await app.close();
    await client.expectClose(1001);
  });

  it('answers what runs when it is closed, before its providers are destroyed', async () => {
    const module = await Test.createTestingModule({ providers }).compile();
    const app = module.createNestApplication();
    app.useWebSocketAdapter(new WireAdapter(app));
    await app.init();
    const client = await connectTo(app);
    const answer = client.request('slow');
    await client.roundTrip();
    const closed = app.close();
    await expect(connectTo(app)).rejects.toMatchObject({ status: 503 });
    app.get(GreetingGateway).release();
    expect(await answer).toBe('the archive is open');
    await closed;
  });
});
`;
}

/** Nest says that it has started a little before it listens. */
async function connectWithPatience() {
  for (let tries = 0; ; tries++) {
    try {
      const socket = new WebSocket(`ws://127.0.0.1:${PORT}/`);
      await once(socket, 'open');
      return socket;
    } catch (error) {
      if (tries === 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}

try {
  const pack = JSON.parse(run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], '.'));
  const tarball = resolve(folder, (Array.isArray(pack) ? pack[0] : Object.values(pack)[0]).filename);
  run(
    'npx',
    ['--yes', `@nestjs/cli@${nest}`, 'new', 'app', '--package-manager', 'npm', '--skip-git', '--strict'],
    folder,
  );
  run('npm', ['install', tarball, `@nestjs/websockets@${nest}`], app);

  const isEsm = JSON.parse(readFileSync(join(app, 'package.json'), 'utf8')).type === 'module';
  const suffix = isEsm ? '.js' : '';
  writeFileSync(join(app, 'src/greeting.gateway.ts'), gateway);
  writeFileSync(join(app, 'src/greeting.gateway.spec.ts'), specOf(suffix));
  const moduleFile = join(app, 'src/app.module.ts');
  writeFileSync(
    moduleFile,
    `import { Archive, GreetingGateway } from './greeting.gateway${suffix}';\n` +
      readFileSync(moduleFile, 'utf8').replace('providers: [', 'providers: [Archive, GreetingGateway, '),
  );
  const mainFile = join(app, 'src/main.ts');
  writeFileSync(
    mainFile,
    `import { WireAdapter } from 'nestwire';\n` +
      readFileSync(mainFile, 'utf8').replace(
        'await app.listen',
        'app.useWebSocketAdapter(new WireAdapter(app));\n  await app.listen',
      ),
  );

  run('npm', ['test'], app);
  run('npm', ['run', 'build'], app);
  const server = spawn('node', ['dist/main.js'], {
    cwd: app,
    env: { ...process.env, PORT },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  try {
    const socket = await connectWithPatience();
    socket.send(MESSAGE);
    const [data] = await once(socket, 'message');
    if (String(data) !== ANSWER) throw new Error(`answered ${data}`);
    socket.close();
    console.log(`Nest ${nest}: installed, tested, built and answered`);
  } finally {
    server.kill();
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
