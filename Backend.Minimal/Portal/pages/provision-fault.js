// What goes wrong at the bench, as something to read: each says what to do.

import { ApiError } from '../core/api.js';
import { reason } from '../core/states.js';
import { t } from '../core/text.js';

export class Fault extends Error {
  /**
   * @param {string} name Its text is `wz.fault_NAME`.
   * @param {Record<string, string | number>} [values] For the text.
   */
  constructor(name, values = {}) {
    super(name);
    this.name = 'Fault';
    this.key = name;
    this.values = values;
  }
}

/**
 * What happened and what to do, in words.
 * @param {unknown} fault
 */
export function words(fault) {
  if (fault instanceof Fault) {
    return t(`wz.fault_${fault.key}`, fault.values);
  }
  if (fault instanceof ApiError) {
    return t(fault.status === 0 ? 'wz.fault_serverAway' : fault.status === 401 ? 'wz.fault_signedOut' : 'wz.fault_refused', {
      reason: reason(fault),
    });
  }
  console.error(fault);
  return t('wz.fault_unknown', { reason: fault instanceof Error ? fault.message : String(fault) });
}
