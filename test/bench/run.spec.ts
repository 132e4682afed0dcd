// The benchmark as a person runs it, as short as can be: what it says counts here, and not how fast anything is.
import { expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const START_LIMIT_MS = 60_000;
const SHORT = ['--rounds', '2', '--round-ms', '5', '--warm-up-ms', '5', '--connections', '50'];
const run = promisify(execFile);

async function bench(script: string, args: string[]): Promise<string> {
  const { stdout } = await run(process.execPath, [`bench/${script}.mjs`, ...args], { timeout: START_LIMIT_MS });
  return stdout;
}

/** The cells of the rows that begin so. */
function rowsOf(output: string, first: string): string[][] {
  const lines = output.split('\n').filter((line) => line.startsWith(`| ${first} |`));
  return lines.map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

it(
  'measures servers side by side, and puts runs together',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'nestwire-bench-'));
    try {
      const file = join(folder, 'run.json');
      const output = await bench('run', [...SHORT, '--only', 'event-16', '--servers', 'ws,nestwire', '--json', file]);
      expect(output).toContain('### JSON event 100 B, 16 in flight (`event-16`)');
      const [ws, nestwire] = ['ws', 'nestwire'].map((server) => rowsOf(output, server)[0]);
      expect(ws?.[1]).toMatch(/^[\d.,]+ \([\d.,]+–[\d.,]+\)$/);
      expect(nestwire?.[3]).toMatch(/^[\d.]+ \([\d.]+–[\d.]+\)$/);
      expect(output).toMatch(
        /\| JSON event 100 B, 16 in flight: nestwire-nest against platform-ws \| 4\.50 .* not measured \|/,
      );

      const { results } = JSON.parse(readFileSync(file, 'utf8'));
      expect(results[0].servers.map(({ samples }: { samples: unknown[] }) => samples.length)).toEqual([2, 2]);
      const merged = await bench('merge', [file, file, file]);
      expect(merged).toContain('3 runs.');
      expect(rowsOf(merged, 'nestwire')[0]).toEqual(nestwire);
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
  START_LIMIT_MS,
);

it(
  'measures memory',
  async () => {
    const output = await bench('run', [...SHORT, '--only', 'memory-deflate', '--servers', 'ws,nestwire-nest']);
    expect(output).toContain('resident bytes each of 50');
    expect(rowsOf(output, 'nestwire-nest')[0]?.[1]).toMatch(/^-?[\d.,]+$/);
  },
  START_LIMIT_MS,
);

it('refuses what it does not know', async () => {
  await expect(bench('run', ['--only', 'nothing'])).rejects.toThrow('no such scenario: nothing');
  await expect(bench('run', ['--servers', 'nothing'])).rejects.toThrow('no such server: nothing');
});
