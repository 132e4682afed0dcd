// The control room: a WebSocket of its own, which the server opens only to who has a token, and whose requests it may refuse.
// What goes over it is shown as it is.

import { ControlSocket } from './control-socket.js';

const LONGEST = 40;

export function showControl(live, log) {
  const card = document.getElementById('control');
  const find = (selector) => card.querySelector(selector);
  let socket;

  find('.entrance').addEventListener('submit', (event) => {
    event.preventDefault();
    if (socket) socket.close();
    else void enter(find('.tokens :checked').value);
  });
  find('.announce').addEventListener('submit', (event) => {
    event.preventDefault();
    void announce();
  });
  setState('closed', 'Not connected');

  async function enter(token) {
    setState('connecting', 'Connecting');
    const attempt = hex(crypto.getRandomValues(new Uint8Array(12)));
    const url = new URL(`control?attempt=${attempt}`, location.href.replace(/^http/, 'ws'));
    show('out', `GET /control · Sec-WebSocket-Protocol: board.v1, token.${token}`);
    socket = new ControlSocket(url, ['board.v1', `token.${token}`], { sent: (text) => show('out', text), received });
    const isOpen = await socket.opened;
    const { line, body } = await live.ask('control.handshake', { attempt }).catch(({ message }) => ({ line: message }));
    show(isOpen ? 'good' : 'bad', body ? `${line} · ${body}` : line);
    if (!isOpen) {
      socket = undefined;
      const status = line.replace(/^HTTP\/1\.1 /, '');
      setState('refused', status);
      log.add('bad', `The control room is closed to this token: ${status}.`);
      return;
    }
    void socket.closed.then(({ code, reason }) => {
      socket = undefined;
      setState('closed', `Closed: ${code}${reason && ` · ${reason}`}`);
    });
    const { name, role } = await socket.ask('control.me');
    setState('open', `${name}, ${role}`);
    log.add('good', `The control room is open to ${name}.`);
  }

  async function announce() {
    const text = find('#announcement').value;
    try {
      const { watching } = await socket.ask('control.announce', { text });
      log.add('good', `Announced to ${watching} ${watching === 1 ? 'page' : 'pages'}.`);
    } catch ({ message }) {
      log.add('bad', `Refused: ${message}`);
    }
  }

  function received(text, { type }) {
    show(type === 'error' ? 'bad' : 'in', text);
  }

  function setState(state, sentence) {
    card.dataset.state = state;
    find('.door').textContent = sentence;
    find('.entrance .button').textContent = socket ? 'Leave' : 'Connect';
    find('.tokens').disabled = socket !== undefined;
    find('.announce').hidden = state !== 'open';
  }

  function show(kind, text) {
    const line = document.createElement('li');
    line.dataset.kind = kind;
    line.textContent = text;
    const transcript = find('.transcript');
    transcript.append(line);
    while (transcript.children.length > LONGEST) transcript.firstElementChild.remove();
    transcript.scrollTop = transcript.scrollHeight;
  }
}

function hex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
