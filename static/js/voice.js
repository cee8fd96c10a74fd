// A button that records a voice, as a file of the upload around it. Without a
// microphone, or a browser that records, it stays hidden: there is a file to
// choose. What was recorded is heard by nobody before it is sent.
import { announce, say } from './lib.js';

export default function voice(button) {
  const types = ['audio/webm;codecs=opus', 'audio/mp4', 'audio/ogg;codecs=opus'];
  const type = window.MediaRecorder && navigator.mediaDevices && types.find((t) => MediaRecorder.isTypeSupported(t));
  if (!type) return;
  const box = button.closest('[data-url]');
  const note = box.querySelector('[data-voice]');
  let recorder;
  button.hidden = false;

  button.addEventListener('click', async () => {
    if (recorder) return recorder.stop();
    let stream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    } catch {
      return tell(say(button, 'refused'));
    }
    const pieces = [];
    recorder = new MediaRecorder(stream, { mimeType: type });
    recorder.ondataavailable = (event) => pieces.push(event.data);
    recorder.onstop = () => {
      for (const track of stream.getTracks()) track.stop();
      recorder = undefined;
      show(false);
      if (pieces.some((p) => p.size)) take(new Blob(pieces, { type }));
    };
    recorder.start();
    show(true);
  });
  addEventListener('pagehide', () => recorder?.stop());

  function take(blob) {
    const ending = type.includes('mp4') ? 'm4a' : type.includes('ogg') ? 'ogg' : 'webm';
    const files = new DataTransfer();
    files.items.add(new File([blob], `${say(button, 'name')}.${ending}`, { type: blob.type }));
    const input = box.querySelector('input[multiple]');
    input.files = files.files;
    input.dispatchEvent(new Event('change'));
  }

  function show(on) {
    button.setAttribute('aria-pressed', on);
    button.querySelector('span').textContent = say(button, on ? 'stop' : 'start');
    box.toggleAttribute('data-recording', on);
    tell(on ? say(button, 'on') : '');
  }

  function tell(text) {
    note.hidden = !text;
    note.textContent = text;
    announce(text);
  }
}
