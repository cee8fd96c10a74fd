// "Who can see this?": when another audience is chosen, the server is asked for
// the sentence that names the readers. Only the server knows the rule; this
// page knows no names it was not told.
//
// The form: data-do="readers" data-readers-url="/werk/lezers", choices named
// audience and class_guardians, and an element with data-readers (aria-live).
import { replace } from './lib.js';

const asked = ['audience', 'class_guardians', 'depicted'];

export default function readers(form) {
  const place = form.querySelector('[data-readers]');
  let latest = 0;

  async function update() {
    const mine = ++latest;
    const query = new URLSearchParams();
    for (const [name, value] of new FormData(form)) if (asked.includes(name)) query.append(name, value);
    place.setAttribute('aria-busy', 'true');
    const holder = place.cloneNode(false);
    try {
      await replace(holder, `${form.dataset.readersUrl}?${query}`);
      if (mine !== latest) return; // an older answer overtaken by a newer choice
      place.replaceChildren(...holder.childNodes);
    } catch {
      if (mine !== latest) return;
      place.textContent = form.dataset.msgReaders || ''; // never leave names of another choice
    } finally {
      if (mine === latest) place.removeAttribute('aria-busy');
    }
  }

  form.addEventListener('change', (event) => { if (asked.includes(event.target.name)) update(); });
  // After "back" the browser restores the choice, but not the sentence.
  addEventListener('pageshow', () => {
    if ([...form.elements].some((el) => asked.includes(el.name) && el.checked !== el.defaultChecked)) update();
  });
}
