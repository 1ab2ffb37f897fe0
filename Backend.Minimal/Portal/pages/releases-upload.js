// Brings a build to the server: the image with its progress, then its signed manifest, which also says what the build is.

import { ApiError, address, headers } from '../core/api.js';
import { attempt, notice } from '../core/dialog.js';
import { h, newId } from '../core/dom.js';
import { form } from '../core/form.js';
import { bytes, percent } from '../core/format.js';
import { t } from '../core/text.js';

/** How long an upload may take, ms: 8 MB over a slow line. */
const limitMs = 600_000;

/** Bytes of a signed manifest, as docs/ota.md has it. */
const manifestBytes = 148;

/**
 * What a signed manifest says of its build; null = it is none.
 * @param {Uint8Array} file
 */
export function readManifest(file) {
  const text = (/** @type {number} */ at) => String.fromCharCode(...file.slice(at, at + 16)).replace(/\0.*$/s, '');
  if (file.length !== manifestBytes || text(0).slice(0, 4) !== 'JBMF') {
    return null;
  }
  const numbers = new DataView(file.buffer, file.byteOffset);
  return { hw: text(8), seq: numbers.getUint32(28, true), version: text(32), size: numbers.getUint32(48, true) };
}

/**
 * Sends bytes, or a form; fetch does not tell how far it is.
 * @param {string} method
 * @param {string} url
 * @param {Blob | FormData} body
 * @param {AbortSignal} signal
 * @param {(share: number) => void} [progress] From 0 to 1.
 * @returns {Promise<any>} What the server answers.
 */
export function send(method, url, body, signal, progress) {
  return new Promise((resolve, reject) => {
    const request = new window.XMLHttpRequest();
    request.open(method, url);
    request.timeout = limitMs;
    // Of a form the browser says the type itself, with what stands between the parts.
    const type = body instanceof FormData ? {} : { 'Content-Type': 'application/octet-stream' };
    for (const [name, value] of Object.entries({ ...headers(), ...type })) {
      request.setRequestHeader(name, value);
    }
    const stop = () => request.abort();
    signal.addEventListener('abort', stop);
    request.upload.onprogress = (event) => event.lengthComputable && progress?.(event.loaded / event.total);
    request.onloadend = () => {
      signal.removeEventListener('abort', stop);
      let answer = null;
      try {
        answer = JSON.parse(request.responseText);
      } catch {
        // Nothing, or not in our words, a proxy's page say: its number must do.
      }
      if (request.status >= 200 && request.status < 300) {
        resolve(answer);
      } else {
        reject(new ApiError(request.status, answer?.error ?? String(request.status)));
      }
    };
    request.send(body);
  });
}

/**
 * @param {string} label
 * @param {string} hint
 * @param {(file: Blob | null) => void} chosen
 */
function filePicker(label, hint, chosen) {
  const id = newId();
  const input = h('input', { id, type: 'file', 'aria-describedby': `${id}-hint`, onchange: () => chosen(input.files?.[0] ?? null) });
  return {
    input,
    el: h('div', { class: 'field' }, h('label', { for: id }, label), h('p', { class: 'hint', id: `${id}-hint` }, hint), input),
  };
}

/**
 * The form for a new build.
 * @param {import('../core/router.js').Context} context
 * @param {() => void} done
 */
export function uploadForm(context, done) {
  /** @type {Blob | null} */
  let image = null;
  /** @type {Blob | null} */
  let manifest = null;
  const bar = h('progress', { max: 1, value: 0, hidden: true, 'aria-label': t('upload.progress') });
  const words = h('p', { class: 'soft', role: 'status' });
  const show = (/** @type {number} */ share) => {
    bar.hidden = false;
    bar.value = share;
    words.textContent = t(share < 1 ? 'upload.sent' : 'upload.checked', { share: percent(share), size: bytes(image?.size) });
  };
  const imageField = filePicker(t('upload.image'), t('upload.imageHint'), (file) => {
    image = file;
  });
  const manifestField = filePicker(t('upload.manifest'), t('upload.manifestHint'), async (file) => {
    manifest = file;
    const said = file ? readManifest(new Uint8Array(await file.arrayBuffer())) : null;
    if (said) {
      upload.input('version').value = said.version;
      upload.input('hw').value = said.hw;
      upload.input('seq').value = String(said.seq);
    }
  });
  const upload = form({
    label: t('upload.title'),
    fields: [
      { name: 'version', label: t('upload.version'), required: true, max: 15 },
      { name: 'hw', label: t('upload.hw'), required: true, max: 15 },
      { name: 'seq', label: t('upload.seq'), hint: t('upload.seqHint'), type: 'number', required: true, min: 1, max: 2_147_483_647 },
      { name: 'notes', label: t('upload.notes'), max: 1000 },
    ],
    action: t('upload.do'),
    run: async (values) => {
      if (!image) {
        imageField.input.focus();
        throw new ApiError(400, t('upload.noImage'));
      }
      // Refused before anything is sent: an image without its manifest would stay behind.
      if (manifest && !readManifest(new Uint8Array(await manifest.arrayBuffer()))) {
        manifestField.input.focus();
        throw new ApiError(400, t('upload.noManifest'));
      }
      try {
        show(0);
        const { version, hw, seq, notes } = values;
        const build = await send('POST', address('/api/ota/firmware', { version, hw, seq, notes }), image, context.signal, show);
        if (manifest) {
          await send('PUT', `/api/ota/firmware/${build.id}/manifest`, manifest, context.signal);
        }
        notice(t(manifest ? 'upload.done' : 'upload.doneUnsigned', { version: values.version }));
        upload.set({ version: '', hw: '', seq: '', notes: '' });
        imageField.input.value = '';
        manifestField.input.value = '';
        image = null;
        manifest = null;
      } finally {
        bar.hidden = true;
        words.textContent = '';
        done();
      }
    },
  });
  upload.el.prepend(imageField.el, manifestField.el);
  upload.el.append(bar, words);
  context.guard(upload.isChanged);
  return h('details', { class: 'card' }, h('summary', null, t('upload.title')), upload.el);
}

/**
 * Brings the signed manifest of a build that is there without one.
 * @param {import('./releases-part.js').Schemas['BuildRow']} build
 * @param {() => void} done
 */
export function signForm(build, done) {
  const input = h('input', {
    type: 'file',
    onchange: async () => {
      const file = input.files?.[0];
      if (
        file &&
        (await attempt(button, () => send('PUT', `/api/ota/firmware/${build.id}/manifest`, file, new AbortController().signal)))
      ) {
        notice(t('upload.signed', { version: build.version }));
      }
      done();
    },
  });
  const button = h(
    'button',
    { type: 'button', class: 'button', data: { key: `sign-${build.id}` }, onclick: () => input.click() },
    t('upload.sign'),
  );
  return button;
}
