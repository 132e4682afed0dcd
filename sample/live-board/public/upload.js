// Uploads: announce the file, wait for the server's word, send the pieces as fast as the connection takes them. The
// progress shown is what has arrived, not what was sent.

/** What the browser may hold. More would only make the answers to everything else wait. */
const MOST_BUFFERED = 512 * 1024;
const LONGEST_LIST = 4;

export function showUpload(live, streams, log) {
  const element = (id) => document.getElementById(id);
  const queue = [];
  let isBusy = false;
  let chunkBytes = 64 * 1024;

  live.addEventListener('state', async ({ detail }) => {
    element('files').disabled = detail.state !== 'live';
    if (detail.state !== 'live') return;
    const limits = await live.ask('upload.limits').catch(() => undefined);
    if (limits === undefined) return;
    chunkBytes = limits.maxChunkBytes;
    element('upload-limit').textContent = `Up to ${size(limits.maxFileBytes)} each, in pieces of ${size(chunkBytes)}`;
  });
  element('files').addEventListener('change', () => {
    add(element('files').files);
    element('files').value = '';
  });

  // The whole page takes what is dropped: a browser would open a file that missed the zone.
  const zone = element('drop-zone');
  for (const type of ['dragover', 'dragleave', 'drop']) {
    document.addEventListener(type, (event) => {
      event.preventDefault();
      zone.classList.toggle('over', type === 'dragover');
      if (type === 'drop' && live.state === 'live') add(event.dataTransfer.files);
    });
  }

  function add(files) {
    queue.push(...files);
    if (!isBusy) void work();
  }

  async function work() {
    isBusy = true;
    element('transfer').hidden = false;
    zone.hidden = true;
    for (let file = queue.shift(); file; file = queue.shift()) await transfer(file);
    element('transfer').hidden = true;
    zone.hidden = false;
    isBusy = false;
  }

  async function transfer(file) {
    element('transfer-name').textContent = file.name;
    showProgress(0, file.size, 0);
    let result;
    try {
      result = await send(file);
      const speed = result.seconds > 0 ? `${(file.size / 1e6 / result.seconds).toFixed(1)} MB/s` : '';
      list('done', file, [size(file.size), `${result.seconds.toFixed(2)} s`, speed], result.sha256);
    } catch (error) {
      list('failed', file, [error.message]);
      if (error.code !== 'CANCELLED') log.add('bad', `The upload of ${file.name} failed: ${error.message}`);
    }
  }

  /** Resolves with the last value of the stream, which has the hash. */
  function send(file) {
    return new Promise((resolve, reject) => {
      let hasEnded = false;
      let startedAt = 0;
      let last;
      const settle = (end, value) => {
        hasEnded = true;
        element('cancel').onclick = null;
        end(value);
      };
      const fail = (error) => {
        settle(reject, error);
        stream.stop();
      };
      const observer = {
        next: (progress) => {
          last = progress;
          if (startedAt > 0) showProgress(progress.received, progress.total, performance.now() - startedAt);
          else void sendPieces(file, () => hasEnded).catch(fail);
          startedAt ||= performance.now();
        },
        complete: () => settle(resolve, last),
        error: (error) => settle(reject, error),
        cancelled: () => settle(reject, { code: 'CANCELLED', message: 'Cancelled' }),
      };
      const stream = streams.open('upload.begin', observer, { resume: false, once: true });
      stream.start({ name: file.name, size: file.size });
      element('cancel').onclick = () => stream.stop();
    });
  }

  async function sendPieces(file, hasEnded) {
    const reader = file.stream().getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      for (let start = 0; start < value.length; start += chunkBytes) {
        while (live.bufferedAmount > MOST_BUFFERED) await new Promise((resolve) => setTimeout(resolve, 5));
        if (hasEnded()) return reader.cancel();
        live.sendBytes(value.subarray(start, start + chunkBytes));
      }
    }
    return undefined;
  }

  function showProgress(received, total, elapsedMs) {
    const share = total === 0 ? 1 : received / total;
    element('progress').value = share;
    element('percent').textContent = `${Math.floor(share * 100)} %`;
    element('amount').textContent = `${size(received)} of ${size(total)}`;
    element('speed').textContent = elapsedMs > 0 ? `${(received / 1000 / elapsedMs).toFixed(1)} MB/s` : '';
  }

  function list(kind, file, facts, hash) {
    const item = document.createElement('li');
    item.dataset.kind = kind;
    item.append(document.getElementById(`mark-${kind}`).content.cloneNode(true));
    const line = (tag, className, text) => {
      const part = document.createElement(tag);
      part.className = className;
      part.textContent = text;
      item.append(part);
    };
    line('strong', 'clip', file.name);
    line('span', 'muted', facts.filter(Boolean).join(' · '));
    if (hash) line('code', 'hash', hash);
    element('uploads').prepend(item);
    while (element('uploads').children.length > LONGEST_LIST) element('uploads').lastElementChild.remove();
  }
}

function size(bytes) {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 2 ** 20) return `${trim(bytes / 1024)} KiB`;
  return bytes < 2 ** 30 ? `${trim(bytes / 2 ** 20)} MiB` : `${trim(bytes / 2 ** 30)} GiB`;
}

function trim(number) {
  return number.toFixed(1).replace(/\.0$/, '');
}
