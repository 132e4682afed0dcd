// The version of Nest that this run has: 12, or 11 with NEST=11 (jest.config.mjs). Specs say here what the two do differently,
// with the reason beside it; docs/migration.md has the table. A case that one of them cannot have is not registered.

import { describe, it } from '@jest/globals';
import * as common from '@nestjs/common';

type NestVersion = 11 | 12;

const nestVersion: NestVersion = 'StandardSchemaValidationPipe' in common ? 12 : 11;

if (nestVersion !== Number(process.env['NEST'] ?? 12)) {
  throw new Error(`the specs run with Nest ${nestVersion}: has build/nest-11 been installed, and does jest map to it?`);
}

/** What is expected with each version; or whatever else differs between them. */
export function onNest<T>(each: Readonly<Record<NestVersion, T>>): T {
  return each[nestVersion];
}

/** Registers a test that Nest 11 gives no ground for. */
export function itOnNest12(title: string, body: () => Promise<void>): void {
  if (nestVersion === 12) it(title, body);
}

/** Registers a group of tests that Nest 11 gives no ground for. */
export function describeOnNest12(title: string, body: () => void): void {
  if (nestVersion === 12) {
    describe(title, () => {
      body();
    });
  }
}
