// The work of a thread of the pool, one password at a time. In JavaScript, since a thread begins with this very file: in
// src/ while the program is worked on, in dist/ once it is built.

import { hashSync, verifySync } from '@node-rs/argon2';

/** @param {{ readonly password: string, readonly cost: import('@node-rs/argon2').Options }} task */
export function hash({ password, cost }) {
  return hashSync(password, cost);
}

/**
 * Null where the hash cannot be read: what is thrown to the caller then is a failure of the thread.
 *
 * @param {{ readonly stored: string, readonly password: string }} task
 */
export function verify({ stored, password }) {
  try {
    return verifySync(stored, password);
  } catch {
    return null;
  }
}
