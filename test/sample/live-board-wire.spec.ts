// The panel "The wire" of the live board in a real browser: the handshake and the frames of the page's own connection.

import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import type { Locator, Page } from 'playwright-core';
import { describeInChromium } from '../support/chromium.js';
import { enter, fits, LiveBoard, say, textMatches, until } from './live-board-page.js';

const CARDS = ['#figures-cpu', '#figures-memory', '#figures-delay', '#figures-messages'];
const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const LONGEST = 30;

jest.setTimeout(30_000);

describeInChromium('the wire of the live board', () => {
  let board: LiveBoard;
  let page: Page;

  const frames = (selector = ''): Locator => page.locator(`#frames tr${selector}`);

  async function start(): Promise<void> {
    await page.click('#wire .toggle');
    await page.waitForSelector('#wire[data-state=running]');
    // Away from the list, which stands still under the pointer.
    await page.mouse.move(5, 5);
  }

  beforeAll(async () => {
    board = await LiveBoard.start();
    page = await board.open();
  });

  afterAll(() => board?.close());

  it('is off until somebody starts it', async () => {
    expect(await page.getAttribute('#wire', 'data-state')).toBe('stopped');
    expect(await page.isVisible('#frames')).toBe(false);
    expect(await page.getAttribute('#wire .toggle', 'aria-label')).toBe('Start the wire');
  });

  it('shows the handshake of this very connection', async () => {
    await start();
    expect(await page.textContent('#wire-request li')).toBe('GET /live HTTP/1.1');
    expect(await page.textContent('#wire-answer li')).toBe('HTTP/1.1 101 Switching Protocols');
    const value = async (list: string, name: string): Promise<string | null> =>
      page.textContent(`${list} [data-name=${name}] .value`);
    expect(await value('#wire-request', 'host')).toBe(`localhost:${board.port}`);
    expect(await value('#wire-request', 'sec-websocket-version')).toBe('13');
    const key = (await value('#wire-request', 'sec-websocket-key')) ?? '';
    expect(Buffer.from(key, 'base64')).toHaveLength(16);
    const accept = createHash('sha1').update(`${key}${GUID}`).digest('base64');
    expect(await value('#wire-answer', 'sec-websocket-accept')).toBe(accept);
    expect(await value('#wire-answer', 'sec-websocket-extensions')).toMatch(/^permessage-deflate/);
    expect(await page.locator('#wire .explained .note').count()).toBe(3);
  });

  it('shows frames both ways: what comes in is masked, what goes out is not', async () => {
    await enter(page, 'Ada');
    await say(page, 'Good morning');
    const incoming = frames('[data-direction=in][data-opcode=text]').filter({ hasText: 'Good morning' });
    await incoming.waitFor();
    expect(await incoming.locator('.text').textContent()).toMatch(
      /^\{"event":"chat.say","data":\{"text":"Good morning"\}/,
    );
    expect(await incoming.locator('.mask').textContent()).toBe('masked');
    expect(await incoming.locator('.rsv1').textContent()).toBe('compressed');
    expect(await incoming.locator('.way').textContent()).toMatch(/in\s+from the browser to the server/);

    const outgoing = frames('[data-direction=out][data-opcode=text]').filter({ hasText: '"event":"said"' });
    await outgoing.waitFor();
    expect(await outgoing.locator('.fin').textContent()).toBe('final');
    expect(await outgoing.locator('.rsv1').textContent()).toBe('–');
    expect(await outgoing.locator('.hex').textContent()).toMatch(/^7b 22 69 64 22 3a .* …$/);
    expect(new Set(await frames('[data-direction=out] .mask').allTextContents())).toEqual(new Set(['–']));
    expect(new Set(await frames('[data-direction=in] .mask').allTextContents())).toEqual(new Set(['masked']));
  });

  it('shows a ping and the pong of the browser', async () => {
    await page.click('#ping');
    await frames('[data-opcode=ping][data-direction=out].control').first().waitFor();
    const pong = frames('[data-opcode=pong][data-direction=in].control').first();
    await pong.waitFor();
    expect(await pong.locator('.text').textContent()).toBe('Are you there?');
    expect(await pong.locator('.length').textContent()).toBe('14 B');
  });

  it('shows the pieces of an upload, compressed', async () => {
    const buffer = Buffer.alloc(2 * 1024 * 1024, 'nestwire ');
    await page.setInputFiles('#files', { name: 'two.bin', mimeType: 'application/octet-stream', buffer });
    await page.locator('#uploads [data-kind=done]').waitFor();
    const piece = frames('[data-opcode=binary][data-direction=in]').first();
    await piece.waitFor();
    expect(await piece.locator('.rsv1').textContent()).toBe('compressed');
    expect(await piece.locator('.text').textContent()).toContain('nestwire nestwire');
    await until(async () => (await frames().count()) === LONGEST, 'a full list');
  });

  it('stands still while it is read', async () => {
    await page.hover('#frame-list');
    const before = await frames().allTextContents();
    await textMatches(page, '#newer', /^[1-9]\d*\+? newer$/);
    expect(await frames().allTextContents()).toEqual(before);
    await page.mouse.move(5, 5);
    await until(async () => page.isHidden('#newer'), 'the list to catch up');
    expect(await frames().allTextContents()).not.toEqual(before);
  });

  it('hides the figures', async () => {
    await page.check('#hide-figures');
    expect(await page.textContent('#frames')).not.toMatch(/"machineUsed"|"p50"/);
    await page.click('#ping');
    await frames('[data-opcode=pong]').first().waitFor();
    expect(await page.textContent('#frames')).not.toMatch(/"machineUsed"|"p50"/);
    await page.uncheck('#hide-figures');
    await textMatches(page, '#frames', /"machineUsed"/);
  });

  it('does not tell of what only it has caused', async () => {
    for (const card of CARDS) await page.click(`${card} .toggle`);
    await page.click('#wire .toggle');
    await start();
    // Once in five seconds the page measures the round trip: a request, its answer and the end of it.
    await until(async () => (await frames().count()) > 0, 'the next round trip');
    const count = await frames().count();
    const own = await ownFrames(page);
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    expect((await frames().count()) - count).toBeLessThanOrEqual(3);
    expect((await ownFrames(page)) - own).toBeLessThanOrEqual(2);
  });

  it('listens no more when it is stopped', async () => {
    await page.click('#figures-cpu .toggle');
    await textMatches(page, '#frames', /"machine"/);
    await page.click('#wire .toggle');
    await page.waitForSelector('#wire[data-state=stopped]');
    const before = await frames().allTextContents();
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(await frames().allTextContents()).toEqual(before);
    expect(await page.isDisabled('#ping')).toBe(true);
  });

  it('shows the new handshake after a reconnect', async () => {
    await start();
    const key = await page.textContent('#wire-request [data-name=sec-websocket-key]');
    const complained = board.complaints.splice(0);
    await board.kill('SIGTERM');
    await page.waitForSelector('#wire[data-state=waiting]');
    await board.restart();
    await page.waitForSelector('#wire[data-state=running]');
    expect(await page.textContent('#wire-request [data-name=sec-websocket-key]')).not.toBe(key);
    expect(complained).toEqual([]);
    board.complaints.length = 0;
  });

  it.each(['light', 'dark'] as const)('fits a phone (%s)', async (colorScheme) => {
    const viewport = { width: 390, height: 844 };
    const phone = await board.open({ viewport, isMobile: true, hasTouch: true, colorScheme });
    await phone.tap('#wire .toggle');
    await phone.waitForSelector('#frames tr');
    expect(await phone.isVisible('#wire-request')).toBe(false);
    expect(await fits(phone)).toBe(true);
    const { height = 0 } = (await phone.locator('#frames tr').first().boundingBox()) ?? {};
    expect(height).toBeLessThan(64);

    await phone.tap('#handshake summary');
    expect(await phone.isVisible('#wire-request')).toBe(true);
    expect(await fits(phone)).toBe(true);
    await phone.context().close();
  });

  it('has had nothing to complain about', () => {
    expect(board.complaints).toEqual([]);
  });
});

async function ownFrames(page: Page): Promise<number> {
  const text = (await page.textContent('#unlisted')) ?? '';
  return Number(/(\d+) that carried/.exec(text)?.[1]);
}
