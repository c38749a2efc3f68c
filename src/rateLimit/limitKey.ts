// The key of the limits: what is counted for an account or a network has a digest of it in its row and neither an email nor
// an IP.

import { createSecretKey, type KeyObject, randomBytes } from 'node:crypto';

import { sql, type SQLWrapper } from 'drizzle-orm';

import { isSealedByCurrent, seal, type SealingKeys, unseal } from '../common/sealing.js';
import { type CounterStore, rowsOf } from './counters.js';

export interface LimitKeyParts {
  /** The table of sealed keys: `name`, `sealed`. */
  readonly table: SQLWrapper;
  readonly store: CounterStore;
  readonly sealingKeys: SealingKeys;
  /** Called where none of the keys opens the stored key, which is then replaced. */
  readonly onReplaced: () => void;
}

const keyName = 'rate limits';

/**
 * Gives the key under which accounts and networks are written in the tables. It is random, made once and kept in the
 * database, sealed under the signing secret: a rotation of that secret seals it again and changes no count. It is read
 * once; the function rejects while the database cannot be reached, and tries again when it is called again.
 */
export function createLimitKey(parts: LimitKeyParts): () => Promise<KeyObject> {
  let loading: Promise<KeyObject> | null = null;
  return () =>
    (loading ??= loadKey(parts).catch((error: unknown) => {
      loading = null;
      throw error;
    }));
}

async function loadKey({ table, store, sealingKeys, onReplaced }: LimitKeyParts): Promise<KeyObject> {
  const fresh = randomBytes(32);
  return store.read(async (db) => {
    for (;;) {
      const [row] = rowsOf(await db.execute(sql`select sealed from ${table} where name = ${keyName}`));
      const stored = (row as { readonly sealed: string } | undefined)?.sealed;
      if (stored === undefined) {
        await db.execute(
          sql`insert into ${table} (name, sealed) values (${keyName}, ${seal(sealingKeys, keyName, fresh)}) on conflict (name) do nothing`,
        );
        continue;
      }
      const replace = (key: Uint8Array) =>
        db.execute(
          sql`update ${table} set sealed = ${seal(sealingKeys, keyName, key)} where name = ${keyName} and sealed = ${stored}`,
        );
      const opened = unseal(sealingKeys, keyName, stored);
      if (opened !== null) {
        // Only the first step of a rotation is over: the other nodes open both.
        if (!isSealedByCurrent(sealingKeys, stored)) await replace(opened);
        return createSecretKey(opened);
      }
      onReplaced();
      await replace(fresh);
    }
  });
}
