// Brings firmware for devices to the server: the image, what a new chip needs besides, and what it is.

import { notice } from '../core/dialog.js';
import { ApiError } from '../core/api.js';
import { h } from '../core/dom.js';
import { form } from '../core/form.js';
import { bytes, percent } from '../core/format.js';
import { t } from '../core/text.js';
import { send } from './releases-upload.js';

/** The fields that are files. */
const files = ['file', 'bootloader', 'partitions'];

/** Letters, digits, blank, dot, underscore and hyphen, as the server takes a product's name. */
const productChars = 40;

/**
 * The form for a new release.
 * @param {import('../core/router.js').Context} context
 * @param {import('./releases-part.js').Schemas['PlatformRow'][]} platforms
 * @param {() => void} done
 */
export function firmwareForm(context, platforms, done) {
  const bar = h('progress', { max: 1, value: 0, hidden: true, 'aria-label': t('upload.progress') });
  const words = h('p', { class: 'soft', role: 'status' });
  const show = (/** @type {number} */ share, /** @type {number} */ size) => {
    bar.hidden = false;
    bar.value = share;
    words.textContent = t(share < 1 ? 'upload.sent' : 'upload.checked', { share: percent(share), size: bytes(size) });
  };
  const field = (/** @type {string} */ name) => ({ name, label: t(`fwUp.${name}`), hint: t(`fwUp.${name}Hint`) });
  const upload = form({
    label: t('fwUp.title'),
    fields: [
      { ...field('file'), type: 'file', required: true },
      { ...field('bootloader'), type: 'file' },
      { ...field('partitions'), type: 'file' },
      { ...field('product'), required: true, max: productChars },
      {
        ...field('platform'),
        type: 'select',
        options: platforms.map((one) => [one.name, `${one.name} (${one.chip_family})`]),
      },
      { ...field('version'), required: true, max: 40 },
      { name: 'description', label: t('upload.notes'), type: 'textarea', max: 1000 },
    ],
    action: t('fwUp.do'),
    run: async (values) => {
      const body = new FormData();
      let size = 0;
      for (const [name, value] of Object.entries(values)) {
        const file = files.includes(name) ? upload.input(name).files?.[0] : undefined;
        if (file) {
          body.append(name, file);
          size += file.size;
        } else if (value && !files.includes(name)) {
          body.append(name, value);
        }
      }
      try {
        show(0, size);
        const answer = await send('POST', '/api/upload', body, context.signal, (share) => show(share, size)).catch(onField);
        notice(t('fwUp.done', { version: answer.version_info.version, platform: answer.version_info.platform }));
        upload.set({ file: '', bootloader: '', partitions: '', version: '', description: '' });
      } finally {
        bar.hidden = true;
        words.textContent = '';
        done();
      }
    },
  });
  upload.el.append(bar, words);
  context.guard(upload.isChanged);
  return h('details', { class: 'card' }, h('summary', null, t('fwUp.title')), upload.el);
}

/**
 * A refusal whose number is another than 400 names its field all the same, or is about the version.
 * @param {unknown} fault
 * @returns {never}
 */
function onField(fault) {
  if (!(fault instanceof ApiError)) {
    throw fault;
  }
  const isVersion = fault.status === 409 || /^Version downgrade/.test(fault.message);
  throw isVersion
    ? new ApiError(400, `version: ${fault.message}`)
    : fault.status === 413 && /^[a-z]+: /.test(fault.message)
      ? new ApiError(400, fault.message)
      : fault;
}
