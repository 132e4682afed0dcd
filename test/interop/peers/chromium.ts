import { describeInChromium, launchChromium } from '../../support/chromium.js';
import type { Order, Report } from '../order.js';
import type { Peer, RunningPeer } from '../peer.js';

export const chromiumPeer: Peer = {
  name: 'Chromium',
  answersClose: 'the same',
  abilities: ['no-code', 'reason', 'inflate', 'deflate'],
  describe: describeInChromium,
  start,
};

async function start(): Promise<RunningPeer> {
  const browser = await launchChromium();
  const page = await browser.newPage();
  return { carryOut: (order) => page.evaluate(carryOut, order), stop: () => browser.close() };
}

/** Runs in the page: nothing of this file is there. */
function carryOut({ url, subprotocols, message, close }: Order): Promise<Report> {
  const socket = new WebSocket(url, [...subprotocols]);
  socket.binaryType = 'arraybuffer';
  const text = message === undefined ? '' : message.unit.repeat(message.times) + message.rest;
  const utf8 = new TextEncoder();
  const bytes = message?.kind === 'text' ? utf8.encode(text) : Uint8Array.from(text, (c) => c.charCodeAt(0));
  const echoes: { kind: 'text' | 'binary'; size: number; same: boolean }[] = [];
  const proceed = (): void => {
    if (message !== undefined && echoes.length < message.repeats) socket.send(message.kind === 'text' ? text : bytes);
    else if (close !== undefined) socket.close(close.code, close.reason);
  };
  return new Promise((resolve) => {
    let subprotocol = '';
    socket.addEventListener('open', () => {
      subprotocol = socket.protocol;
      proceed();
    });
    socket.addEventListener('message', ({ data }: { data: string | ArrayBuffer }) => {
      const kind = typeof data === 'string' ? 'text' : 'binary';
      const received = typeof data === 'string' ? utf8.encode(data) : new Uint8Array(data);
      const isEqual = received.length === bytes.length && received.every((byte, i) => byte === bytes[i]);
      echoes.push({ kind, size: received.length, same: kind === message?.kind && isEqual });
      proceed();
    });
    socket.addEventListener('close', ({ code, reason }) => resolve({ subprotocol, echoes, close: { code, reason } }));
  });
}
