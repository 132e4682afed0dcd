// The chat: watching is one stream, having a name is another. Both are asked for again after a reconnect.

const NEAR_THE_END_PX = 60;

export function showChat(live, streams, log) {
  const element = (id) => document.getElementById(id);
  const messages = element('messages');
  const ownSeats = new Set();
  let seat;

  const watch = streams.open('chat.watch', {
    next: showEvent,
    cancelled: () => (element('attendance').textContent = 'Not watched: start chat.watch again'),
    error: ({ message }) => log.add('bad', `The chat ended: ${message}`),
  });
  watch.start();

  element('name').value = localStorage.getItem('name') ?? '';
  element('join').addEventListener('submit', (event) => {
    event.preventDefault();
    join(element('name').value);
  });
  element('say').addEventListener('submit', (event) => {
    event.preventDefault();
    void say();
  });
  element('leave').addEventListener('click', () => seat.stop());
  live.addEventListener('state', showAvailability);
  showAvailability();

  function join(name) {
    element('join-error').textContent = '';
    seat?.stop();
    const observer = {
      next: ({ id, name: taken }) => {
        ownSeats.add(id);
        localStorage.setItem('name', taken);
        element('own-name').textContent = taken;
        showForm('say');
      },
      error: ({ message }) => {
        element('join-error').textContent = message;
        showForm('join');
      },
      cancelled: () => showForm('join'),
    };
    seat = streams.open('chat.join', observer, { once: true });
    seat.start({ name });
  }

  async function say() {
    const text = element('text').value;
    if (live.state !== 'live' || text.trim() === '') return;
    element('say-error').textContent = '';
    try {
      await live.ask('chat.say', { text });
      // Unless it was written on while the message was under way.
      if (element('text').value === text) element('text').value = '';
    } catch ({ message }) {
      element('say-error').textContent = message;
    }
  }

  function showForm(id) {
    const wasFocused =
      element('join').contains(document.activeElement) || element('say').contains(document.activeElement);
    element('join').hidden = id !== 'join';
    element('say').hidden = id !== 'say';
    if (wasFocused) element(id).querySelector('input').focus();
  }

  /** Who is offline can go on writing; the draft waits for the connection. */
  function showAvailability() {
    const isLive = live.state === 'live';
    for (const button of document.querySelectorAll('.composer [type=submit]')) button.disabled = !isLive;
    element('text').placeholder = isLive ? 'Say something' : 'Offline: your draft stays here';
  }

  let isSilent = false;

  function showEvent(event) {
    if ('people' in event) {
      const { people, watching } = event;
      element('attendance').textContent = `${people} in the chat, ${watching} watching`;
    }
    const isAtEnd = messages.scrollHeight - messages.scrollTop - messages.clientHeight < NEAR_THE_END_PX;
    if (event.kind === 'welcome') {
      messages.replaceChildren(...(event.history.length > 0 ? [] : [note('Nobody has said anything yet.')]));
      for (const message of event.history) append(message);
      isSilent = event.history.length === 0;
    } else if (event.kind === 'message') {
      breakSilence();
      append(event.message);
    } else if (event.kind === 'joined' || event.kind === 'left') {
      breakSilence();
      messages.append(note(`${event.seat.name} ${event.kind}`));
    } else if (event.kind === 'announcement') {
      breakSilence();
      messages.append(announcement(event));
    }
    if (isAtEnd || event.kind === 'welcome') messages.scrollTop = messages.scrollHeight;
  }

  /** "Nobody has said anything yet" is true until now. */
  function breakSilence() {
    if (isSilent) messages.replaceChildren();
    isSilent = false;
  }

  function append({ from, text, at }) {
    const previous = messages.lastElementChild;
    const line = document.createElement('li');
    line.className = 'message';
    line.dataset.from = from.id;
    line.classList.toggle('own', ownSeats.has(from.id));
    line.classList.toggle('continued', previous?.dataset.from === from.id);
    line.style.setProperty('--hue', hueOf(from.name));
    const bubble = child('p', 'bubble', text);
    const time = child(
      'time',
      'when',
      new Date(at).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }),
    );
    time.dateTime = new Date(at).toISOString();
    const avatar = child('span', 'avatar', [...from.name][0].toUpperCase());
    avatar.ariaHidden = 'true';
    line.append(avatar, child('span', 'who', from.name), bubble, time);
    messages.append(line);
  }
}

// Everything that people write becomes text, never markup.
function child(tag, className, text) {
  const element = document.createElement(tag);
  element.className = className;
  element.textContent = text;
  return element;
}

function note(text) {
  return child('li', 'note', text);
}

function announcement({ from, text }) {
  const line = child('li', 'announcement', text);
  line.prepend(child('strong', '', `${from} announces`));
  return line;
}

function hueOf(name) {
  let hue = 0;
  for (const character of name.toLowerCase()) hue = (hue * 31 + character.codePointAt(0)) % 360;
  return hue;
}
