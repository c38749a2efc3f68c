// What a person sees of their account's security events.

import { type Database } from '../db/database.js';
import { type Page, type PageQuestion, readPage } from '../db/keysetPage.js';
import { securityEvents } from '../db/schema.js';
import { type SecurityEvent, toSecurityEvent } from './events.js';

/**
 * A page of the user's events, newest first.
 *
 * @throws DatabaseUnavailable when they cannot be read
 */
export async function listSecurityEvents(
  { database }: { readonly database: Pick<Database, 'read'> },
  question: PageQuestion,
): Promise<Page<SecurityEvent>> {
  const { userId, at, id } = securityEvents;
  return readPage(database, question, { userId, at, id }, async (db, { where, order, limit }) => {
    const rows = await db
      .select()
      .from(securityEvents)
      .where(where)
      .orderBy(...order)
      .limit(limit);
    return rows.map(toSecurityEvent);
  });
}
