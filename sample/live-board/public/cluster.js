// The panel "Cluster", where the board runs as several processes: which of them serves this page, and what a killed one costs.

export function showCluster(live, log) {
  const card = document.getElementById('cluster');
  const find = (selector) => card.querySelector(selector);
  let own;
  let recovered = 0;

  live.stream(
    'cluster.nodes',
    undefined,
    {
      next: show,
      lost: () => (card.dataset.state = 'waiting'),
      // A board by itself knows no such event: there is no cluster to show.
      error: () => (card.hidden = true),
    },
    { resume: true },
  );

  function show({ own: serving, broker, nodes }) {
    card.hidden = false;
    card.dataset.state = 'running';
    find('.served').textContent = `Node ${serving} serves this page; messages go by ${broker}`;
    if (own !== undefined && own !== serving)
      log.add('plain', `Node ${serving} serves this page now, instead of ${own}.`);
    own = serving;
    find('ul').replaceChildren(...nodes.map(showNode));
  }

  function showNode({ number, pid, isUp }) {
    const line = document.getElementById('cluster-node').content.cloneNode(true).firstElementChild;
    line.dataset.up = isUp;
    line.classList.toggle('own', number === own);
    line.querySelector('.number').textContent = `Node ${number}`;
    line.querySelector('.pid').textContent = isUp ? `pid ${pid}` : 'starting';
    line.querySelector('.yours').hidden = number !== own;
    const button = line.querySelector('button');
    button.disabled = !isUp;
    button.ariaLabel = `Kill node ${number}`;
    button.addEventListener('click', () => {
      button.disabled = true;
      // Whoever kills the node that serves them gets no answer.
      live.ask('cluster.kill', { number }).catch(() => undefined);
    });
    return line;
  }

  return {
    /** The chat went on after a reconnect, with so many messages that were missed. */
    recovered(count) {
      recovered += count;
      find('.recovered').textContent = recovered;
      log.add(
        'good',
        `The chat went on where it was: ${count} missed ${count === 1 ? 'message' : 'messages'} recovered.`,
      );
    },
  };
}
