// The panels "Overflow", "Control room" and "Streams" of the live board in a real browser.

import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Locator, Page } from 'playwright-core';
import { describeInChromium } from '../support/chromium.js';
import { fits, LiveBoard, textMatches, until } from './live-board-page.js';

jest.setTimeout(30_000);

describeInChromium('the panels of the live board', () => {
  let board: LiveBoard;
  let page: Page;

  beforeAll(async () => {
    board = await LiveBoard.start();
    page = await board.open();
  });

  afterAll(() => board?.close());

  const row = (event: string): Locator => page.locator(`#streams tr[data-event="${event}"]`);
  const rowIs = (event: string, selector: string): Promise<void> =>
    page.locator(`#streams tr[data-event="${event}"]${selector}`).waitFor();

  describe('Streams', () => {
    it('lists each under its id, and the server runs those that run here', async () => {
      await rowIs('figures.cpu', '[data-state=running][data-server=running]');
      await rowIs('chat.attendance', '[data-state=running][data-server=running]');
      await rowIs('wire.watch', '[data-state=stopped][data-server=stopped]');
      const id = await row('figures.cpu').locator('.request-id').textContent();
      expect(id).toMatch(/^\d+$/);
      expect(await page.textContent('#figures-cpu .request-id')).toBe(`id ${id}`);
      await textMatches(page, '#streams .note', /^The server runs 6 for this page$/);
    });

    it('cancels one, on the server too, and starts it again under a new id', async () => {
      const id = await row('figures.memory').locator('.request-id').textContent();
      await page.click('#streams tr[data-event="figures.memory"] .toggle');
      await rowIs('figures.memory', '[data-state=stopped][data-server=stopped]');
      await page.waitForSelector('#figures-memory[data-state=stopped]');
      await textMatches(page, '#streams .note', /runs 5 for/);

      await page.click('#figures-memory .toggle');
      await rowIs('figures.memory', '[data-state=running][data-server=running]');
      expect(await row('figures.memory').locator('.request-id').textContent()).not.toBe(id);
    });

    it('says so when the server is not asked', async () => {
      await page.click('#streams > .card-head .toggle');
      await rowIs('figures.cpu', '[data-state=running][data-server=unknown]');
      expect(await page.textContent('#streams .note')).toBe('The server is not asked');
      await page.click('#streams > .card-head .toggle');
      await rowIs('figures.cpu', '[data-server=running]');
    });

    it('has what runs only now and then for as long as it runs', async () => {
      await page.fill('#name', 'Ada');
      await page.click('#join [type=submit]');
      await rowIs('chat.join', '[data-server=running]');
      await page.click('#streams tr[data-event="chat.join"] .toggle');
      await page.waitForSelector('#join:not([hidden])');
      expect(await row('chat.join').count()).toBe(0);
      await textMatches(page, '#messages', /Ada left/);
    });
  });

  describe('Overflow', () => {
    const figure = async (name: string): Promise<number> =>
      Number((await page.textContent(`#overflow .${name} dd`))?.replaceAll(',', ''));
    const bars = async (fate: string): Promise<number> => page.locator(`#overflow i[data-fate=${fate}]`).count();
    const choose = async (strategy: string): Promise<void> => {
      await page.locator(`#overflow [value=${strategy}]`).check({ force: true });
    };
    const setSpeed = async (speed: number): Promise<void> => {
      await page.locator('#reading-speed').fill(String(speed));
    };

    it('drops the oldest: what is produced is received, waits, or was dropped', async () => {
      await page.click('#overflow .toggle');
      await rowIs('overflow.drop-oldest', '[data-state=running][data-server=running]');
      await until(async () => (await figure('dropped')) >= 10, 'ten values to be dropped');
      const [produced, sum] = await page.evaluate<[number, number]>(`(() => {
        const [all, ...parts] = [...document.querySelectorAll('#overflow dd')].map((dd) => Number(dd.textContent));
        return [all, parts.reduce((one, other) => one + other)];
      })()`);
      expect(sum).toBe(produced);
      expect(await figure('waiting')).toBe(8);
      expect(await bars('waiting')).toBe(8);
      expect(await bars('dropped')).toBeGreaterThanOrEqual(10);
      expect(await page.textContent('#overflow .decorator')).toBe(
        "@Backpressure({ strategy: 'drop-oldest', bufferSize: 8 })",
      );
    });

    it('drops nothing any more once the page takes them as they come', async () => {
      await setSpeed(30);
      expect(await page.textContent('#overflow output')).toBe('30 a second');
      await until(async () => (await figure('waiting')) === 0, 'the buffer to be empty');
      const [dropped, received] = [await figure('dropped'), await figure('received')];
      await until(async () => (await figure('received')) > received + 10, 'ten values more');
      expect(await figure('dropped')).toBe(dropped);
    });

    it('takes nothing at all: another strategy begins anew, and latest has one place', async () => {
      await setSpeed(0);
      await choose('latest');
      await rowIs('overflow.latest', '[data-state=running]');
      expect(await row('overflow.drop-oldest').count()).toBe(0);
      const isSo = async (): Promise<boolean> =>
        (await figure('dropped')) >= 5 && (await figure('received')) === 1 && (await figure('waiting')) === 1;
      await until(isSo, 'one value received, one that waits, five dropped');
    });

    it('drop-newest keeps the first that came', async () => {
      await choose('drop-newest');
      const fates = async (): Promise<string> =>
        page.evaluate<string>(
          `[...document.querySelectorAll('#overflow i')].map((bar) => bar.dataset.fate[0]).join('')`,
        );
      await until(async () => /^n+rw{8}d{5,}$/.test(await fates()), 'one received, eight that wait, the rest dropped');
    });

    it('error ends with an error, and the server runs it no more', async () => {
      await choose('error');
      await page.waitForSelector('#overflow[data-state=stopped]');
      expect(await page.textContent('#overflow .last-word')).toMatch(
        /^← \{"id":\d+,"type":"error","error":\{"status":503,"code":"SLOW_CLIENT"/,
      );
      await textMatches(page, '#log li:first-child', /The fast stream ended: The values came faster/);
      await textMatches(page, '#streams .note', /runs 6 for/);
    });

    it('is cancelled by its id', async () => {
      await choose('drop-oldest');
      await page.click('#overflow .toggle');
      await rowIs('overflow.drop-oldest', '[data-server=running]');
      const id = await row('overflow.drop-oldest').locator('.request-id').textContent();
      await page.click('#overflow .toggle');
      expect(await page.textContent('#overflow .last-word')).toBe(`→ {"id":${id},"type":"cancel"}`);
      await textMatches(page, '#streams .note', /runs 6 for/);
    });

    it('by the keyboard', async () => {
      await page.focus('#overflow [value=drop-oldest]');
      await page.keyboard.press('ArrowRight');
      expect(await page.textContent('#overflow .decorator')).toMatch(/drop-newest/);
      await page.focus('#reading-speed');
      await page.keyboard.press('ArrowRight');
      expect(await page.textContent('#overflow output')).toBe('1 a second');
    });
  });

  describe('Control room', () => {
    const enter = async (who: string): Promise<void> => {
      await page.locator('#control .tokens label', { hasText: who }).click();
      await page.click('#control .entrance .button');
    };
    const lines = async (kind: string): Promise<string[]> =>
      page.locator(`#control .transcript [data-kind=${kind}]`).allTextContents();

    it('stays closed to a wrong token: the page shows the 401', async () => {
      expect(board.complaints).toEqual([]);
      await enter('Wrong');
      await textMatches(page, '#control .door', /^401 Unauthorized$/);
      expect(await lines('bad')).toEqual([
        expect.stringMatching(/^HTTP\/1\.1 401 Unauthorized · \{.*"This token is nobody’s\.".*\}$/),
      ]);
      expect(await page.isVisible('#announcement')).toBe(false);
      // The browser's own line, which no page can prevent.
      await until(() => board.complaints.length > 0, 'the browser to tell of it');
      expect(board.complaints.splice(0)).toEqual([
        expect.stringMatching(/^WebSocket connection to .*\/control.* failed/),
      ]);
    });

    it('opens to a viewer, who may not announce', async () => {
      await enter('Viewer');
      await textMatches(page, '#control .door', /^Vera, viewer$/);
      expect(await lines('good')).toEqual(['HTTP/1.1 101 Switching Protocols']);
      await page.click('#control .announce .button');
      await textMatches(page, '#log li:first-child', /Refused: Only an operator may do that: Vera is a viewer/);
      expect((await lines('bad')).at(-1)).toMatch(/^\{"id":2,"type":"error","error":\{"status":403,"code":"FORBIDDEN"/);
    });

    it('opens to an operator, whose announcement all pages show, as text', async () => {
      await page.click('#control .entrance .button');
      await textMatches(page, '#control .door', /^Closed: 1000$/);
      const other = await board.open();
      await other.waitForSelector('#streams tr[data-event="chat.attendance"][data-state=running]');
      await enter('Operator');
      await textMatches(page, '#control .door', /^Otto, operator$/);
      await page.fill('#announcement', '<b>Lunch</b> is ready');
      await page.press('#announcement', 'Enter');
      for (const each of [page, other]) {
        await textMatches(each, '#messages .announcement', /^Otto announces<b>Lunch<\/b> is ready$/);
      }
      expect(await other.locator('#messages b').count()).toBe(0);
      await textMatches(page, '#log li:first-child', /Announced to 2 pages/);
      await other.context().close();
    });

    it('is left when the server goes', async () => {
      await board.kill('SIGTERM');
      await textMatches(page, '#control .door', /^Closed: 1001/);
      await board.restart();
      await page.dispatchEvent('#reconnect', 'click');
      await page.waitForSelector('#state[data-state=live]');
      await rowIs('figures.cpu', '[data-state=running][data-server=running]');
      await enter('Operator');
      await textMatches(page, '#control .door', /^Otto, operator$/);
      expect(board.complaints.filter((each) => !each.includes('ERR_CONNECTION_REFUSED'))).toEqual([]);
      board.complaints.length = 0;
    });
  });

  it.each(['light', 'dark'] as const)('fits a phone (%s)', async (colorScheme) => {
    const viewport = { width: 390, height: 844 };
    const phone = await board.open({ viewport, isMobile: true, hasTouch: true, colorScheme });
    await phone.tap('#overflow .toggle');
    await phone.locator('#control .tokens label', { hasText: 'Operator' }).tap();
    await phone.tap('#control .entrance .button');
    await phone.waitForSelector('#control[data-state=open]');
    await phone.waitForSelector('#streams tr[data-event="overflow.drop-oldest"][data-server=running]');
    expect(await fits(phone)).toBe(true);
    await phone.context().close();
  });

  it('has had nothing to complain about', () => {
    expect(board.complaints).toEqual([]);
  });
});
