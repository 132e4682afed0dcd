// What the head of the page says of the connection, and what the log is told of it.

const NAMES = { connecting: 'Connecting', live: 'Live', waiting: 'Reconnecting', offline: 'Offline' };
/** What a close code means, where no reason was given. */
const CLOSE_CODES = {
  1000: 'closed normally',
  1001: 'the server is going away',
  1006: 'no closing handshake',
  1009: 'message too big',
  1011: 'server error',
  1013: 'try again later',
};

export function showConnection(live, log) {
  const element = (id) => document.getElementById(id);
  const pill = element('state');
  let reconnects = 0;
  let tries = 1;
  let lostAt = 0;
  let wasLive = false;
  let retryAt = 0;
  let countdown;

  const showName = () => {
    const seconds = Math.ceil((retryAt - performance.now()) / 1000);
    const isWaiting = live.state === 'waiting' || live.state === 'offline';
    element('state-text').textContent = NAMES[live.state] + (isWaiting && seconds > 0 ? ` in ${seconds} s` : '');
  };

  const opened = () => {
    if (lostAt > 0) {
      const away = ((performance.now() - lostAt) / 1000).toFixed(1);
      if (wasLive) element('reconnects').textContent = ++reconnects;
      log.add('good', `${wasLive ? 'Back again' : 'Connected'} after ${away} s, at the ${ordinal(tries)} try.`);
    } else {
      log.add('good', 'Connected.');
    }
    wasLive = true;
    lostAt = 0;
    tries = 0;
    void live.ask('figures.machine').then(describeMachine, () => undefined);
  };

  const closed = ({ code, reason, delayMs }) => {
    const why = reason || CLOSE_CODES[code] || 'no reason given';
    const wait = `Next try in ${(delayMs / 1000).toFixed(1)} s.`;
    retryAt = performance.now() + delayMs;
    // A try that failed closes nothing: the reason that counts is that of the connection which was lost.
    const isNews = wasLive && lostAt === 0;
    if (isNews) {
      element('last-close').textContent = `${code} · ${why}`;
      element('last-close').title = why;
      element('round-trip').textContent = '–';
    }
    log.add(
      'bad',
      isNews ? `Lost the connection: ${why} (${code}). ${wait}` : `No connection at try ${tries}. ${wait}`,
    );
    lostAt ||= performance.now();
  };

  live.addEventListener('state', ({ detail }) => {
    clearInterval(countdown);
    if (detail.state === 'connecting') tries++;
    else if (detail.state === 'live') opened();
    else closed(detail);
    // One who is back and forth would hear nothing but the tries in between.
    if (detail.state !== 'connecting') element('state-spoken').textContent = NAMES[detail.state];
    pill.dataset.state = detail.state === 'connecting' && lostAt > 0 ? 'waiting' : detail.state;
    element('reconnect').hidden = detail.state === 'live' || lostAt === 0;
    element('reconnect').disabled = detail.state === 'connecting';
    document.body.dataset.state = detail.state;
    showName();
    if (detail.delayMs) countdown = setInterval(showName, 250);
  });
  live.addEventListener('message', ({ detail: { event, data } }) => {
    if (event === 'exception') log.add('bad', `The server complains: ${data.message}`);
  });
  live.addEventListener('round-trip', ({ detail }) => {
    element('round-trip').textContent = `${detail < 10 ? detail.toFixed(1) : Math.round(detail)} ms`;
  });
  element('reconnect').addEventListener('click', () => live.connect());

  function describeMachine({ system, architecture, node, cores, memory }) {
    const parts = [`${cores} ${cores === 1 ? 'core' : 'cores'}`, `${Math.round(memory / 2 ** 30)} GiB`];
    element('machine').textContent = `nestwire on Node ${node} · ${parts.join(' · ')} · ${system} ${architecture}`;
  }
}

function ordinal(number) {
  const tail = number % 100 >= 11 && number % 100 <= 13 ? 'th' : (['th', 'st', 'nd', 'rd'][number % 10] ?? 'th');
  return number + tail;
}
