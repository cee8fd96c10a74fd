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
  on('edit', stale);
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
  const pending = new Map(); // our id of a message: { words, bubble }
  let seen = Number(el.dataset.seen);
  let fetching;

  const asked = location.hash.startsWith('#m') && document.getElementById(location.hash.slice(1));
  if (asked) asked.scrollIntoView({ block: 'center' }); else toEnd();
  if (!('newest' in el.dataset)) return; // a page of the past does not grow

  const greet = () => send({ t: 'hello', v: 1, seen: { [id]: seen } });
  on('open', () => {
    greet();
    tell('');
    for (const [key, { words }] of pending) send({ t: 'say', conversation: id, client_id: key, ...words });
  });
  on('closed', () => { if (pending.size) tell(say(el, 'offline')); });
  on('message', (m) => { if (m.conversation === id) show(m); });
  on('edit', (m) => { if (m.conversation === id) change(m); });
  on('draft', (d) => { if (d.conversation === id) kept(d); });
  on('resume', (r) => { if (r.conversation === id && r.long) fetchRest(); });
  on('error', (e) => {
    if (e.conversation !== id) return;
    if (e.kind === 'not_found') { pending.clear(); return location.reload(); }
    if (pending.has(e.client_id)) failed(e); else tell(e.message);
  });
  greet();

  form.addEventListener('submit', (event) => {
    if (event.defaultPrevented || form.elements.later?.value) return; // files on their way; or for later: a form as any
    const area = form.elements.message;
    const uploads = [...form.querySelectorAll('input[name=upload]')].filter((x) => x.type === 'hidden' || x.checked);
    const words = { text: area.value.trim(), reply: Number(form.elements.reply.value) || 0, uploads: uploads.map((x) => x.value), urgent: !!form.elements.urgent?.checked };
    if (!words.text && !uploads.length) { event.preventDefault(); return area.focus(); }
    const key = newID();
    if (!send({ t: 'say', conversation: id, client_id: key, ...words })) return;
    event.preventDefault();
    const bubble = add();
    bubble.classList.add('bubble-wait');
    const files = uploads.map((x) => ({ name: x.closest('.upload').querySelector('.upload-name').textContent }));
    fill(bubble, { from: me, text: words.text, files, urgent: words.urgent }, say(el, 'waiting'));
    toEnd();
    pending.set(key, { words, bubble });
    busy();
    clearTimeout(writing);
    area.defaultValue = '';
    answer();
    for (const x of uploads) if (x.type === 'checkbox') x.closest('.upload').remove();
    form.reset();
    form.querySelectorAll('details').forEach((x) => { x.open = false; });
    kept();
    area.focus();
  });
  addEventListener('beforeunload', (event) => { if (pending.size) event.preventDefault(); });
  form.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  });

  // What is being written is kept by the school, two seconds after the last key
  // and when the page is left: nothing stays in this browser.
  let writing;
  const draft = () => ({ text: form.elements.message.value, reply: Number(form.elements.reply.value) || 0 });
  function keep() {
    if (!send({ t: 'draft', conversation: id, ...draft() })) put(false);
  }
  function put(keepalive) {
    fetch(`/api/v1/conversations/${encodeURIComponent(id)}/draft`, { method: 'PUT', keepalive, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(draft()) })
      .then((got) => got.ok && got.json()).then((d) => d && kept(d)).catch(() => {});
  }
  form.elements.message.addEventListener('input', () => {
    clearTimeout(writing);
    writing = setTimeout(() => { writing = undefined; keep(); }, 2000);
  });
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') return read();
    if (writing === undefined) return;
    clearTimeout(writing);
    writing = undefined;
    put(true);
  });
  function kept(d) {
    el.querySelector('[data-kept]').textContent = d?.at && form.elements.message.value.trim() ? say(el, 'kept', { clock: clock(d.at) }) : '';
  }

  // answer makes what is being written an answer to a bubble, or to none.
  function answer(bubble) {
    const box = form.querySelector('[data-answering]');
    box.hidden = !bubble;
    form.elements.reply.value = bubble ? bubble.id.slice(1) : '';
    if (!bubble) return;
    box.querySelector('strong').textContent = bubble.querySelector('.bubble-name').textContent.split(' · ')[0];
    box.querySelector('.bubble-quote span').textContent = words(bubble);
    form.elements.message.focus();
  }
  el.addEventListener('click', (event) => {
    const link = event.target.closest('a');
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (link.matches('[data-alone]')) { event.preventDefault(); answer(); form.elements.message.focus(); }
    if (link.matches('.bubble-do a') && link.search.startsWith('?antwoord=')) { event.preventDefault(); answer(link.closest('.bubble')); }
  });

  // words is the beginning of what a bubble says, on one line.
  const words = (bubble) => (bubble?.querySelector('.bubble-text')?.innerText || say(el, 'file')).replace(/\s+/g, ' ').trim().slice(0, 120);

  // read tells how far was read, when somebody looks: not at each message, for
  // where many talk that would be a write of the school for each of them.
  let told = seen;
  let telling;
  function read() {
    telling ??= setTimeout(() => {
      telling = undefined;
      if (document.visibilityState === 'visible' && seen > told && send({ t: 'read', conversation: id, seq: seen })) told = seen;
    }, 2000 + 2000 * Math.random());
  }

  // show puts a message in its place. Numbers say the order; one that is there
  // already is not shown again, one that waited waits no longer.
  function show(m) {
    if (m.of) return change(m);
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
    read();
  }

  // change shows a message as it has become, and what answers it.
  function change(m) {
    seen = Math.max(seen, m.seq);
    const old = list.querySelector(`#m${m.of}`);
    if (old) {
      const bubble = blank();
      bubble.id = old.id;
      fill(bubble, { ...m, seq: m.of }, clock(m.at));
      old.replaceWith(bubble);
    }
    for (const quote of list.querySelectorAll('.bubble-quote')) {
      if (quote.querySelector('a').hash === `#m${m.of}`) quote.querySelector('span').textContent = m.withdrawn ? say(el, 'gone') : old ? words(list.querySelector(`#m${m.of}`)) : m.text.slice(0, 120);
    }
    read();
  }

  // number is a bubble's place; one that still waits comes after all.
  const number = (bubble) => Number(bubble.id.slice(1)) || Infinity;

  function blank() {
    return document.importNode(el.querySelector('template').content, true).firstElementChild;
  }

  function add() {
    const bubble = blank();
    list.append(bubble);
    return bubble;
  }

  // fill makes a bubble like the server's own (parts/bubble.html): of a message
  // as it is, whatever was in the bubble while it waited.
  function fill(bubble, m, when) {
    const fresh = blank();
    const part = (name) => fresh.querySelector(`.bubble-${name}`);
    const who = m.from === me ? say(el, 'you') : m.name;
    const path = `/gesprekken/${encodeURIComponent(id)}`;
    bubble.classList.toggle('bubble-me', m.from === me);
    part('name').textContent = `${who} · ${when}`;
    if (!m.urgent) part('urgent').remove();
    if (m.reply) {
      const here = list.querySelector(`#m${m.reply.seq}`);
      const link = part('quote').querySelector('a');
      link.href = here ? `#m${m.reply.seq}` : `${path}?voor=${m.reply.seq + 1}#m${m.reply.seq}`;
      link.textContent = m.reply.from === me ? say(el, 'you') : m.reply.name;
      part('quote').querySelector('span').textContent = m.reply.withdrawn ? say(el, 'gone') : m.reply.text || say(el, 'file');
    } else part('quote').remove();
    if (m.body) {
      part('text').classList.add('bubble-rich');
      part('text').append(...m.body.map((s) => piece(s, m.works || {})));
    } else if (m.text) part('text').textContent = m.text;
    else part('text').remove();
    if (m.files?.length) part('files').append(...m.files.map((f) => file(f, m.seq && `${path}/bericht/${m.seq}`)));
    else part('files').remove();
    const note = m.withdrawn ? say(el, 'withdrawn') : m.edited ? say(el, 'edited', { clock: clock(m.edited) }) : '';
    if (note) part('note').textContent = note; else part('note').remove();
    const [answerLink, editLink] = part('do').children;
    answerLink.href = `${path}?antwoord=${m.seq}#message`;
    answerLink.lastElementChild.textContent = `: ${who}, ${when}`;
    editLink.href = `${path}/bericht/${m.seq}`;
    editLink.lastElementChild.textContent = `: ${when}`;
    const left = m.at ? Date.parse(m.at) + editTime - Date.now() : 0;
    if (m.from === me && left > 0) setTimeout(() => editLink.remove(), left); else editLink.remove();
    if (m.withdrawn || !m.seq) part('do').remove();
    bubble.replaceChildren(...fresh.childNodes);
  }

  // piece is a piece of a message as an element. Only what is named here is made.
  function piece(s, works) {
    if (s.el === 'work' && works[s.id] === undefined) return document.createTextNode(say(el, 'work'));
    if (!elements.includes(s.el)) return document.createTextNode(s.text || '');
    const made = document.createElement(s.el === 'work' ? 'a' : s.el);
    if (s.el === 'work') {
      made.href = `/werk/${encodeURIComponent(s.id)}`;
      made.textContent = works[s.id];
    } else if (s.el === 'a' && /^(https?|mailto):/i.test(s.href || '')) {
      Object.assign(made, { href: s.href, rel: 'nofollow noreferrer noopener', target: '_blank' });
    }
    made.append(...(s.in || []).map((x) => piece(x, works)));
    return made;
  }

  // file is a file of a message: a photo, a sound, or a link. One that is on its
  // way has only a name.
  function file(f, path) {
    const row = document.createElement('li');
    if (!path) { row.textContent = f.name; return row; }
    const link = document.createElement('a');
    link.href = `${path}/bestand/${encodeURIComponent(f.id)}`;
    Object.assign(link, { target: '_blank', rel: 'noopener', className: 'bubble-file', textContent: f.name });
    if (f.thumb) {
      const image = new Image();
      Object.assign(image, { src: `${path}/klein/${encodeURIComponent(f.id)}`, alt: say(el, 'photo', { name: f.name }) });
      image.addEventListener('load', () => { if (log.scrollHeight - log.scrollTop - log.clientHeight < 320) toEnd(); });
      link.className = 'bubble-photo';
      link.replaceChildren(image);
    } else if (f.type.startsWith('audio/')) {
      const sound = new Audio();
      Object.assign(sound, { controls: true, preload: 'none', src: link.href });
      sound.setAttribute('aria-label', f.name);
      row.append(sound);
    }
    row.append(link);
    return row;
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
      area.value = area.value ? `${lost.words.text}\n${area.value}` : lost.words.text;
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

const elements = ['p', 'br', 'strong', 'em', 'ul', 'ol', 'li', 'a', 'work'];
const editTime = 10 * 60000; // ms; what counts is the school's clock

const time = new Intl.DateTimeFormat(document.documentElement.lang || 'nl', { hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZone: 'Europe/Amsterdam' });
const clock = (at) => time.format(new Date(at));

// newID is made by hand: randomUUID is only there over https.
const newID = () => [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, '0')).join('');
