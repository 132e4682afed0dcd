// A stream that is too fast for this page: the person chooses how slowly the page takes its values, and what the server does
// with those that have to wait. Values are asked for one at a time; a second stream tells what the server knows of each.

import { Fates } from './fates.js';
import { showToggle } from './toggle.js';

const TITLE = 'the fast stream';
const BARS = 120;
/** For those who want less motion, a picture a second. */
const CALM = matchMedia('(prefers-reduced-motion: reduce)');
const CALM_INTERVAL_MS = 1_000;
const MEANINGS = {
  'drop-oldest': 'The oldest makes room: what comes is recent, with gaps.',
  'drop-newest': 'The newest finds no room: what comes is old, with gaps.',
  latest: 'Room for the newest alone: what comes is never old.',
  error: 'One too many ends the stream, with an error.',
};

export function showOverflow(live, streams, log) {
  const card = document.getElementById('overflow');
  const find = (selector) => card.querySelector(selector);
  const bars = Array.from({ length: BARS }, () => document.createElement('i'));
  let settings = { perSecond: 20, bufferSize: 8 };
  let fates = new Fates({ dropsNewest: false });
  let ticks;
  let reports;
  let reading;
  /** Values that were asked for and have not come. */
  let asked = 0;
  let isDrawn = true;

  find('.bars').append(...bars);
  live.addEventListener('state', async ({ detail }) => {
    find('.toggle').disabled = detail.state !== 'live';
    if (detail.state === 'live') settings = await live.ask('overflow.settings').catch(() => settings);
    showChoice();
  });
  find('.toggle').addEventListener('click', () => (ticks ? ticks.stop() : start()));
  find('.strategies').addEventListener('change', () => {
    showChoice();
    if (ticks) start();
  });
  find('#reading-speed').addEventListener('input', () => {
    showChoice();
    if (ticks) read();
  });
  setState('stopped');
  showChoice();

  function start() {
    ticks?.stop();
    const strategy = chosen();
    fates = new Fates({ dropsNewest: strategy === 'drop-newest' });
    // First, or nobody would hear of the first value.
    const once = { resume: false, once: true };
    reports = streams.open('overflow.reports', { next: hear }, once);
    reports.start();
    ticks = streams.open(`overflow.${strategy}`, { next: take, state: setState, ...endings() }, once);
    asked = 1;
    ticks.start(undefined, { request: asked });
    say('plain', `→ {"id":${ticks.id},"event":"${ticks.event}","request":1}`);
    read();
  }

  function take({ n }) {
    asked--;
    fates.receive(n);
    draw();
  }

  function hear(report) {
    fates.report(report);
    draw();
  }

  /** As a slow reader does: one value, and then for some time none. */
  function read() {
    clearInterval(reading);
    const speed = Number(find('#reading-speed').value);
    if (speed === 0) return;
    reading = setInterval(() => {
      if (asked > 0) return;
      asked++;
      ticks.request(1);
    }, 1000 / speed);
  }

  function endings() {
    const end = (kind, sentence) => {
      const { id } = ticks;
      clearInterval(reading);
      reports.stop();
      ticks = undefined;
      say(kind, sentence(id));
    };
    return {
      complete: ({ dropped }) => {
        end('good', (id) => `← ${JSON.stringify({ id, type: 'complete', ...(dropped > 0 && { dropped }) })}`);
        log.add('plain', `The fast stream is complete: ${dropped.toLocaleString('en')} values were dropped.`);
      },
      error: (error) => {
        const isFromServer = error.code !== 'CONNECTION_LOST';
        end('bad', (id) => (isFromServer ? `← ${JSON.stringify({ id, type: 'error', error })}` : error.message));
        log.add('bad', `The fast stream ended: ${error.message}`);
      },
      cancelled: () => end('plain', (id) => `→ ${JSON.stringify({ id, type: 'cancel' })}`),
    };
  }

  function setState(state) {
    card.dataset.state = state;
    showToggle(find('.toggle'), TITLE, state);
  }

  function chosen() {
    return find('.strategies :checked').value;
  }

  function showChoice() {
    const strategy = chosen();
    const size = strategy === 'latest' ? '' : `, bufferSize: ${settings.bufferSize}`;
    find('.decorator').textContent = `@Backpressure({ strategy: '${strategy}'${size} })`;
    find('.meaning').textContent = MEANINGS[strategy];
    find('.pace').textContent = settings.perSecond;
    const speed = Number(find('#reading-speed').value);
    find('output').textContent = speed === 0 ? 'nothing' : `${speed} a second`;
    find('#reading-speed').setAttribute('aria-valuetext', find('output').textContent);
  }

  /** Once for all that comes before the next picture. */
  function draw() {
    if (!isDrawn) return;
    isDrawn = false;
    const show = () => {
      isDrawn = true;
      for (const key of ['produced', 'received', 'waiting', 'dropped']) {
        find(`.${key} dd`).textContent = fates[key].toLocaleString('en');
      }
      const newest = fates.newest(BARS);
      bars.forEach((bar, place) => (bar.dataset.fate = newest[place] ?? 'none'));
      const behind = Math.max(0, fates.produced - fates.last);
      find('.behind').textContent = `The newest value here is ${(behind / settings.perSecond).toFixed(1)} s old.`;
    };
    if (CALM.matches) setTimeout(show, CALM_INTERVAL_MS);
    else requestAnimationFrame(show);
  }

  function say(kind, sentence) {
    find('.last-word').dataset.kind = kind;
    find('.last-word').textContent = sentence;
  }
}
