// The keys of a node, one for each use, derived from its secrets by HKDF-SHA-256 (RFC 5869): a key that one use reveals
// opens nothing else. JWT_SECRET gives those of tokens, DATA_KEY the one of what is sealed in the
// database. The current secret signs and seals. The previous one only verifies and opens, so that a rotation ends no session.

import { createHmac, createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';

import { type Config } from '../config/index.js';
import { storedSecret } from '../config/localSecret.js';

/** The label of each use (RFC 5869 section 3.2, `info`). What a key has made is lost when its label changes. */
const labels = {
  sessionTokens: 'hufu: session tokens',
  linkTokens: 'hufu: link tokens',
  mailedCodes: 'hufu: mailed codes',
  rateLimits: 'hufu: key of the rate limits',
} as const;

/** The keys of one use. */
export interface Keys {
  /** The one key that signs and seals, with its name in a token's header. */
  readonly current: { readonly kid: string; readonly key: KeyObject };
  /** Every key, the current one first. */
  readonly all: readonly KeyObject[];
  /** The key of that name; undefined when there is none. */
  find(kid: string): KeyObject | undefined;
}

export type Keyring = Readonly<Record<keyof typeof labels, Keys>>;

/**
 * Derives the keys of a node from its secrets, as UTF-8. A key's name is derived from the key, so that all nodes agree
 * on it, and reveals nothing of it.
 *
 * @param previous the secret that only verifies and opens; null when there is none
 */
export function createKeyring(secret: string, previous: string | null): Keyring {
  return {
    sessionTokens: deriveKeys(secret, previous, labels.sessionTokens),
    linkTokens: deriveKeys(secret, previous, labels.linkTokens),
    mailedCodes: deriveKeys(secret, previous, labels.mailedCodes),
    rateLimits: deriveKeys(secret, previous, labels.rateLimits),
  };
}

/** Derives the keys that seal secrets in the database, from DATA_KEY. */
export function createDataKeys(dataKey: string, previous: string | null): Keys {
  return deriveKeys(dataKey, previous, 'hufu: sealed data');
}

/** Derives the keys that seal secrets in the database; null where the operator has to set one first. */
export function dataKeysOf({
  environment,
  database,
  tokens,
}: Pick<Config, 'environment' | 'database' | 'tokens'>): Keys | null {
  const isLocal = database.url === null && environment !== 'production';
  const dataKey = tokens.dataKey ?? (isLocal ? storedSecret(database.dataDir, 'data-key') : null);
  return dataKey === null ? null : createDataKeys(dataKey, tokens.previousDataKey);
}

function deriveKeys(secret: string, previous: string | null, label: string): Keys {
  const current = deriveKey(secret, label);
  const named = previous === null ? [current] : [current, deriveKey(previous, label)];
  const byName = new Map(named.map(({ kid, key }) => [kid, key]));
  return { current, all: [...byName.values()], find: (kid) => byName.get(kid) };
}

function deriveKey(secret: string, label: string): Keys['current'] {
  // A KeyObject is made once: making it from bytes for every verification costs five times as much.
  const key = createSecretKey(Buffer.from(hkdfSync('sha256', secret, '', label, 32)));
  const kid = createHmac('sha256', key).update('kid').digest('base64url').slice(0, 16);
  return { kid, key };
}
