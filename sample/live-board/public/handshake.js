// The two heads of a handshake, with a word on the fields that make it one.

const OF_THE_HANDSHAKE = /^(upgrade|connection|origin|host|sec-websocket-.*)$/i;
const REQUEST_NOTES = {
  'sec-websocket-key': 'Sixteen random bytes, new for every connection.',
};
const ANSWER_NOTES = {
  'sec-websocket-accept': 'The SHA-1 of that key and a fixed text: whoever answers so speaks WebSocket.',
  'sec-websocket-extensions': 'Messages may travel compressed, each by itself: their frames have RSV1 set.',
};

export function showHandshake({ request, answer }) {
  showHead(document.getElementById('wire-request'), request, REQUEST_NOTES);
  showHead(document.getElementById('wire-answer'), answer, ANSWER_NOTES);
}

function showHead(list, { line, fields }, notes) {
  const first = child('li', 'http-line', line);
  list.replaceChildren(first, ...fields.map((field) => describe(field, notes[field.name.toLowerCase()])));
}

function describe({ name, value }, note) {
  const item = child('li', OF_THE_HANDSHAKE.test(name) ? 'http-field' : 'http-field aside', '');
  item.dataset.name = name.toLowerCase();
  item.append(child('span', 'name', `${name}: `));
  item.append(value === null ? child('em', '', 'hidden') : child('span', 'value', value));
  if (note) {
    item.classList.add('explained');
    item.append(child('span', 'note', note));
  }
  return item;
}

function child(tag, className, text) {
  const element = document.createElement(tag);
  element.className = className;
  element.textContent = text;
  return element;
}
