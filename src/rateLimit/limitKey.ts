// The key under which accounts and networks are written in the tables of the limits. It is random, made once and kept in
// the database, sealed under the signing secret: a rotation of that secret seals it again and changes no count.

import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject, randomBytes } from 'node:crypto';

import { sql, type SQLWrapper } from 'drizzle-orm';

import { type CounterStore, rowsOf } from './counters.js';

export interface LimitKeyParts {
  /** The table of sealed keys: `name`, `sealed`. */
  readonly table: SQLWrapper;
  readonly store: CounterStore;
  /** The keys that seal it, of 32 bytes each, the current one first. */
  readonly sealingKeys: readonly KeyObject[];
  /** Called where none of the keys opens the stored key, which is then replaced. */
  readonly onReplaced: () => void;
}

const name = 'rate limits';
const nonceBytes = 12;
const tagBytes = 16;

/** Gives the key; read from the database once. Rejects while that cannot be reached, and tries again when asked again. */
export function createLimitKey(parts: LimitKeyParts): () => Promise<KeyObject> {
  let loading: Promise<KeyObject> | null = null;
  return () =>
    (loading ??= load(parts).catch((error: unknown) => {
      loading = null;
      throw error;
    }));
}

async function load({ table, store, sealingKeys, onReplaced }: LimitKeyParts): Promise<KeyObject> {
  const [current] = sealingKeys;
  if (current === undefined) throw new Error('no key seals the key of the limits');
  const fresh = randomBytes(32);
  return store.read(async (db) => {
    for (;;) {
      const [row] = rowsOf(await db.execute(sql`select sealed from ${table} where name = ${name}`));
      const stored = (row as { readonly sealed: string } | undefined)?.sealed;
      if (stored === undefined) {
        await db.execute(
          sql`insert into ${table} (name, sealed) values (${name}, ${seal(current, fresh)}) on conflict (name) do nothing`,
        );
        continue;
      }
      const replace = (key: Uint8Array) =>
        db.execute(
          sql`update ${table} set sealed = ${seal(current, key)} where name = ${name} and sealed = ${stored}`,
        );
      const own = open(current, stored);
      if (own !== null) return createSecretKey(own);
      const [opened] = sealingKeys.map((key) => open(key, stored)).filter((key) => key !== null);
      if (opened !== undefined) {
        // Only the first step of a rotation is over: the other nodes open both.
        await replace(opened);
        return createSecretKey(opened);
      }
      onReplaced();
      await replace(fresh);
    }
  });
}

/** AES-256-GCM, bound to the name of the row: nonce, tag and ciphertext in base64url. */
function seal(sealingKey: KeyObject, key: Uint8Array): string {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv('aes-256-gcm', sealingKey, nonce).setAAD(Buffer.from(name));
  const sealed = Buffer.concat([cipher.update(key), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64url');
}

function open(sealingKey: KeyObject, text: string): Buffer | null {
  const sealed = Buffer.from(text, 'base64url');
  try {
    const decipher = createDecipheriv('aes-256-gcm', sealingKey, sealed.subarray(0, nonceBytes))
      .setAAD(Buffer.from(name))
      .setAuthTag(sealed.subarray(nonceBytes, nonceBytes + tagBytes));
    return Buffer.concat([decipher.update(sealed.subarray(nonceBytes + tagBytes)), decipher.final()]);
  } catch {
    return null;
  }
}
