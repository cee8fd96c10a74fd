// A conversation, or with no data-talk the list of them. What is said appears
// at once; after a lost connection the server sends what was missed, by number.
// The list only learns that something was said, and is fetched again.
//
// A message is sent with an id of our own and shown as waiting until it comes
// back, so it can be sent again after a break and is still said once. While
// there has been no connection at all, the form is an ordinary form.
import { announce, say } from './lib.js';
import { on, send } from './live.js';

export default function chat(el) {
  if (el.dataset.talk) return talk(el);
  const greet = () => send({ t: 'hello', v: 1, seen: {} });
  let missed = false;
  on('open', ({ again }) => { greet(); if (again) stale(); });
  on('message', stale);
  greet();

  function stale() {
    if (missed) return;
    missed = true;
    setTimeout(() => {
      missed = false;
      document.dispatchEvent(new CustomEvent('kaft:changed', { detail: { about: 'talk' } }));
    });
  }
}

function talk(el) {
  const { talk: id, me } = el.dataset;
  const log = el.querySelector('[role=log]');
  const list = log.querySelector('ol');
  const form = el.querySelector('form');
  const pending = new Map(); // our id of a message: { text, bubble }
  let seen = Number(el.dataset.seen);
  let fetching;

  toEnd();
  if (!('newest' in el.dataset)) return; // a page of the past does not grow

  const greet = () => send({ t: 'hello', v: 1, seen: { [id]: seen } });
  on('open', () => {
    greet();
    tell('');
    for (const [key, { text }] of pending) send({ t: 'say', conversation: id, client_id: key, text });
  });
  on('closed', () => { if (pending.size) tell(say(el, 'offline')); });
  on('message', (m) => { if (m.conversation === id) show(m); });
  on('resume', (r) => { if (r.conversation === id && r.long) fetchRest(); });
  on('error', (e) => {
    if (e.conversation !== id) return;
    if (e.kind === 'not_found') { pending.clear(); return location.reload(); }
    failed(e);
  });
  greet();

  form?.addEventListener('submit', (event) => {
    const area = form.elements.message;
    const text = area.value.trim();
    if (!text) return;
    const key = newID();
    if (!send({ t: 'say', conversation: id, client_id: key, text })) return;
    event.preventDefault();
    const bubble = add();
    bubble.classList.add('bubble-wait');
    fill(bubble, { from: me, text }, say(el, 'waiting'));
    toEnd();
    pending.set(key, { text, bubble });
    busy();
    area.defaultValue = '';
    form.reset();
    area.focus();
  });
  addEventListener('beforeunload', (event) => { if (pending.size) event.preventDefault(); });
  form?.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  });

  // show puts a message in its place. Numbers say the order; one that is there
  // already is not shown again, one that waited waits no longer.
  function show(m) {
    if (list.querySelector(`#m${m.seq}`)) return;
    seen = Math.max(seen, m.seq);
    const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 80;
    const mine = m.from === me && pending.get(m.client_id)?.bubble;
    const bubble = mine || add();
    bubble.classList.remove('bubble-wait');
    bubble.id = `m${m.seq}`;
    fill(bubble, m, clock(m.at));
    const later = [...list.querySelectorAll('.bubble')].find((x) => number(x) > m.seq);
    if (later) list.insertBefore(bubble, later);
    if (mine) done(m.client_id);
    if (atEnd || mine) toEnd();
  }

  // number is a bubble's place; one that still waits comes after all.
  const number = (bubble) => Number(bubble.id.slice(1)) || Infinity;

  function add() {
    const bubble = document.importNode(el.querySelector('template').content, true).firstElementChild;
    list.append(bubble);
    return bubble;
  }

  function fill(bubble, m, when) {
    const [who, text] = bubble.children;
    bubble.classList.toggle('bubble-me', m.from === me);
    who.textContent = `${m.from === me ? say(el, 'you') : m.name} · ${when}`;
    text.textContent = m.text;
  }

  function done(key) {
    pending.delete(key);
    busy();
    if (!pending.size) tell('');
  }

  // busy keeps the page from being fetched again under what is on its way.
  function busy() { el.toggleAttribute('data-busy', pending.size > 0); }

  // failed gives the words back to who wrote them.
  function failed(e) {
    const lost = pending.get(e.client_id);
    if (lost) {
      lost.bubble.remove();
      done(e.client_id);
      const area = form.elements.message;
      area.value = area.value ? `${lost.text}\n${area.value}` : lost.text;
    }
    tell(`${say(el, 'failed')} ${e.message}`);
  }

  // fetchRest reads a gap that is too long for the socket.
  async function fetchRest() {
    if (fetching) return;
    fetching = true;
    try {
      for (let after = seen, more = true; more;) {
        const answer = await fetch(`/api/v1/conversations/${encodeURIComponent(id)}/messages?after=${after}`);
        if (!answer.ok) return location.reload();
        const page = await answer.json();
        page.messages.forEach(show);
        ({ last: after, more } = page);
      }
    } catch {
      location.reload(); // the connection went; the page shows the newest
    } finally {
      fetching = false;
    }
  }

  function tell(text) {
    const note = el.querySelector('[data-note]');
    note.hidden = !text;
    note.querySelector('p').textContent = text;
    announce(text);
  }

  function toEnd() { log.scrollTop = log.scrollHeight; }
}

const time = new Intl.DateTimeFormat(document.documentElement.lang || 'nl', { hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZone: 'Europe/Amsterdam' });
const clock = (at) => time.format(new Date(at));

// newID is made by hand: randomUUID is only there over https.
const newID = () => [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, '0')).join('');
