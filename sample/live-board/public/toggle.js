/** The button by which a person starts and stops the stream of a card. */
export function showToggle(button, title, state) {
  const verb = state === 'stopped' ? 'Start' : 'Stop';
  button.querySelector('span').textContent = verb;
  button.setAttribute('aria-label', `${verb} ${title}`);
  button.querySelector('use').setAttribute('href', `#icon-${verb.toLowerCase()}`);
}
