// Which figures there are, and the cards that show them. Each card is one stream, which the person starts and stops.

import { Chart } from './chart.js';
import { showToggle } from './toggle.js';

const whole = (value) => value.toFixed(0);
const fine = (value) => (value < 10 ? value.toFixed(1) : value.toFixed(0));
const finer = (value) => (value < 10 ? value.toFixed(2) : value.toFixed(1));
const mebibytes = (bytes) => bytes / 2 ** 20;
const gibibytes = (bytes) => (bytes / 2 ** 30).toFixed(1);
const count = (number, noun) => `${number} ${noun}${number === 1 ? '' : 's'}`;

// The first series is the headline, unless another is named. `least` is the least height of the scale: small noise must not look like a storm.
const FIGURES = [
  {
    event: 'figures.cpu',
    title: 'CPU',
    unit: '%',
    least: 20,
    most: 100,
    format: fine,
    series: [
      { label: 'All cores', color: '--indigo', read: (figure) => figure.machine },
      { label: 'This process', color: '--sky', read: (figure) => figure.process },
    ],
  },
  {
    event: 'figures.memory',
    title: 'Memory',
    unit: 'MiB held by the server',
    least: 20,
    format: whole,
    series: [
      { label: 'Resident', color: '--violet', read: (figure) => mebibytes(figure.resident) },
      { label: 'JavaScript heap', color: '--pink', read: (figure) => mebibytes(figure.heap) },
    ],
    note: (figure) => `${gibibytes(figure.machineUsed)} of ${gibibytes(figure.machineTotal)} GiB in use`,
  },
  {
    event: 'figures.delay',
    title: 'Event loop delay',
    unit: 'ms, 99th percentile',
    least: 2,
    format: finer,
    series: [
      { label: 'p99', color: '--amber', read: (figure) => figure.p99 },
      { label: 'p50', color: '--olive', read: (figure) => figure.p50 },
      { label: 'Worst', color: '--rose', read: (figure) => figure.max },
    ],
  },
  {
    event: 'figures.messages',
    title: 'Messages',
    unit: 'per second, both ways',
    least: 10,
    format: fine,
    series: [
      { label: 'Sent', color: '--teal', read: (figure) => figure.sent },
      { label: 'Received', color: '--sky', read: (figure) => figure.received },
    ],
    headline: ({ sent, received }) => sent + received,
    note: ({ clients, streams }) => `${count(clients, 'connection')}, ${count(streams, 'stream')}`,
  },
];

export function showFigures(streams, log) {
  for (const figure of FIGURES) showFigure(figure, streams, log);
}

function showFigure(figure, streams, log) {
  const card = document.getElementById('figure-card').content.cloneNode(true).firstElementChild;
  const find = (selector) => card.querySelector(selector);
  const { event, title, unit, series, headline = series[0].read, note } = figure;
  card.id = event.replace('.', '-');
  find('h2').textContent = title;
  find('.unit').textContent = unit;
  document.getElementById('figures').append(card);
  const chart = new Chart(card, figure);

  const stream = streams.open(event, {
    next: (value) => {
      chart.add(
        series.map(({ read }) => read(value)),
        headline(value),
      );
      if (note) find('.note').textContent = note(value);
    },
    state: (state) => {
      // Where it does not run, the line ends; what comes later is another one.
      if (state !== 'running') chart.interrupt();
      chart.isRunning = state !== 'stopped';
      card.dataset.state = state;
      find('.request-id').textContent = `id ${stream.id}`;
      showToggle(find('.toggle'), title, state);
    },
    error: ({ message }) => log.add('bad', `${title} ended: ${message}`),
  });
  find('.toggle').addEventListener('click', () => stream.toggle());
  stream.start();
}
