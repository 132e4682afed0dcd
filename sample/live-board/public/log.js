// The list of what happened, newest first.

const LONGEST = 50;

export class EventLog {
  #list;

  constructor(list) {
    this.#list = list;
  }

  /** @param kind good, bad or plain */
  add(kind, sentence) {
    const line = document.createElement('li');
    line.dataset.kind = kind;
    const time = document.createElement('time');
    const now = new Date();
    time.dateTime = now.toISOString();
    time.textContent = now.toLocaleTimeString([], { hourCycle: 'h23' });
    const text = document.createElement('span');
    text.textContent = sentence;
    line.append(time, text);
    this.#list.prepend(line);
    while (this.#list.children.length > LONGEST) this.#list.lastElementChild.remove();
  }
}
