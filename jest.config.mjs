// Jest as native ES modules. swc strips the types and writes the decorator metadata that Nest reads.
// Specs import what they need from '@jest/globals'. `nestwire` by its name is the build in dist/, hence other
// classes than those of lib/: a spec uses one or the other.
import { readdirSync } from 'node:fs';
import { transformFileSync } from '@swc/core';

const swc = {
  jsc: {
    target: 'es2022',
    parser: { syntax: 'typescript', decorators: true },
    transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: true },
  },
  module: { type: 'es6' },
};

// Nothing ever loads a file of types alone, and v8 would count each of its lines as not covered.
const typesOnly = readdirSync('lib', { recursive: true })
  .filter((file) => file.endsWith('.ts'))
  .filter((file) => transformFileSync(`lib/${file}`, { ...swc, swcrc: false, minify: true }).code === 'export{};')
  .map((file) => `!lib/${file}`);

// NEST=11: with Nest 11 and what goes with it, as .ci/run installs it in build/. Left out is what only Nest 12 has, and what
// starts a process of its own, to which this mapping says nothing.
const isNest11 = process.env.NEST === '11';
const nest11Packages = {
  '^(@nestjs/.*|nestjs-cls|rxjs|reflect-metadata|class-validator|class-transformer)$':
    '<rootDir>/build/nest-11/node_modules/$1',
};
const withoutNest11 = ['/parity/request-scope.spec.ts', '/standard-schema.spec.ts', '/handshake-throttler.spec.ts'];

// OLDEST_PEERS=1: with the oldest clients of Redis and NATS that package.json allows, as .ci/run installs them in build/.
const oldestPeers = {
  '^(ioredis|@nats-io/transport-node)$': '<rootDir>/build/oldest-peers/node_modules/$1',
  // What is mapped is a path, of which Jest reads "main" only, and this package has "exports" alone.
  '^(@nats-io/jetstream)$': '<rootDir>/build/oldest-peers/node_modules/$1/lib/mod.js',
};

export default {
  testMatch: ['<rootDir>/test/**/*.spec.ts'],
  roots: ['<rootDir>/lib', '<rootDir>/test'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '^.+\\.ts$': ['@swc/jest', swc] },
  // The sources name the files that tsc will write. A package's own .js comes first, so that only ours are affected.
  moduleNameMapper: {
    ...(isNest11 && nest11Packages),
    ...(process.env.OLDEST_PEERS === '1' && oldestPeers),
    '^(\\.{1,2}/.*)\\.js$': ['$1.js', '$1.ts'],
  },
  testPathIgnorePatterns: ['/node_modules/', ...(isNest11 ? withoutNest11 : [])],
  collectCoverageFrom: ['lib/**/*.ts', ...typesOnly],
  coverageProvider: 'v8',
  coverageReporters: ['text', 'lcov'],
  coverageThreshold: { global: { lines: 99, branches: 98 } },
  maxWorkers: '100%',
  // Modules of specs that are done stay in memory, gigabytes in the end, and collecting around them takes longer than the specs.
  workerIdleMemoryLimit: '1GB',
  // Bounds a failure only: no expectation depends on how long anything takes, and machines are shared.
  testTimeout: 30_000,
};
