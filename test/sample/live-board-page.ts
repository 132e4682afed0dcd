// The live board as a process, or as a cluster of them, the browsers of those who look at it, and what a person does on its page and waits to see there.

import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { launchChromium } from '../support/chromium.js';
import { freePort } from '../support/free-port.js';
import { SampleProcess } from '../support/sample-process.js';

const WAIT_MS = 10_000;

export class LiveBoard {
  /** What pages have thrown, and what the browser had to say of them. */
  readonly complaints: string[] = [];

  private constructor(
    private readonly sample: string,
    private server: SampleProcess,
    private readonly browser: Browser,
  ) {}

  static async start(sample: 'live-board' | 'cluster' = 'live-board'): Promise<LiveBoard> {
    const server = await SampleProcess.start(sample, await freePort());
    try {
      return new LiveBoard(sample, server, await launchChromium());
    } catch (error) {
      await server.kill('SIGKILL');
      throw error;
    }
  }

  get port(): number {
    return this.server.port;
  }

  /** A page that is live. @param prepare runs before it is loaded */
  async open(options: BrowserContextOptions = {}, prepare?: (page: Page) => void): Promise<Page> {
    const context = await this.browser.newContext({
      viewport: { width: 1440, height: 900 },
      baseURL: `http://localhost:${this.port}`,
      ...options,
    });
    context.setDefaultTimeout(WAIT_MS);
    const page = await context.newPage();
    page.on('pageerror', (error) => this.complaints.push(error.message));
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) this.complaints.push(message.text());
    });
    prepare?.(page);
    await page.goto('/');
    await page.waitForSelector('#state[data-state=live]');
    return page;
  }

  /** @returns the exit code, or null where the signal itself was the end */
  kill(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null> {
    return this.server.kill(signal);
  }

  /** At the same port, for pages that wait for it. */
  async restart(): Promise<void> {
    this.server = await SampleProcess.start(this.sample, this.port);
  }

  async close(): Promise<void> {
    await this.browser.close();
    await this.server.kill('SIGKILL');
  }
}

/** Whether the page is no wider than its window. */
export async function fits(page: Page): Promise<boolean> {
  const width = page.viewportSize()?.width ?? 0;
  const widest = await page.evaluate<number>(
    `Math.max(...[...document.querySelectorAll('body *')].map((each) => each.getBoundingClientRect().right))`,
  );
  return widest <= width && (await page.evaluate('document.documentElement.scrollWidth')) === width;
}

export async function enter(page: Page, name: string): Promise<void> {
  await page.fill('#name', name);
  await page.click('#join [type=submit]');
  await page.waitForSelector('#say:not([hidden])');
}

export async function say(page: Page, text: string): Promise<void> {
  await page.fill('#text', text);
  await page.press('#text', 'Enter');
  await until(async () => (await page.inputValue('#text')) === '', 'the server to take the message');
}

export async function textMatches(page: Page, selector: string, pattern: RegExp): Promise<void> {
  let text: string | null = null;
  const matches = async (): Promise<boolean> => {
    text = await page.textContent(selector);
    return pattern.test(text ?? '');
  };
  await until(matches, `${selector} to match ${pattern}`).catch((error: Error) => {
    throw new Error(`${error.message}; it says "${text}"`);
  });
}

export async function until(isSo: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const deadline = Date.now() + WAIT_MS;
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error(`waited ${WAIT_MS} ms for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
