// Ticking all that a list shows: the box named "all" of a group ticks and
// unticks the others in it, and is ticked while they all are. Without this the
// server does it.
export default function pick(form) {
  form.addEventListener('change', ({ target }) => {
    const group = target.closest('[role=group]');
    const all = group?.querySelector('input[name=all]');
    if (!all) return;
    const works = [...group.querySelectorAll('input[name=work]')];
    if (target === all) for (const work of works) work.checked = all.checked;
    else all.checked = works.every((work) => work.checked);
  });
}
