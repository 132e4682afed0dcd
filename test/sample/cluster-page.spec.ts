// The sample cluster in a real browser: somebody in the chat loses the node that serves the page, and is away for a while. When the
// page is back, on whichever node, nothing is missing.

import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import type { Page } from 'playwright-core';
import { describeInChromium } from '../support/chromium.js';
import { freePort } from '../support/free-port.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { ClusterClient } from './cluster-client.js';
import { enter, LiveBoard, say, textMatches } from './live-board-page.js';

jest.setTimeout(60_000);

const NODE = /^Node (\d) serves this page; messages go by the cluster’s IPC$/;
const SAID_MEANWHILE = Array.from({ length: 10 }, (_, index) => `Meanwhile ${index}`);

describeInChromium('the page of the sample cluster', () => {
  let board: LiveBoard;
  let proxy: TcpProxy;
  let ada: ClusterClient | undefined;

  beforeAll(async () => {
    board = await LiveBoard.start('cluster');
    proxy = await TcpProxy.to(board.port);
  });

  afterAll(async () => {
    await ada?.client.drop();
    await proxy?.close();
    await board?.close();
  });

  it('comes back from the loss of its node, and misses nothing', async () => {
    const page = await board.open({ baseURL: `http://127.0.0.1:${proxy.port}` });
    await textMatches(page, '#cluster .served', NODE);
    const own = await servedBy(page);
    ada = await ClusterClient.openElsewhere(board.port, own);
    await ada.watch();
    await ada.join('Ada');
    await enter(page, 'Grace');
    await say(page, 'From the page');
    await ada.hears('From the page');
    await ada.say('Hello, page');
    await textMatches(page, '#messages li:last-child .bubble', /^Hello, page$/);
    expect(board.complaints).toEqual([]);

    // No way leads back until everything has been said.
    proxy.target = await freePort();
    await page.click(`#cluster [aria-label="Kill node ${own}"]`);
    await textMatches(page, '#log', /Lost the connection: no closing handshake \(1006\)/);
    for (const text of SAID_MEANWHILE) await ada.say(text);
    proxy.target = board.port;

    // Nobody has to wait for the next try; where it is under way, the button is disabled and this does nothing.
    await page.dispatchEvent('#reconnect', 'click');
    await page.waitForSelector('#state[data-state=live]');
    await textMatches(page, '#log', /Back again after/);
    expect(await page.textContent('#reconnects')).toBe('1');
    await textMatches(page, '#cluster .recovered', new RegExp(`^${SAID_MEANWHILE.length}$`));
    await textMatches(page, '#log', /The chat went on where it was: 10 missed messages recovered/);
    // It is in the chat once more, and hears what is said from now on.
    await textMatches(page, '#attendance', /^2 in the chat/);
    await say(page, 'Back again');
    await ada.hears('Back again');
    await textMatches(page, '#messages li:last-child .bubble', /^Back again$/);
    expect(await page.locator('#messages .bubble').allTextContents()).toEqual([
      'From the page',
      'Hello, page',
      ...SAID_MEANWHILE,
      'Back again',
    ]);
    // Nor is the cluster without the node that was killed.
    await page.locator('#cluster [data-up=true]').nth(2).waitFor();
    expect(board.complaints.filter((each) => !/ERR_(CONNECTION|EMPTY)_\w+/.test(each))).toEqual([]);
  });
});

async function servedBy(page: Page): Promise<number> {
  return Number(NODE.exec((await page.textContent('#cluster .served')) ?? '')?.[1]);
}
