// Brings a package to the server: a file of up to 2 GB, with its progress, which can be stopped; where it is to go is said with it.

import { ApiError, headers } from '../core/api.js';
import { notice } from '../core/dialog.js';
import { announce, h } from '../core/dom.js';
import { form } from '../core/form.js';
import { bytes, duration, percent } from '../core/format.js';
import { t } from '../core/text.js';
import { secondsLeft } from './deployments-steps.js';
import { onTargets, targetChoice } from './deployments-targets.js';
import { isZip, versionOf } from './deployments-zip.js';

/** What the server takes at most, bytes. */
const mostBytes = 2 * 1024 ** 3;

/** A line that takes nothing for so long is taken for dead, ms. */
const stallMs = 60_000;

/** How long the server may look at what it has got, ms: 2 GB are inflated and hashed. */
const checkMs = 600_000;

/** Shares at which somebody who does not see the bar is told how far it is. */
const toldAt = [0.25, 0.5, 0.75];

/** Stopped by whoever sends. */
class Cancelled extends ApiError {}

/**
 * Sends a form; fetch does not tell how far it is.
 * @param {string} url
 * @param {FormData} body
 * @param {AbortSignal} signal Stops it.
 * @param {(sent: number, all: number) => void} progress Bytes; with all of them sent, the server is at them.
 * @returns {Promise<any>} What the server answers.
 */
function send(url, body, signal, progress) {
  return new Promise((resolve, reject) => {
    const request = new window.XMLHttpRequest();
    let timer = 0;
    let isDead = false;
    const watch = (/** @type {number} */ ms) => {
      clearTimeout(timer);
      timer = window.setTimeout(() => {
        isDead = true;
        request.abort();
      }, ms);
    };
    const stop = () => request.abort();
    request.open('POST', url);
    for (const [name, value] of Object.entries(headers())) {
      request.setRequestHeader(name, value);
    }
    request.upload.onprogress = (event) => {
      watch(event.loaded < event.total ? stallMs : checkMs);
      progress(event.loaded, event.total);
    };
    request.upload.onload = () => watch(checkMs);
    request.onloadend = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
      /** @type {any} */
      let answer = null;
      try {
        answer = JSON.parse(request.responseText);
      } catch {
        // Nothing, or not in our words, a proxy's page say: its number must do.
      }
      if (request.status >= 200 && request.status < 300) {
        resolve(answer);
      } else if (signal.aborted) {
        reject(new Cancelled(400, t('depUp.cancelled')));
      } else if (isDead) {
        reject(new ApiError(400, t('depUp.stalled')));
      } else {
        reject(inWords(request.status, answer?.error));
      }
    };
    signal.addEventListener('abort', stop);
    watch(stallMs);
    request.send(body);
  });
}

/**
 * What an upload was refused for. That there is no room is no fault of the server's for a moment: it says what to delete.
 * @param {number} status
 * @param {string | undefined} error
 */
function inWords(status, error) {
  return error !== undefined && (status === 507 || status === 413)
    ? new ApiError(400, error.startsWith('file: ') ? error : `file: ${error}`)
    : status === 413
      ? new ApiError(400, `file: ${t('depUp.tooLarge', { size: bytes(mostBytes) })}`)
      : new ApiError(status, error ?? String(status));
}

/**
 * The form for a new package.
 * @param {import('../core/router.js').Context} context
 * @param {import('./deployments-targets.js').Known} known
 * @param {() => void} done
 */
export function uploadForm(context, known, done) {
  const bar = h('progress', { class: 'dep-bar', max: 1, value: 0, 'aria-label': t('depUp.progress') });
  const words = h('p', { class: 'soft', 'data-test': 'upload-words' });
  const cancel = h('button', { type: 'button', class: 'button', onclick: () => sending?.abort() }, t('depUp.cancel'));
  const state = h('div', { class: 'stack', hidden: true }, bar, words, h('div', { class: 'actions start' }, cancel));
  /** @type {AbortController | null} */
  let sending = null;
  let begun = 0;
  let told = 0;

  const show = (/** @type {number} */ sent, /** @type {number} */ all) => {
    const share = all === 0 ? 0 : sent / all;
    bar.value = share;
    const left = secondsLeft(sent, all, performance.now() - begun);
    words.textContent =
      share < 1
        ? t('depUp.sent', { share: percent(share), sent: bytes(sent), size: bytes(all) }) +
          (left === null ? '' : ` ${t('depUp.left', { span: duration(left) })}`)
        : t('depUp.checked', { size: bytes(all) });
    if (share === 1 && told <= toldAt.length) {
      told = toldAt.length + 1;
      announce(words.textContent);
    } else if (told < toldAt.length && share >= toldAt[told]) {
      told = toldAt.filter((one) => one <= share).length;
      announce(words.textContent);
    }
  };

  const choice = targetChoice(known, { mayStore: true, mayAll: true });
  const upload = form({
    label: t('depUp.title'),
    fields: [
      { name: 'file', label: t('depUp.file'), hint: t('depUp.fileHint'), type: 'file', required: true },
      { name: 'version', label: t('depUp.version'), hint: t('depUp.versionHint'), required: true, max: 40 },
      ...choice.fields,
    ],
    action: t('depUp.do'),
    changed: () => choice.arrange(),
    run: async (values) => {
      const file = upload.input('file').files?.[0];
      if (!file) {
        throw new ApiError(400, `file: ${t('form.required')}`);
      }
      // Refused before anything is sent: 2 GB to be told that it is a picture is a long way.
      if (file.size > mostBytes) {
        throw new ApiError(400, `file: ${t('depUp.tooLarge', { size: bytes(mostBytes) })}`);
      }
      if (!(await isZip(file))) {
        throw new ApiError(400, `file: ${t('depUp.noZip')}`);
      }
      const targets = choice.body(values);
      const body = new FormData();
      // Before the file: the server reads them in their order, and refuses what is wrong before it has taken 2 GB.
      body.append('version', values.version);
      body.append('targets', targets === 'none' ? targets : JSON.stringify(targets));
      body.append('file', file, file.name);
      sending = new AbortController();
      const stop = () => sending?.abort();
      context.later(stop);
      begun = performance.now();
      told = 0;
      state.hidden = false;
      show(0, file.size);
      cancel.disabled = false;
      try {
        const answer = await send('/api/deployments/upload', body, sending.signal, show).catch(onTargets);
        const isTold = targets !== 'none' && answer.published;
        notice(
          t(isTold ? 'depUp.done' : 'depUp.stored', { version: answer.version }) + (answer.publishError ? ` ${answer.publishError}` : ''),
          {
            bad: Boolean(answer.publishError),
          },
        );
        upload.set({ file: '', version: '' });
      } catch (fault) {
        announce(fault instanceof ApiError ? fault.message : '');
        throw fault;
      } finally {
        sending = null;
        state.hidden = true;
        done();
      }
    },
  });
  choice.place(upload);
  upload.el.append(state);
  const picker = upload.input('file');
  picker.setAttribute('accept', '.zip,application/zip');
  const version = upload.input('version');
  // Whoever writes a version while the package is looked into means it.
  let isWritten = false;
  version.addEventListener('input', () => (isWritten = true));
  picker.addEventListener('change', async () => {
    isWritten = false;
    const file = picker.files?.[0];
    const found = file ? await versionOf(file) : null;
    if (found !== null && !isWritten && picker.files?.[0] === file) {
      version.value = found;
      choice.arrange();
    }
  });
  context.guard(() => sending !== null || upload.isChanged());
  return h('details', { class: 'card' }, h('summary', null, t('depUp.title')), upload.el);
}
