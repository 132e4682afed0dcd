// What a person does on the page of the live board, and waits to see there.

import type { Page } from 'playwright-core';

export const WAIT_MS = 10_000;

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
