// The live board in a real browser, against the built sample: what a person sees and does, including the loss of the server.

import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import type { BrowserContextOptions, Page, WebSocket } from 'playwright-core';
import { describeInChromium } from '../support/chromium.js';
import { enter, fits, LiveBoard, say, textMatches, until } from './live-board-page.js';

const MEBIBYTE = 1024 * 1024;
const CARDS = ['#figures-cpu', '#figures-memory', '#figures-delay', '#figures-messages'];

jest.setTimeout(30_000);

/** What went over the page's present WebSocket. */
class Wire {
  readonly sent: { id?: number; event?: string; type?: string }[] = [];
  private readonly answers = new Map<number, number>();

  constructor(socket: WebSocket) {
    socket.on('framesent', ({ payload }) => {
      if (typeof payload === 'string') this.sent.push(JSON.parse(payload));
    });
    socket.on('framereceived', ({ payload }) => {
      const { id } = JSON.parse(String(payload)) as { id: number };
      this.answers.set(id, (this.answers.get(id) ?? 0) + 1);
    });
  }

  /** The id under which the event was asked for last. */
  idOf(event: string): number {
    const id = this.sent.findLast((message) => message.event === event)?.id;
    if (id === undefined) throw new Error(`${event} was not asked for`);
    return id;
  }

  answersTo(id: number): number {
    return this.answers.get(id) ?? 0;
  }
}

interface Tab {
  page: Page;
  wire(): Wire;
}

