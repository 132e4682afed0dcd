// The wire: one stream, which the person starts and stops. First comes the handshake of this page's connection, then its
// frames in batches.

import { FrameList } from './frames.js';
import { showHandshake } from './handshake.js';
import { showToggle } from './toggle.js';

const TITLE = 'the wire';
/** Where it would push the frames out of sight, the handshake is folded up. */
const NARROW = matchMedia('(width <= 640px)');

export function showWire(live, streams, log) {
  const element = (id) => document.getElementById(id);
  const card = element('wire');
  const toggle = card.querySelector('.toggle');
  const frames = new FrameList(live);

  const setState = (state) => {
    card.dataset.state = state;
    element('ping').disabled = state !== 'running';
    showToggle(toggle, TITLE, state);
  };
  const show = (event) => {
    element('wire-body').hidden = false;
    if (event.kind === 'frames') {
      frames.add(event);
    } else {
      showHandshake(event);
      frames.clear();
    }
  };
  const stream = streams.open('wire.watch', {
    next: show,
    state: setState,
    error: ({ message }) => log.add('bad', `The wire ended: ${message}`),
  });

  toggle.addEventListener('click', () => stream.toggle());
  element('ping').addEventListener('click', () => void live.ask('wire.ping').catch(() => undefined));
  const fold = () => (element('handshake').open = !NARROW.matches);
  NARROW.addEventListener('change', fold);
  fold();
  setState('stopped');
}
