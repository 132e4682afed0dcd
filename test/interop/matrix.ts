// What worked with whom: tests note it while they run, and at the end it becomes a table in build/interop.md.

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from '@jest/globals';

const FOLDER = 'build/interop';

/** What each cell stands for: done in every mode, failed in some, not asked for. */
const PASSED = 'yes';
const NOT_ASKED = '–';

export class Matrix {
  private readonly cells: Map<string, Map<string, string[]>>;

  /** @param name of the file that holds this table */
  constructor(
    private readonly name: string,
    private readonly title: string,
  ) {
    this.cells = new Map();
  }

  /** Registers a test of one case with one peer. @param mode told where it fails */
  it(peer: string, title: string, mode: string, body: () => Promise<void>): void {
    it(title, async () => {
      const failures = this.failures(peer, title);
      failures.push(mode);
      await body();
      failures.pop();
    });
  }

  write(): void {
    mkdirSync(FOLDER, { recursive: true });
    writeFileSync(join(FOLDER, `${this.name}.md`), this.draw());
    const tables = readdirSync(FOLDER).sort();
    const page = ['# Interoperation', ...tables.map((file) => readFileSync(join(FOLDER, file), 'utf8'))].join('\n\n');
    writeFileSync(`${FOLDER}.md`, page);
  }

  private draw(): string {
    const peers = [...this.cells.keys()];
    const titles = [...new Set(peers.flatMap((peer) => [...this.cells.get(peer)!.keys()]))];
    const rows = titles.map((title) => `| ${title} | ${peers.map((peer) => this.cell(peer, title)).join(' | ')} |`);
    const lines = [`| | ${peers.join(' | ')} |`, `| --- |${' --- |'.repeat(peers.length)}`, ...rows];
    return `## ${this.title}\n\n${lines.join('\n')}\n`;
  }

  private cell(peer: string, title: string): string {
    const failures = this.cells.get(peer)?.get(title);
    if (failures === undefined) return NOT_ASKED;
    return failures.length === 0 ? PASSED : `failed: ${failures.join(', ')}`;
  }

  private failures(peer: string, title: string): string[] {
    const cases = this.cells.get(peer) ?? new Map<string, string[]>();
    this.cells.set(peer, cases);
    const failures = cases.get(title) ?? [];
    cases.set(title, failures);
    return failures;
  }
}
