// The one script a page names. It fetches only the modules the page asks for:
// <form data-do="readers"> imports ./readers.js and hands it the form.
import { start } from './lib.js';

start(document);
if (document.body.dataset.ws) import('./live.js');
