// A button or link with data-dialog="id" opens that <dialog>. Esc closes it and
// the focus goes back, both by the browser; so does a press on the backdrop.
// Without this script a link simply goes to its own page.
export default function dialog(opener) {
  const box = document.getElementById(opener.dataset.dialog);
  if (!box?.showModal) return;
  opener.setAttribute('aria-haspopup', 'dialog');
  opener.addEventListener('click', (event) => {
    event.preventDefault();
    box.showModal();
  });
  box.addEventListener('click', (event) => {
    if (event.target === box || event.target.closest('[data-close]')) box.close();
  });
}
