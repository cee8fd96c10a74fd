// One socket per tab. Every frame is JSON with its kind in t and becomes an
// event "kaft:<t>" on the document. A module uses it so:
//
//   import { on, send } from './live.js';
//   on('message', (frame) => …);      // {"t":"message", …}
//   on('open', ({ again }) => …);     // connected; again: fetch what was missed
//   on('closed', ({ code }) => …);
//   send({ t: 'say', text });         // false when not connected
//
// A lost connection comes back by itself, with jitter. The server says by the
// close code when it should not: 4001 signed out, 4003 no longer allowed.
//
// A frame {"t":"changed","about":"work"} means that something on this page is
// out of date: sections with data-live="work" data-fragment="URL" are fetched
// again, else the whole page is, unless somebody is typing in it and may still
// see it; then a note offers to. {"force":true} waits for nobody: what may no
// longer be seen goes.
import { announce, replace } from './lib.js';

const body = document.body;
const dot = document.querySelector('[data-live-state]');
let socket, since, attempt = 0, opened = false, stopped = false, timer, lost;

export function on(type, fn) {
  document.addEventListener(`kaft:${type}`, (event) => fn(event.detail));
}

export function send(frame) {
  if (socket?.readyState !== WebSocket.OPEN) return false;
  socket.send(JSON.stringify(frame));
  return true;
}

function connect() {
  clearTimeout(timer);
  if (stopped || socket && socket.readyState <= WebSocket.OPEN) return;
  const url = new URL(body.dataset.ws, location.href);
  url.protocol = url.protocol.replace('http', 'ws');
  const mine = socket = new WebSocket(url);
  mine.onopen = () => {
    if (mine !== socket) return;
    since = Date.now();
    show('on');
    tell('open', { again: opened });
    opened = true;
  };
  mine.onmessage = (event) => {
    if (mine !== socket) return;
    let frame;
    try { frame = JSON.parse(event.data); } catch { return; }
    if (frame && typeof frame.t === 'string') tell(frame.t, frame);
  };
  mine.onclose = (event) => { if (mine === socket) closed(event.code); };
}

function closed(code) {
  tell('closed', { code });
  if (code === 4001) return location.assign('/');
  show('off');
  if (code === 4003) {
    stopped = true;
    // The page as it stands may show too much. One that was only just loaded
    // waits a moment, so that it cannot reload without end in a blink.
    setTimeout(() => location.reload(), Math.max(0, 5000 - performance.now()));
    return;
  }
  // One that was accepted and thrown out at once has not come back.
  if (since && Date.now() - since > 10000) attempt = 0;
  since = undefined;
  const wait = Math.min(30000, 1000 * 2 ** attempt++) * (0.5 + Math.random());
  timer = setTimeout(connect, wait);
}

function tell(type, detail) {
  document.dispatchEvent(new CustomEvent(`kaft:${type}`, { detail }));
}

// show sets the live dot. A blip is not worth a sentence: only a connection
// that stays away is told, and then its return.
function show(state) {
  if (!dot) return;
  dot.dataset.state = state;
  dot.hidden = false;
  const words = state === 'on' ? dot.dataset.msgOn : dot.dataset.msgOff;
  dot.querySelector('[data-live-words]').textContent = words;
  if (state === 'on') {
    clearTimeout(lost);
    if (lost === 0) announce(words);
    lost = undefined;
  } else if (lost === undefined) {
    lost = setTimeout(() => { lost = 0; announce(words); }, 5000);
  }
}

// --- what is out of date

const touched = new Set();
document.addEventListener('input', (event) => { if (event.target.form) touched.add(event.target.form); });
document.addEventListener('submit', (event) => { if (!event.defaultPrevented) touched.delete(event.target); });
document.addEventListener('reset', (event) => touched.delete(event.target));

const busy = () => document.querySelector('[data-busy]') || [...touched].some((form) => form.isConnected && !form.matches('[data-passing]'));

// Who is on the way to another page is not called back: on a slow line the
// change that a form makes is told here before its answer is.
let leaving = 0;
addEventListener('beforeunload', () => { leaving = Date.now(); });

// What changed between the making of this page and the opening of its socket
// was told to nobody: its live parts are asked for once more.
// The bell of every page waits for a connection that was lost.
on('open', ({ again }) => {
  if (!again && !document.querySelector('main [data-fragment]')) return;
  abouts.add('');
  due ??= setTimeout(refresh, 0);
});

let due;
const abouts = new Set();
on('changed', (frame) => {
  // Who is on the way to another page is leaving this one anyhow.
  if (frame.force && Date.now() - leaving > 15000) return location.reload();
  abouts.add(frame.about || '');
  due ??= setTimeout(refresh, 200 + 800 * Math.random()); // not a whole class in one instant
});

async function refresh() {
  if (Date.now() - leaving < 15000) { // or it was a download, and nobody left
    due = setTimeout(refresh, 5000);
    return;
  }
  const wanted = new Set(abouts);
  abouts.clear();
  due = undefined;
  const stale = [...document.querySelectorAll('[data-fragment]')].filter((el) => wanted.has('') || wanted.has(el.dataset.live));
  try {
    for (const el of stale) await replace(el, el.dataset.fragment);
  } catch {
    return location.reload(); // gone, or no longer ours to see: the whole page tells
  }
  const shown = new Set(stale.map((el) => el.dataset.live));
  if ([...wanted].every((about) => about === '' || shown.has(about))) return;
  if (!busy() || await gone()) return location.reload();
  const note = document.getElementById('stale');
  if (!note || !note.hidden) return;
  note.hidden = false;
  announce(note.querySelector('p')?.textContent);
}

// Somebody who is typing is not interrupted, unless the page itself is no
// longer theirs to see.
async function gone() {
  if (!('got' in body.dataset)) return false;
  const enough = new AbortController();
  const answer = await fetch(location.href, { redirect: 'manual', signal: enough.signal }).catch(() => undefined);
  enough.abort(); // its first line tells
  return answer !== undefined && !answer.ok;
}

document.getElementById('stale')?.querySelector('button')?.addEventListener('click', () => location.reload());

addEventListener('online', () => { attempt = 0; connect(); });
addEventListener('pagehide', () => { const old = socket; socket = undefined; clearTimeout(timer); old?.close(); });
addEventListener('pageshow', (event) => { if (event.persisted) connect(); });
connect();
