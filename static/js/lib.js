// What the modules share. No text lives here: sentences come from the server
// as data-msg-* attributes. No HTML strings either: the pages forbid them
// (Trusted Types), so the browser's own parser reads fragments.

// start runs the module of every data-do in root. A module's default export
// gets the element; it runs once per element.
export function start(root) {
  const found = [...root.querySelectorAll('[data-do]')];
  if (root.matches?.('[data-do]')) found.unshift(root);
  for (const el of found) {
    if (el.dataset.started) continue;
    el.dataset.started = 'yes';
    for (const name of el.dataset.do.split(' ')) {
      if (/^[a-z]+$/.test(name)) import(`./${name}.js`).then((module) => module.default(el));
    }
  }
}

// say is the element's sentence with its {holes} filled: say(el, 'left',
// {time: '8 seconden'}) reads data-msg-left.
export function say(el, key, values = {}) {
  const text = el.dataset['msg' + key[0].toUpperCase() + key.slice(1)] || '';
  return text.replace(/\{(\w+)\}/g, (hole, name) => values[name] ?? hole);
}

// announce tells screen readers, politely. The region is emptied first, so that
// the same sentence twice is told twice.
export function announce(text) {
  const region = document.getElementById('announce');
  if (!region || !text) return;
  region.textContent = '';
  setTimeout(() => { region.textContent = text; }, 60);
}

// fragment fetches a piece of page and returns its elements, ready to insert;
// scripts in it are inert. It rejects with the status when that is not 2xx.
export function fragment(url) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('GET', url);
    request.responseType = 'document';
    request.setRequestHeader('X-Fragment', '1');
    request.onload = () => {
      if (request.status < 200 || request.status > 299 || !request.response) return reject(request.status);
      resolve([...request.response.body.children].map((el) => document.importNode(el, true)));
    };
    request.onerror = () => reject(0);
    request.send();
  });
}

// replace puts a fragment in the place of what el holds, and starts it.
export async function replace(el, url) {
  const parts = await fragment(url);
  el.replaceChildren(...parts);
  start(el);
}

// bytes and duration are a size and a time in the page's language.
const lang = document.documentElement.lang || 'nl';

export function bytes(n) {
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte'];
  let i = 0;
  while (n >= 1000 && i < units.length - 1) { n /= 1000; i++; }
  return new Intl.NumberFormat(lang, { style: 'unit', unit: units[i], unitDisplay: i ? 'short' : 'long', maximumFractionDigits: i > 1 ? 1 : 0 }).format(n);
}

export function duration(seconds) {
  const [n, unit] = seconds < 90 ? [Math.max(1, Math.round(seconds)), 'second'] : [Math.round(seconds / 60), 'minute'];
  return new Intl.NumberFormat(lang, { style: 'unit', unit, unitDisplay: 'long' }).format(n);
}

// sleep waits with a little chance in it, so that a class of thirty does not
// come back in the same instant; it wakes early when the network returns.
export function sleep(ms) {
  return new Promise((done) => {
    const wake = () => { clearTimeout(timer); removeEventListener('online', wake); done(); };
    const timer = setTimeout(wake, ms * (0.5 + Math.random()));
    addEventListener('online', wake);
  });
}
