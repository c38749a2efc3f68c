// The keys that tokens are signed with. The current secret signs; the previous one still verifies, so that a
// rotation signs nobody out.

import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';

export interface Keyring {
  /** The one key that signs, and its name in a token's header. */
  readonly current: { readonly kid: string; readonly key: KeyObject };
  /** Every key, the current one first. */
  readonly keys: readonly KeyObject[];
  /** The key of that name; undefined when this keyring has none. */
  find(kid: string): KeyObject | undefined;
}

/**
 * Makes the HS256 keys of a server; a secret's key is its UTF-8 bytes. A key's name is derived from its secret, so
 * that all nodes agree on it, and tells nothing of it.
 *
 * @param secret the secret that signs and verifies
 * @param previous the one before it, which only verifies; null when there is none
 */
export function createKeyring(secret: string, previous: string | null): Keyring {
  const current = createNamedKey(secret);
  const keys = new Map([[current.kid, current.key]]);
  if (previous !== null) {
    const { kid, key } = createNamedKey(previous);
    keys.set(kid, key);
  }
  return { current, keys: [...keys.values()], find: (kid) => keys.get(kid) };
}

function createNamedKey(secret: string): { readonly kid: string; readonly key: KeyObject } {
  // A KeyObject is made once: given a string, every verification would make it anew, at five times the cost.
  const key = createSecretKey(secret, 'utf8');
  const kid = createHmac('sha256', key).update('kid').digest('base64url').slice(0, 16);
  return { kid, key };
}
