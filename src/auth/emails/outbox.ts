// The outbox: mails that are owed, as rows written in the transaction that owes them, so that neither is there
// without the other. A row is claimed by moving the time at which it is due; it goes when the mail has been handed
// on, and a claim that nobody renews runs out by itself.

import { randomUUID } from 'node:crypto';

import { eq, lte, sql } from 'drizzle-orm';

import { inUuids } from '../../db/uuidArray.js';
import { type Database, type Tx } from '../../db/database.js';
import { mails } from '../../db/schema.js';
import { type Outbox } from '../../mail/outboxWorker.js';

/**
 * Owes a mail from the moment the transaction is committed.
 *
 * @param payload what is needed to make it; it is kept in the database, so never a token
 * @returns the mail's id
 */
export async function queueMail(
  tx: Tx,
  mail: { readonly template: string; readonly payload: object },
  now: Date,
): Promise<string> {
  const id = randomUUID();
  await tx.insert(mails).values({ ...mail, id, createdAt: now, dueAt: now });
  return id;
}

/** The outbox as the postman works on it; each of its parts throws DatabaseUnavailable when the table is not there. */
export function createOutbox(database: Database): Outbox {
  return {
    claim: (most, now, until) =>
      database.transact(async (tx) => {
        const due = await tx
          .select({ id: mails.id })
          .from(mails)
          .where(lte(mails.dueAt, now))
          .orderBy(mails.dueAt)
          .limit(most)
          // Rows that another node is just claiming are passed over.
          .for('update', { skipLocked: true });
        if (due.length === 0) return [];
        const ids = due.map(({ id }) => id);
        return tx.update(mails).set({ dueAt: until }).where(inUuids(mails.id, ids)).returning({
          id: mails.id,
          template: mails.template,
          payload: mails.payload,
          createdAt: mails.createdAt,
          attempts: mails.attempts,
        });
      }),

    async moveDue(ids, dueAt) {
      if (ids.length === 0) return;
      const these = inUuids(mails.id, ids);
      await database.read((db) => db.update(mails).set({ dueAt }).where(these));
    },

    async postpone(id, dueAt) {
      const again = { dueAt, attempts: sql`${mails.attempts} + 1` };
      await database.read((db) => db.update(mails).set(again).where(eq(mails.id, id)));
    },

    async remove(id) {
      await database.read((db) => db.delete(mails).where(eq(mails.id, id)));
    },
  };
}
