// The list of the page's streams: under which id each runs, how much has come, and whether the server still works for it.

import { showToggle } from './toggle.js';

const TITLE = 'the list of streams';

export function showStreams(streams, log) {
  const card = document.getElementById('streams');
  const find = (selector) => card.querySelector(selector);
  const rows = new Map();
  /** The events of the streams that run on the server; undefined while it is not asked. */
  let running;

  const own = streams.open('streams.running', {
    next: (events) => {
      running = events;
      showAll();
    },
    state: (state) => {
      card.dataset.state = state;
      showToggle(find('.toggle'), TITLE, state);
      if (state === 'running') return;
      running = undefined;
      showAll();
    },
    error: ({ message }) => log.add('bad', `The list of streams ended: ${message}`),
  });
  find('.toggle').addEventListener('click', () => own.toggle());
  streams.addEventListener('change', ({ detail }) => show(detail));
  own.start();

  function showAll() {
    const count = running?.length;
    find('.note').textContent =
      count === undefined ? 'The server is not asked' : `The server runs ${count} for this page`;
    for (const stream of streams.all) show(stream);
  }

  function show(stream) {
    const row = rows.get(stream) ?? addRow(stream);
    if (!streams.all.includes(stream)) {
      row.remove();
      rows.delete(stream);
      return;
    }
    const set = (selector, text) => {
      if (row.querySelector(selector).textContent !== text) row.querySelector(selector).textContent = text;
    };
    row.dataset.state = stream.state;
    row.dataset.server = running === undefined ? 'unknown' : running.includes(stream.event) ? 'running' : 'stopped';
    set('.request-id', stream.id === undefined ? '–' : `${stream.id}`);
    set('.count', stream.received.toLocaleString('en'));
    set('.server-state', row.dataset.server);
    showToggle(row.querySelector('.toggle'), stream.event, stream.state);
  }

  function addRow(stream) {
    const row = document.getElementById('stream-row').content.cloneNode(true).firstElementChild;
    row.dataset.event = stream.event;
    row.querySelector('.event').textContent = stream.event;
    row.querySelector('.toggle').addEventListener('click', () => stream.toggle());
    find('tbody').append(row);
    rows.set(stream, row);
    return row;
  }
}
