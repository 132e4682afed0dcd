// Who may import whom in lib/. Reads every source file, parses it and holds its imports against the table below;
// an `import type` counts like any other. Runs nothing of lib/.
import { describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { posix } from 'node:path';
import ts from 'typescript';

interface Layer {
  /** Further layers that it may import. Each may import itself. */
  ours: string[];
  /** Node's modules, or all of them. */
  node: string[] | 'all';
  /** Packages, by the exact name that is imported: from their roots only. */
  packages: string[];
}

const pure = ['node:buffer', 'node:crypto'];
const codec = ['frame', 'extension', 'message', 'protocol'];
const nest = ['@nestjs/common', '@nestjs/core', '@nestjs/websockets', 'reflect-metadata', 'rxjs'];
const brokers = ['ioredis', '@nats-io/transport-node', '@nats-io/jetstream'];

const layers: Record<string, Layer> = {
  handshake: { ours: [], node: pure, packages: [] },
  frame: { ours: [], node: pure, packages: [] },
  extension: { ours: ['frame'], node: pure, packages: [] },
  message: { ours: ['frame', 'extension'], node: pure, packages: [] },
  protocol: { ours: ['frame', 'extension', 'message'], node: pure, packages: [] },
  connection: { ours: [...codec, 'handshake'], node: 'all', packages: [] },
  envelope: { ours: [], node: pure, packages: [] },
  // The Broker contract says its status as an Observable.
  topic: { ours: ['frame'], node: pure, packages: ['rxjs'] },
  'topic/brokers': { ours: ['frame', 'topic'], node: 'all', packages: [...brokers, 'rxjs'] },
  gateway: {
    ours: [...codec, 'handshake', 'connection', 'envelope', 'topic', 'topic/brokers'],
    node: 'all',
    packages: [...nest, 'path-to-regexp'],
  },
  client: { ours: [...codec, 'handshake', 'connection'], node: 'all', packages: [] },
  testing: { ours: [...codec, 'handshake', 'connection', 'envelope', 'client'], node: 'all', packages: [] },
};
layers['index'] = { ours: Object.keys(layers), node: [], packages: [] };

/** Path below lib/ -> source text. */
type Files = Record<string, string>;

describe('the import rule', () => {
  it('holds in lib/', () => {
    const paths = readdirSync('lib', { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.ts'));
    const files = Object.fromEntries(paths.map((path) => [path, readFileSync(`lib/${path}`, 'utf8')]));

    expect(paths).toContain('index.ts');
    expect(violationsOf(files)).toEqual([]);
    expect(cyclesOf(files)).toEqual([]);
  });
});

describe('the checker', () => {
  it('lets through what the table allows', () => {
    const files = {
      'index.ts': `export { Adapter } from './gateway/adapter.js';`,
      'gateway/adapter.ts': `import 'reflect-metadata'; import { of } from 'rxjs'; import { a } from '../frame/a.js';`,
      'frame/a.ts': `import { b } from './b.js'; import { Buffer } from 'node:buffer'; export async function f() { await b; }`,
      'frame/b.ts': `export const b = (async () => { for await (const x of []) await x; })();`,
    };
    expect(violationsOf(files)).toEqual([]);
    expect(cyclesOf(files)).toEqual([]);
  });

  it.each([
    ['frame/a.ts', `import { b } from '../message/b.js';`, 'frame may not import message'],
    ['frame/a.ts', `import type { B } from '../message/b.js';`, 'frame may not import message'],
    ['frame/a.ts', `import { type B } from '../message/b.js';`, 'frame may not import message'],
    ['frame/a.ts', `export * from '../message/b.js';`, 'frame may not import message'],
    ['frame/a.ts', `let b: import('../message/b.js').B;`, 'frame may not import message'],
    ['frame/a.ts', `async function f() { return import('../message/b.js'); }`, 'frame may not import message'],
    ['frame/a.ts', `import b = require('../message/b.js');`, 'frame may not import message'],
    ['handshake/a.ts', `import '../frame/c.js';`, 'handshake may not import frame'],
    ['connection/a.ts', `import '../envelope/b.js';`, 'connection may not import envelope'],
    ['envelope/a.ts', `import '../frame/c.js';`, 'envelope may not import frame'],
    ['topic/a.ts', `import './brokers/b.js';`, 'topic may not import topic/brokers'],
    ['testing/a.ts', `import '../gateway/b.js';`, 'testing may not import gateway'],
    ['message/a.ts', `import zlib from 'node:zlib';`, 'message may not import node:zlib'],
    ['index.ts', `import { of } from 'rxjs';`, 'index may not import rxjs'],
    ['connection/a.ts', `import { of } from 'rxjs';`, 'connection may not import rxjs'],
    ['gateway/a.ts', `import '@nestjs/common/internal';`, 'gateway may not import @nestjs/common/internal'],
    ['gateway/a.ts', `import { WebSocket } from 'ws';`, 'gateway may not import ws'],
    ['client/a.ts', `import { io } from 'socket.io';`, 'client may not import socket.io'],
    ['gateway/a.ts', `import { WireAdapter } from 'nestwire';`, 'gateway may not import nestwire'],
    ['gateway/a.ts', `import { createServer } from 'http';`, 'http lacks node:'],
    ['gateway/a.ts', `import json from '../../package.json';`, '../../package.json is no file of lib/'],
    ['gateway/a.ts', `import { b } from './b';`, './b is no file of lib/'],
    ['gateway/a.ts', `const load = (name: string) => import(name);`, 'imports a computed name'],
    ['gateway/a.ts', `const here = import.meta.url;`, 'uses import.meta'],
    ['gateway/a.ts', `await Promise.resolve();`, 'awaits at the top level'],
    ['gateway/a.ts', `if (true) { for await (const x of []) x; }`, 'awaits at the top level'],
    ['tools/a.ts', ``, 'tools is no layer'],
    ['other.ts', ``, 'other is no layer'],
  ])('reports in %s: %s', (path, source, expected) => {
    const others = { 'message/b.ts': '', 'envelope/b.ts': '', 'topic/brokers/b.ts': '', 'frame/c.ts': '' };
    expect(violationsOf({ ...others, 'gateway/b.ts': '', [path]: source })).toEqual([`${path}: ${expected}`]);
  });

  it('reports a cycle by its files', () => {
    const files = {
      'frame/a.ts': `import './b.js'; import './d.js';`,
      'frame/b.ts': `import type { C } from './c.js';`,
      'frame/c.ts': `export { b } from './b.js';`,
      'frame/d.ts': ``,
    };
    expect(cyclesOf(files)).toEqual(['frame/b.ts -> frame/c.ts -> frame/b.ts']);
    expect(cyclesOf({ 'frame/a.ts': `import './a.js';` })).toEqual(['frame/a.ts -> frame/a.ts']);
  });
});

function violationsOf(files: Files): string[] {
  return Object.entries(files).flatMap(([path, source]) => {
    const name = layerOf(path);
    const layer = layers[name];
    if (!layer) {
      return [`${path}: ${name} is no layer`];
    }
    const { specifiers, oddities } = read(path, source);
    const refused = specifiers.map((specifier) => refusal(files, path, specifier, name, layer));
    return [...refused, ...oddities].filter((each) => each !== undefined).map((each) => `${path}: ${each}`);
  });
}

function refusal(files: Files, path: string, specifier: string, name: string, layer: Layer): string | undefined {
  if (specifier.startsWith('.')) {
    const target = targetOf(path, specifier);
    if (!(target in files)) {
      return `${specifier} is no file of lib/`;
    }
    const other = layerOf(target);
    return other === name || layer.ours.includes(other) ? undefined : `${name} may not import ${other}`;
  }
  if (isBuiltin(specifier) && !specifier.startsWith('node:')) {
    return `${specifier} lacks node:`;
  }
  const allowed = isBuiltin(specifier) ? layer.node : layer.packages;
  return allowed === 'all' || allowed.includes(specifier) ? undefined : `${name} may not import ${specifier}`;
}

/** `topic/brokers/redis.ts` -> `topic/brokers`, `frame/mask.ts` -> `frame`, `index.ts` -> `index`. */
function layerOf(path: string): string {
  if (path.startsWith('topic/brokers/')) {
    return 'topic/brokers';
  }
  return path.includes('/') ? path.slice(0, path.indexOf('/')) : posix.basename(path, '.ts');
}

/** The file that a relative specifier names: `./mask.js` is written from `mask.ts`. */
function targetOf(path: string, specifier: string): string {
  return posix.join(posix.dirname(path), specifier).replace(/\.js$/, '.ts');
}

function read(path: string, source: string): { specifiers: string[]; oddities: string[] } {
  const specifiers: string[] = [];
  const oddities: string[] = [];

  const visit = (node: ts.Node, inFunction: boolean): void => {
    const name = importedName(node);
    if (name && ts.isStringLiteralLike(name)) {
      specifiers.push(name.text);
    } else if (name) {
      oddities.push('imports a computed name');
    }
    if (ts.isMetaProperty(node) && node.keywordToken === ts.SyntaxKind.ImportKeyword) {
      oddities.push('uses import.meta');
    }
    if (!inFunction && (ts.isAwaitExpression(node) || (ts.isForOfStatement(node) && node.awaitModifier))) {
      oddities.push('awaits at the top level');
    }
    ts.forEachChild(node, (child) => visit(child, inFunction || ts.isFunctionLike(node)));
  };
  visit(ts.createSourceFile(path, source, ts.ScriptTarget.ES2022), false);
  return { specifiers, oddities };
}

/** What a node imports, whichever of the six ways it does so. */
function importedName(node: ts.Node): ts.Node | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) {
    return node.moduleSpecifier;
  }
  if (ts.isImportTypeNode(node)) {
    return ts.isLiteralTypeNode(node.argument) ? node.argument.literal : node.argument;
  }
  if (ts.isExternalModuleReference(node)) {
    return node.expression;
  }
  if (!ts.isCallExpression(node)) {
    return undefined;
  }
  const isRequire = ts.isIdentifier(node.expression) && node.expression.text === 'require';
  return isRequire || node.expression.kind === ts.SyntaxKind.ImportKeyword ? node.arguments[0] : undefined;
}

/** Each cycle once, from the file of it that is reached first. */
function cyclesOf(files: Files): string[] {
  const done = new Set<string>();
  const trail: string[] = [];
  const cycles: string[] = [];

  const follow = (path: string): void => {
    if (trail.includes(path)) {
      cycles.push([...trail.slice(trail.indexOf(path)), path].join(' -> '));
      return;
    }
    const source = files[path];
    if (source === undefined || done.has(path)) {
      return;
    }
    trail.push(path);
    for (const specifier of read(path, source).specifiers.filter((each) => each.startsWith('.'))) {
      follow(targetOf(path, specifier));
    }
    trail.pop();
    done.add(path);
  };
  Object.keys(files).forEach(follow);
  return cycles;
}
