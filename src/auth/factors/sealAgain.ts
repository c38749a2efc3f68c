// A rotation of DATA_KEY: what the earlier key has sealed is sealed again with the current one, so that the earlier one can
// be removed.

import { and, asc, eq, gt, notLike } from 'drizzle-orm';

import { seal, type SealingKeys, unseal } from '../../common/sealing.js';
import { type Database } from '../../db/database.js';
import { totpFactors } from '../../db/schema/index.js';
import { seedRow } from './factors.js';

/** The rows of one transaction. */
const batchSize = 200;

export interface SealedAgain {
  readonly sealed: number;
  /** How many no key opens: DATA_KEY is another one than it was. */
  readonly unopened: number;
}

/**
 * Seals every seed again that another key than the current one has sealed. Nodes of both steps of a rotation may run: each
 * seals with its own key, and the last one that starts leaves none behind.
 *
 * @throws DatabaseUnavailable when it could not go on
 */
export async function sealSeedsAgain(
  database: Pick<Database, 'transact'>,
  keys: SealingKeys,
): Promise<SealedAgain> {
  const { id, userId, sealedSeed } = totpFactors;
  let [sealed, unopened] = [0, 0];
  let after = '00000000-0000-0000-0000-000000000000';
  for (;;) {
    const start = after;
    const rows = await database.transact(async (tx) => {
      const found = await tx
        .select({ id, userId, sealedSeed })
        .from(totpFactors)
        .where(and(gt(id, start), notLike(sealedSeed, `${keys.current.kid}.%`)))
        .orderBy(asc(id))
        .limit(batchSize)
        .for('update');
      return found.map((row) => {
        const seed = unseal(keys, seedRow(row.userId), row.sealedSeed);
        if (seed !== null) {
          const again = seal(keys, seedRow(row.userId), seed);
          tx.send(tx.update(totpFactors).set({ sealedSeed: again }).where(eq(id, row.id)));
        }
        return { id: row.id, isOpen: seed !== null };
      });
    });
    sealed += rows.filter(({ isOpen }) => isOpen).length;
    unopened += rows.filter(({ isOpen }) => !isOpen).length;
    const last = rows.at(-1);
    if (last === undefined || rows.length < batchSize) return { sealed, unopened };
    after = last.id;
  }
}
