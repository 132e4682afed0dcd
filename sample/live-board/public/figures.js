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

export function showFigures(live, log) {
  const cards = FIGURES.map((figure) => new FigureCard(figure, live, log));
  for (const card of cards) card.start();
}

class FigureCard {
  #figure;
  #live;
  #log;
  #card;
  #chart;
  #stop;

  constructor(figure, live, log) {
    this.#figure = figure;
    this.#live = live;
    this.#log = log;
    this.#card = document.getElementById('figure-card').content.cloneNode(true).firstElementChild;
    this.#card.id = figure.event.replace('.', '-');
    this.#find('h2').textContent = figure.title;
    this.#find('.unit').textContent = figure.unit;
    this.#find('.toggle').addEventListener('click', () => (this.#stop ? this.stop() : this.start()));
    document.getElementById('figures').append(this.#card);
    this.#chart = new Chart(this.#card, figure);
  }

  start() {
    const observer = {
      next: (value) => this.#show(value),
      lost: () => this.#interrupt('waiting'),
      error: ({ message }) => {
        this.stop();
        this.#log.add('bad', `${this.#figure.title} ended: ${message}`);
      },
    };
    this.#stop = this.#live.stream(this.#figure.event, undefined, observer, { resume: true });
    this.#setState('waiting');
  }

  stop() {
    this.#stop();
    this.#stop = undefined;
    this.#interrupt('stopped');
  }

  /** The line ends here; what comes later is another one. */
  #interrupt(state) {
    this.#chart.interrupt();
    this.#setState(state);
  }

  #show(value) {
    const { series, headline = series[0].read, note } = this.#figure;
    this.#setState('running');
    this.#chart.add(
      series.map(({ read }) => read(value)),
      headline(value),
    );
    if (note) this.#find('.note').textContent = note(value);
  }

  #setState(state) {
    if (this.#card.dataset.state === state) return;
    this.#card.dataset.state = state;
    showToggle(this.#find('.toggle'), this.#figure.title, state);
    this.#chart.isRunning = state !== 'stopped';
  }

  #find(selector) {
    return this.#card.querySelector(selector);
  }
}
