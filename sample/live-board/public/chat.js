// The chat: what is said is a topic, which goes on where it was after a reconnect; who is there is a stream, and having a name
// is another.

const NEAR_THE_END_PX = 60;

/** @param onRecovered told how many messages came that were missed while the connection was lost */
export function showChat(live, streams, log, onRecovered) {
  const element = (id) => document.getElementById(id);
  const messages = element('messages');
  const ownSeats = new Set();
  let seat;
  /** What comes while the past is asked for. */
  let early;
  /** Messages since the subscription went on. */
  let sinceBack = 0;
  let hasPast = false;
  let isSilent = false;

  live.subscribe('chat', {
    subscribed: ({ recovered }) => void (recovered && !early ? countRecovered() : showPast()),
    next: (data, event) => {
      // Not who joined: whoever comes back joins once more, and did not miss that.
      if (event === 'said' || event === 'announced') sinceBack++;
      // What was said before the past has come is shown behind it.
      if (early) early.push([event, data]);
      else showEvent(event, data);
    },
    error: ({ message }) => log.add('bad', `The chat ended: ${message}`),
  });
  const attendance = streams.open('chat.attendance', {
    next: ({ people, watching }) => {
      element('attendance').textContent = `${people} in the chat, ${watching} watching`;
    },
    cancelled: () => (element('attendance').textContent = 'Not counted: start chat.attendance again'),
    error: ({ message }) => log.add('bad', `Nobody is counted any more: ${message}`),
  });
  attendance.start();

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

  /** What was missed comes in one go: an answer to what is asked now comes after it. */
  async function countRecovered() {
    sinceBack = 0;
    await live.ask('link.ping').catch(() => undefined);
    onRecovered(sinceBack);
  }

  /** The subscription begins anew: what was said before it is asked for. */
  async function showPast() {
    const own = (early = []);
    try {
      const past = await live.ask('chat.past');
      if (early !== own) return;
      if (hasPast) log.add('bad', 'The chat could not go on where it was: this is what was said last.');
      hasPast = true;
      isSilent = past.length === 0;
      messages.replaceChildren(...(isSilent ? [note('Nobody has said anything yet.')] : []));
      for (const message of past) append(message);
      messages.scrollTop = messages.scrollHeight;
      const shown = new Set(past.map(({ id }) => id));
      early = undefined;
      for (const [event, data] of own) if (event !== 'said' || !shown.has(data.id)) showEvent(event, data);
    } catch ({ message }) {
      // Where the connection was lost, the past is asked for again when the topic goes on.
      log.add('bad', `What was said before is not known: ${message}`);
    }
  }

  function showEvent(event, data) {
    const isAtEnd = messages.scrollHeight - messages.scrollTop - messages.clientHeight < NEAR_THE_END_PX;
    breakSilence();
    if (event === 'said') append(data);
    else if (event === 'joined' || event === 'left') messages.append(note(`${data.name} ${event}`));
    else if (event === 'announced') messages.append(announcement(data));
    if (isAtEnd) messages.scrollTop = messages.scrollHeight;
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
