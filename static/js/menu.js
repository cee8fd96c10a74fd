// A <details> that is a menu: Esc, a press elsewhere, or leaving it closes it.
export default function menu(el) {
  el.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || !el.open) return;
    el.open = false;
    el.querySelector('summary').focus();
  });
  document.addEventListener('click', (event) => { if (!el.contains(event.target)) el.open = false; });
  el.addEventListener('focusout', (event) => { if (event.relatedTarget && !el.contains(event.relatedTarget)) el.open = false; });
}
