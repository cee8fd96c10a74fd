// Files go to the school while somebody still types: in pieces, so that a lost
// connection costs one piece and not the film.
//
//   POST   /uploads {name, size, type}     201 {id, chunk, received}  (or at data-start)
//   PUT    /uploads/{id}?offset=N  bytes   200 {received}
//   GET    /uploads/{id}                   200 {received}
//   POST   /uploads/{id}/finish            200 {id, name, type, size}
//   DELETE /uploads/{id}
//
// An error answer is {"error":{"message":"…"}} in the reader's language. Each
// whole file leaves <input type="hidden" name="upload"> in its row. Without
// this script the same form posts the files itself, as name="file".
import { announce, bytes, duration, say, sleep } from './lib.js';

const atOnce = 2;
const silence = 60000; // ms without a byte moving before a piece is sent again
const patience = 600000; // ms for the school to look through a whole film

export default function upload(box) {
  const form = box.closest('form');
  const list = box.querySelector('.uploads');
  const wait = box.querySelector('[data-wait]');
  const transfers = [];
  let pressed; // the button pressed while files were still on their way

  const running = () => transfers.filter((t) => t.state === 'waiting' || t.state === 'running');

  function add(files) {
    for (const file of files) {
      const t = { file, received: 0, state: 'waiting', told: 0, row: row(file) };
      transfers.push(t);
      t.row.querySelector('[data-stop]').addEventListener('click', () => stop(t));
      const limit = Number(box.dataset.limit);
      if (limit && file.size > limit) fail(t, say(box, 'toobig', { name: file.name, limit: bytes(limit) }));
      else tell(t, say(box, 'waiting'));
    }
    next();
  }

  function row(file) {
    const el = document.importNode(box.querySelector('template').content, true).firstElementChild;
    for (const place of el.querySelectorAll('[data-name]')) place.textContent = file.name;
    const bar = el.querySelector('progress');
    bar.max = file.size || 1;
    bar.setAttribute('aria-label', file.name);
    list.append(el);
    return el;
  }

  function next() {
    const free = atOnce - transfers.filter((t) => t.state === 'running').length;
    for (const t of transfers.filter((t) => t.state === 'waiting').slice(0, Math.max(0, free))) run(t);
    hold();
  }

  // hold keeps the form here while files are on their way, and lets go of it
  // when the last one is whole.
  function hold() {
    const busy = running().length > 0;
    box.toggleAttribute('data-busy', busy);
    for (const button of form.querySelectorAll('button[type="submit"], button:not([type])')) {
      if (busy) button.setAttribute('aria-disabled', 'true'); else button.removeAttribute('aria-disabled');
    }
    if (busy) return;
    wait.hidden = true;
    const button = pressed;
    pressed = undefined;
    if (button && !transfers.some((t) => t.state === 'failed')) button.click();
  }

  async function run(t) {
    t.state = 'running';
    t.since = Date.now();
    for (let tries = 0; t.state === 'running';) {
      try {
        if (!t.id) await open(t);
        while (t.received < t.file.size) {
          await put(t);
          tries = 0;
        }
        done(t, await call(t, 'POST', `/${t.id}/finish`));
      } catch (fault) {
        if (t.state !== 'running') break;
        if (!fault.again || fault.status === 500 && tries > 4) { fail(t, fault.message || say(box, 'failed')); break; }
        if (tries === 0) announce(say(box, 'offline'));
        tell(t, say(box, 'offline'));
        await sleep(Math.min(15000, 1000 * 2 ** tries++));
        await resync(t);
      }
    }
    next();
  }

  async function open(t) {
    const got = await call(t, 'POST', null, JSON.stringify({ name: t.file.name, size: t.file.size, type: t.file.type }), 'application/json');
    t.id = got.id;
    t.chunk = got.chunk;
    t.received = got.received || 0;
  }

  async function put(t) {
    let piece;
    try {
      piece = await t.file.slice(t.received, t.received + t.chunk).arrayBuffer();
    } catch {
      throw { message: say(box, 'unreadable') }; // the file was moved, or the stick pulled out
    }
    const got = await call(t, 'PUT', `/${t.id}?offset=${t.received}`, piece, 'application/octet-stream', (sent) => moved(t, t.received + sent));
    if (!(got.received > t.received)) throw { again: true, status: 500 };
    t.received = got.received;
    moved(t, t.received);
  }

  // resync asks how much has arrived. An upload that the school has forgotten
  // begins again; anything else shows at the next try.
  async function resync(t) {
    if (t.state !== 'running' || !t.id) return;
    try {
      t.received = (await call(t, 'GET', `/${t.id}`)).received;
      t.since = 0;
      tell(t, say(box, 'resumed'));
      announce(say(box, 'resumed'));
    } catch (fault) {
      if (fault.status === 404) { t.id = undefined; t.received = 0; }
    }
  }

  // moved shows how far a file is, at most four times a second, and tells
  // screen readers at each quarter.
  function moved(t, count) {
    const bar = t.row.querySelector('progress');
    bar.value = count;
    const now = Date.now();
    if (!t.since) { t.since = now; t.from = count; }
    const quarter = Math.floor(4 * count / t.file.size) * 25;
    if (quarter > t.told && quarter < 100) announce(say(box, 'percent', { percent: quarter, name: t.file.name }));
    t.told = Math.max(t.told, quarter);
    if (now - (t.shown || 0) < 250) return;
    t.shown = now;
    const seconds = (now - t.since) / 1000;
    const rate = (count - (t.from || 0)) / seconds;
    const left = seconds > 2 && rate > 0 ? ' · ' + say(box, 'left', { time: duration((t.file.size - count) / rate) }) : '';
    tell(t, say(box, 'progress', { done: bytes(count), total: bytes(t.file.size) }) + left);
  }

  function done(t, whole) {
    t.state = 'done';
    t.row.classList.add('upload-done');
    const bar = t.row.querySelector('progress');
    bar.value = bar.max;
    bar.hidden = true;
    t.row.querySelector('[data-stop-word]').textContent = say(box, 'remove');
    tell(t, say(box, 'done', { size: bytes(whole.size) }));
    announce(say(box, 'percent', { percent: 100, name: t.file.name }));
    const input = document.createElement('input');
    input.type = 'hidden';
    input.name = 'upload';
    input.value = whole.id;
    t.row.append(input);
  }

  function fail(t, message) {
    t.state = 'failed';
    t.row.classList.add('upload-failed');
    t.row.querySelector('progress').hidden = true;
    t.row.querySelector('[data-stop-word]').textContent = say(box, 'remove');
    tell(t, message);
    announce(`${t.file.name}: ${message}`);
    hold();
  }

  function stop(t) {
    const was = t.state;
    t.state = 'stopped';
    t.request?.abort();
    if (t.id) call({}, 'DELETE', `/${t.id}`).catch(() => {}); // the school clears forgotten uploads itself
    transfers.splice(transfers.indexOf(t), 1);
    t.row.remove();
    announce(say(box, was === 'running' || was === 'waiting' ? 'stopped' : 'removed', { name: t.file.name }));
    box.querySelector('input[multiple]').focus();
    next();
  }

  function tell(t, text) { t.row.querySelector('.upload-state').textContent = text; }

  function call(t, method, path, content, type, progress) {
    return new Promise((resolve, reject) => {
      const request = t.request = new XMLHttpRequest();
      let quiet;
      const alive = () => { clearTimeout(quiet); quiet = setTimeout(() => request.abort(), path?.endsWith('/finish') ? patience : silence); };
      request.open(method, path === null ? box.dataset.start || box.dataset.url : box.dataset.url + path);
      request.responseType = 'json';
      request.setRequestHeader('Accept', 'application/json');
      if (type) request.setRequestHeader('Content-Type', type);
      request.upload.onprogress = (event) => { alive(); progress?.(event.loaded); };
      request.onloadend = () => {
        clearTimeout(quiet);
        const { status, response } = request;
        if (status >= 200 && status < 300) return resolve(response || {});
        reject({ status, message: response?.error?.message, again: status === 0 || status === 409 || status === 429 || status >= 500 && status !== 507 });
      };
      alive();
      request.send(content);
    });
  }

  box.classList.add('picks'); // big buttons instead of the browser's own
  for (const input of box.querySelectorAll('input[type="file"]')) {
    const take = () => {
      const files = [...input.files];
      input.value = ''; // they travel apart; the form must not carry them again
      add(files);
    };
    input.addEventListener('change', take);
    if (input.files.length) take(); // chosen before this script was here
  }
  box.addEventListener('dragover', (event) => { event.preventDefault(); box.classList.add('drop-over'); });
  box.addEventListener('dragleave', (event) => { if (!box.contains(event.relatedTarget)) box.classList.remove('drop-over'); });
  box.addEventListener('drop', (event) => { event.preventDefault(); box.classList.remove('drop-over'); add(event.dataTransfer.files); });
  form.addEventListener('submit', (event) => {
    if (!running().length) return;
    event.preventDefault();
    pressed = event.submitter || form.querySelector('button[type="submit"], button:not([type])');
    wait.hidden = false;
    announce(wait.textContent);
  }, true);
  form.addEventListener('reset', () => { // a form that stays has sent them
    transfers.length = 0;
    list.replaceChildren();
  });
  addEventListener('beforeunload', (event) => { if (running().length) event.preventDefault(); });
}
