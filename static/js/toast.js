// The region of toasts. The server writes a toast into the page; this makes it
// float, says it to screen readers, and takes it away after a while, but not
// while somebody points at it or has the focus in it. What a toast undoes can
// always be undone elsewhere too (the bin), so its end loses nothing.
import { announce } from './lib.js';

const stay = 20000; // ms

export default function toasts(region) {
  region.classList.add('toasts-float');
  for (const toast of region.querySelectorAll('.toast')) mind(toast);
}

function mind(toast) {
  let timer;
  const close = () => toast.remove();
  const wait = () => { clearTimeout(timer); timer = setTimeout(() => (held() ? wait() : close()), stay); };
  const held = () => toast.matches(':hover') || toast.contains(document.activeElement);
  toast.addEventListener('pointerleave', wait);
  toast.addEventListener('focusout', wait);
  toast.addEventListener('keydown', (event) => { if (event.key === 'Escape') close(); });
  toast.querySelector('[data-close]')?.addEventListener('click', close);
  announce(toast.querySelector('p')?.textContent);
  wait();
}
