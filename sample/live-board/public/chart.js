// One chart of the last minute, drawn by uPlot, with the headline and the legend around it.

import uPlot from './uplot/uPlot.esm.js';

const WINDOW_S = 60;
/** Without news the time goes on all the same, so that a gap can be seen to grow. */
const IDLE_MS = 1_000;

const now = () => Date.now() / 1000;
const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

export class Chart {
  isRunning = true;
  #series;
  #format;
  #plot;
  #times = [];
  #values;
  #end = now();
  #drawnAt = 0;
  #labels;
  #headline;
  #box;
  #title;

  constructor(card, { title, series, format, unit, least, most = Infinity }) {
    this.#series = series;
    this.#format = format;
    this.#title = `${title}, ${unit}`;
    this.#values = series.map(() => []);
    this.#box = card.querySelector('.plot');
    this.#headline = card.querySelector('.value');
    this.#labels = series.map((each) => addLabel(card.querySelector('.legend'), each));
    const ceiling = (max) => Math.min(most, niceCeiling(Math.max(least, (max ?? 0) * 1.05)));
    this.#plot = new uPlot(this.#options(ceiling), this.#data(), this.#box);
    new ResizeObserver(() => this.#plot.setSize(this.#size())).observe(this.#box);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.#plot.redraw());
    setInterval(() => {
      if (this.isRunning && performance.now() - this.#drawnAt > IDLE_MS) this.#draw();
    }, IDLE_MS);
  }

  add(values, headline) {
    this.#push(values);
    this.#headline.textContent = this.#format(headline);
    this.#box.setAttribute('aria-label', `${this.#title}: last minute, now ${this.#format(headline)}`);
    this.#draw();
  }

  /** Ends the lines: where data is missing, nothing is drawn. */
  interrupt() {
    if (this.#times.length > 0) this.#push(this.#series.map(() => null));
    this.#draw();
  }

  #push(values) {
    this.#times.push(now());
    values.forEach((value, index) => this.#values[index].push(value));
    while (this.#times[0] < now() - WINDOW_S - 2) {
      this.#times.shift();
      for (const each of this.#values) each.shift();
    }
  }

  #draw() {
    this.#drawnAt = performance.now();
    this.#end = now();
    this.#plot.setData(this.#data());
    this.#showLegend();
  }

  /** The values under the pointer, or else the newest. */
  #showLegend() {
    const index = this.#plot?.cursor.idx ?? this.#times.length - 1;
    this.#labels.forEach((label, series) => {
      const value = this.#values[series][index];
      label.textContent = typeof value === 'number' ? this.#format(value) : '–';
    });
  }

  /** The headline's line last, and so above the others. */
  #data() {
    return [this.#times, ...this.#values.toReversed()];
  }

  #size() {
    return { width: this.#box.clientWidth, height: this.#box.clientHeight };
  }

  #options(ceiling) {
    const axis = { stroke: () => color('--faint'), font: '11px system-ui, sans-serif', ticks: { show: false } };
    return {
      ...this.#size(),
      padding: [6, 0, 0, 0],
      legend: { show: false },
      cursor: { y: false, drag: { x: false, y: false }, points: { size: 7 } },
      hooks: { setCursor: [() => this.#showLegend()] },
      scales: {
        x: { time: false, range: () => [this.#end - WINDOW_S, this.#end] },
        y: { range: (_plot, _min, max) => [0, ceiling(max)] },
      },
      axes: [
        {
          ...axis,
          size: 22,
          gap: 6,
          grid: { show: false },
          splits: () => [-60, -45, -30, -15, 0].map((seconds) => this.#end + seconds),
          values: () => ['', '−45 s', '−30 s', '−15 s', ''],
        },
        {
          ...axis,
          size: 34,
          gap: 6,
          grid: { stroke: () => color('--grid'), width: 1 },
          splits: (_plot, _axis, _min, max) => [0, max / 2, max],
          values: (_plot, splits) => splits.map((value) => String(Number(value.toPrecision(3)))),
        },
      ],
      series: [{}, ...this.#series.map((each, index) => line(each, index === 0)).toReversed()],
    };
  }
}

function line(series, isFirst) {
  const fill = (plot) => {
    const { top, height } = plot.bbox;
    const gradient = plot.ctx.createLinearGradient(0, top, 0, top + height);
    gradient.addColorStop(0, `${color(series.color)}40`);
    gradient.addColorStop(1, `${color(series.color)}05`);
    return gradient;
  };
  return {
    stroke: () => color(series.color),
    width: isFirst ? 2 : 1.5,
    points: { show: false },
    ...(isFirst ? { fill } : {}),
  };
}

function addLabel(legend, { label, color }) {
  const item = document.createElement('li');
  const value = document.createElement('b');
  item.style.setProperty('--color', `var(${color})`);
  value.textContent = '–';
  item.append(label, value);
  legend.append(item);
  return value;
}

/** The next number that is round, and of which half is round, too. */
function niceCeiling(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 1.2, 1.6, 2, 3, 4, 5, 6, 8, 10].find((step) => step * power >= value) * power;
}
