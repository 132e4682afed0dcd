// The list of frames, newest on top. It stands still while somebody reads it; what comes meanwhile waits.

import { firstText, opcodeName, spacedHex } from './frame-text.js';

const LONGEST = 30;
/** More than are listed, so that enough are left when the figures are hidden. */
const MOST_KEPT = 200;
/** A value, or the wish for one, as they are written. */
const VALUE = /^\{"id":(\d+),"type":"(?:next|request)"/;
const FIGURES = /^(figures|overflow|streams)\./;

export class FrameList {
  #live;
  #rows = document.getElementById('frames');
  #region = document.getElementById('frame-list');
  #newer = document.getElementById('newer');
  #unlisted = document.getElementById('unlisted');
  #hideFigures = document.getElementById('hide-figures');
  // Newest first.
  #frames = [];
  #waiting = 0;
  #leftOut = 0;
  #own = 0;
  #isHovered = false;

  constructor(live) {
    this.#live = live;
    const region = this.#region;
    // A finger does not hover: there, whoever has scrolled down is reading.
    region.addEventListener('pointerenter', ({ pointerType }) => (this.#isHovered = pointerType === 'mouse'));
    region.addEventListener('pointerleave', () => {
      this.#isHovered = false;
      this.#catchUp();
    });
    for (const type of ['blur', 'scroll']) region.addEventListener(type, () => this.#catchUp());
    this.#newer.addEventListener('click', () => {
      region.scrollTop = 0;
      this.#catchUp();
    });
    this.#hideFigures.addEventListener('change', () => this.#showAll());
  }

  add({ frames, leftOut, own }) {
    for (const frame of frames) frame.isFigure = this.#isFigure(frame);
    this.#frames = [...frames.toReversed(), ...this.#frames].slice(0, MOST_KEPT);
    this.#waiting = Math.min(MOST_KEPT, this.#waiting + frames.length);
    this.#leftOut += leftOut;
    this.#own += own;
    this.#catchUp();
  }

  clear() {
    this.#frames = [];
    this.#waiting = this.#leftOut = this.#own = 0;
    this.#showAll();
    this.#showUnlisted();
  }

  get #isRead() {
    return this.#isHovered || this.#region.matches(':focus-visible') || this.#region.scrollTop > 4;
  }

  #catchUp() {
    if (!this.#isRead) {
      const news = this.#listed(this.#frames.slice(0, this.#waiting));
      this.#rows.prepend(...news.map(toRow));
      while (this.#rows.children.length > LONGEST) this.#rows.lastElementChild.remove();
      this.#waiting = 0;
    }
    this.#showUnlisted();
  }

  #showAll() {
    this.#waiting = 0;
    this.#rows.replaceChildren(...this.#listed(this.#frames).map(toRow));
    this.#showUnlisted();
  }

  #listed(frames) {
    return frames.filter(({ isFigure }) => !(isFigure && this.#hideFigures.checked)).slice(0, LONGEST);
  }

  #showUnlisted() {
    const waiting = this.#listed(this.#frames.slice(0, this.#waiting)).length;
    this.#newer.hidden = waiting === 0;
    this.#newer.textContent = waiting < LONGEST ? `${waiting} newer` : `${LONGEST}+ newer`;
    const parts = [`${this.#own.toLocaleString('en')} that carried this list`];
    if (this.#leftOut > 0) parts.push(`${this.#leftOut.toLocaleString('en')} that came too fast to be read`);
    this.#unlisted.textContent = `Not listed: ${parts.join(', ')}.`;
  }

  #isFigure(frame) {
    const id = VALUE.exec(firstText(frame))?.[1];
    return id !== undefined && FIGURES.test(this.#live.eventOf(Number(id)) ?? '');
  }
}

function toRow(frame) {
  const row = document.getElementById('frame-row').content.cloneNode(true).firstElementChild;
  const find = (selector) => row.querySelector(selector);
  const { direction, at, opcode, fin, rsv1, masked, length } = frame;
  const isIn = direction === 'in';
  row.dataset.direction = direction;
  row.dataset.opcode = opcodeName(opcode);
  row.classList.toggle('control', opcode >= 8);
  row.classList.toggle('compressed', rsv1);
  find('use').setAttribute('href', `#icon-${direction}`);
  find('.word').textContent = direction;
  find('.way .spoken').textContent = isIn ? 'from the browser to the server' : 'from the server to the browser';
  const date = new Date(at);
  find('time').dateTime = date.toISOString();
  find('time').textContent =
    `${date.toLocaleTimeString([], { hourCycle: 'h23' })}.${String(at % 1000).padStart(3, '0')}`;
  find('.opcode span').textContent = opcodeName(opcode);
  showBit(find('.fin'), fin, 'final');
  showBit(find('.rsv1'), rsv1, 'compressed');
  showBit(find('.mask'), masked, 'masked');
  find('.length').textContent = `${length.toLocaleString('en')} B`;
  find('.text').textContent = firstText(frame);
  find('.hex').textContent = spacedHex(frame);
  return row;
}

function showBit(cell, isSet, word) {
  cell.classList.toggle('unset', !isSet);
  cell.textContent = isSet ? word : '–';
}