describeInChromium('the live board', () => {
  let board: LiveBoard;
  let first: Tab;
  let folder: string;

  async function openTab(options?: BrowserContextOptions): Promise<Tab> {
    const wires: Wire[] = [];
    const page = await board.open(options, (opened) => {
      opened.on('websocket', (socket) => wires.push(new Wire(socket)));
    });
    return { page, wire: () => wires.at(-1) as Wire };
  }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'live-board-'));
    board = await LiveBoard.start();
    first = await openTab();
  });

  afterAll(async () => {
    await board?.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('shows figures that move', async () => {
    const { page } = first;
    await Promise.all(CARDS.map((card) => page.waitForSelector(`${card}[data-state=running]`)));
    await Promise.all(CARDS.map((card) => pictureChanges(page, card)));
    expect(await page.textContent('#figures-cpu .value')).toMatch(/^\d+(\.\d)?$/);
    expect(await page.textContent('#figures-memory .note')).toMatch(/^\d+\.\d of \d+\.\d GiB in use$/);
    expect(await page.textContent('#machine')).toContain(`Node ${process.versions.node}`);
    await textMatches(page, '#round-trip', /ms$/);
  });

  it('stops one stream, on the server too, and starts it again', async () => {
    const { page, wire } = first;
    const streams = (): Promise<number> => streamsOf(page);
    await textMatches(page, '#figures-messages .note', /stream/);
    const before = await streams();
    const [cpu, memory] = [wire().idOf('figures.cpu'), wire().idOf('figures.memory')];

    await page.click('#figures-cpu .toggle');
    await page.waitForSelector('#figures-cpu[data-state=stopped]');
    await textMatches(page, '#figures-messages .note', new RegExp(` ${before - 1} stream`));
    expect(wire().sent).toContainEqual({ id: cpu, type: 'cancel' });
    const [cpuAnswers, memoryAnswers] = [wire().answersTo(cpu), wire().answersTo(memory)];
    await until(() => wire().answersTo(memory) >= memoryAnswers + 3, 'three more figures of the memory');
    expect(wire().answersTo(cpu)).toBe(cpuAnswers);

    await page.click('#figures-cpu .toggle');
    await page.waitForSelector('#figures-cpu[data-state=running]');
    expect(wire().idOf('figures.cpu')).not.toBe(cpu);
    await textMatches(page, '#figures-messages .note', new RegExp(` ${before} stream`));
  });

  it('carries a chat between two tabs, as text whatever is written', async () => {
    const second = await openTab();
    const [ada, grace] = [first.page, second.page];
    await enter(ada, 'Ada');
    await textMatches(grace, '#messages', /Ada joined/);
    await textMatches(grace, '#attendance', /^1 in the chat, 2 watching$/);

    await grace.fill('#name', 'ADA');
    await grace.press('#name', 'Enter');
    await textMatches(grace, '#join-error', /ADA already/);
    await grace.fill('#name', ' ');
    await grace.press('#name', 'Enter');
    await textMatches(grace, '#join-error', /2 to 24 characters/);
    await enter(grace, 'Grace');
    await textMatches(ada, '#attendance', /^2 in the chat/);

    const attack = `<img src="x" onerror="document.title = 'owned'"><b>bold</b>`;
    await say(ada, 'Good morning');
    await say(grace, attack);
    const bubbles = async (page: Page): Promise<string[]> => page.locator('#messages .bubble').allTextContents();
    await ada.locator('#messages .bubble').nth(1).waitFor();
    expect(await bubbles(ada)).toEqual(['Good morning', attack]);
    expect(await bubbles(grace)).toEqual(['Good morning', attack]);
    expect(await ada.locator('#messages img, #messages b').count()).toBe(0);
    expect(await ada.title()).toBe('nestwire live board');
    expect(await ada.locator('#messages .own .bubble').allTextContents()).toEqual(['Good morning']);

    // Somebody who comes later reads what was said.
    const third = await openTab();
    expect(await bubbles(third.page)).toEqual(['Good morning', attack]);
    await third.page.context().close();
    await grace.context().close();
    await textMatches(ada, '#messages', /Grace left/);
    await textMatches(ada, '#attendance', /^1 in the chat, 1 watching$/);
  });

  it('uploads as binary messages, and the hash is right', async () => {
    const { page } = first;
    const buffer = randomBytes(5 * MEBIBYTE + 123);
    const paths = [join(folder, 'five.bin'), join(folder, 'empty.bin')];
    await Promise.all([writeFile(paths[0]!, buffer), writeFile(paths[1]!, '')]);
    await page.setInputFiles('#files', paths);
    await page.locator('#uploads [data-kind=done]').nth(1).waitFor();
    expect(await page.locator('#uploads .hash').allTextContents()).toEqual([sha256(Buffer.alloc(0)), sha256(buffer)]);
    expect(await page.textContent('#uploads li:last-child')).toMatch(/five\.bin5 MiB · [\d.]+ s · [\d.]+ MB\/s/);
  });

  it('says why an upload is refused, and cancels one', async () => {
    const { page, wire } = first;
    await page.setInputFiles('#files', await sparseFile('too-large.iso', 600 * MEBIBYTE));
    await textMatches(
      page,
      '#uploads li:first-child',
      /too-large.iso is too large: it has 600 MiB, and at most 512 MiB/,
    );
    await textMatches(page, '#log', /The upload of too-large.iso failed/);

    await page.setInputFiles('#files', await sparseFile('long.iso', 500 * MEBIBYTE));
    await textMatches(page, '#percent', /^[1-9]/);
    await page.click('#cancel');
    await textMatches(page, '#uploads li:first-child', /^long.isoCancelled$/);
    expect(wire().sent).toContainEqual({ id: wire().idOf('upload.begin'), type: 'cancel' });

    const buffer = randomBytes(70_000);
    await page.setInputFiles('#files', { name: 'after.bin', mimeType: 'application/octet-stream', buffer });
    await textMatches(page, '#uploads li:first-child', new RegExp(sha256(buffer)));
  });

  it.each(['light', 'dark'] as const)('fits a phone (%s)', async (colorScheme) => {
    const { page } = await openTab({
      viewport: { width: 375, height: 812 },
      isMobile: true,
      hasTouch: true,
      colorScheme,
    });
    await Promise.all(CARDS.map((card) => page.waitForSelector(`${card}[data-state=running]`)));
    expect(await fits(page)).toBe(true);
    await page.context().close();
  });

  it('has had nothing to complain about', () => {
    expect(board.complaints).toEqual([]);
  });

  it('loses its server and comes back', async () => {
    const { page } = first;
    await page.fill('#text', 'a draft');
    expect(await board.kill('SIGTERM')).toBe(0);
    await page.waitForSelector('#state[data-state=waiting]');
    await page.waitForSelector('#figures-cpu[data-state=waiting]');
    expect(await page.textContent('#state-text')).toMatch(/^(Reconnecting|Connecting)/);
    await textMatches(page, '#log', /Lost the connection: The server is shutting down \(1001\)/);
    expect(await page.textContent('#last-close')).toBe('1001 · The server is shutting down');
    expect(await page.isDisabled('#say [type=submit]')).toBe(true);

    await board.restart();
    await page.waitForSelector('#state[data-state=live]');
    await Promise.all(CARDS.map((card) => page.waitForSelector(`${card}[data-state=running]`)));
    await Promise.all(CARDS.map((card) => pictureChanges(page, card)));
    expect(await page.textContent('#reconnects')).toBe('1');
    await textMatches(page, '#log', /Back again after/);
    // What was said before went with the process.
    await textMatches(page, '#log', /The chat could not go on where it was/);
    // Ada sits where she sat, and what she was about to say is still there.
    await textMatches(page, '#attendance', /^1 in the chat, 1 watching$/);
    await page.press('#text', 'Enter');
    await textMatches(page, '#messages .own .bubble', /^a draft$/);
  });

  it('is told apart from a server that broke off', async () => {
    const { page } = first;
    await board.kill('SIGKILL');
    await textMatches(page, '#log', /Lost the connection: no closing handshake \(1006\)/);
    await board.restart();
    // Nobody has to wait for the next try; where it is under way, the button is disabled and this does nothing.
    await page.dispatchEvent('#reconnect', 'click');
    await page.waitForSelector('#state[data-state=live]');
    await page.waitForSelector('#figures-cpu[data-state=running]');
    expect(await page.textContent('#reconnects')).toBe('2');
    expect(board.complaints.filter((each) => !each.includes('ERR_CONNECTION_REFUSED'))).toEqual([]);
  });

  async function sparseFile(name: string, bytes: number): Promise<string> {
    const path = join(folder, name);
    const file = await open(path, 'w');
    await file.truncate(bytes);
    await file.close();
    return path;
  }
});

/** Waits until a chart looks different from how it looks now. */
async function pictureChanges(page: Page, card: string): Promise<void> {
  const canvas = page.locator(`${card} canvas`);
  const picture = async (): Promise<string> => canvas.evaluate((each: { toDataURL(): string }) => each.toDataURL());
  const before = await picture();
  await until(async () => (await picture()) !== before, `${card} to move`);
}

async function streamsOf(page: Page): Promise<number> {
  const note = (await page.textContent('#figures-messages .note')) ?? '';
  return Number(/(\d+) streams?$/.exec(note)?.[1]);
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
