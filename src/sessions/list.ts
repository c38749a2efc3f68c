// What a person sees of their sessions: the live ones, and all of them a page at a time.

import { and, desc, eq, gt } from 'drizzle-orm';

import { type Page, type PageQuestion, readPage } from '../db/keysetPage.js';
import { sessions, users } from '../db/schema.js';
import { isLiveOf, maxLiveSessions, withMark } from './live.js';
import { type SessionServices } from './services.js';
import { expiredReason } from './slots.js';
import { toSession, type Session } from './types.js';

/** The user's live sessions, newest first, as many as an account may have; one that has lapsed is not live, whether or not its row says so yet. */
export async function listLiveSessions(
  services: Pick<SessionServices, 'database' | 'clock' | 'policy'>,
  userId: string,
): Promise<readonly Session[]> {
  const now = services.clock.now();
  const rows = await services.database.read((db) =>
    db
      .select()
      .from(sessions)
      .where(and(isLiveOf(userId), gt(sessions.expiresAt, now)))
      .orderBy(desc(sessions.signedInAt), desc(sessions.id))
      .limit(maxLiveSessions),
  );
  return rows.map(toSession).filter((session) => expiredReason(session, services.policy, now) === null);
}

/** A page of all the user's sessions, newest first, ended ones included. */
export async function listSessionHistory(
  { database }: Pick<SessionServices, 'database'>,
  question: PageQuestion,
): Promise<Page<Session>> {
  const keys = { userId: sessions.userId, at: sessions.signedInAt, id: sessions.id };
  return readPage(database, question, keys, async (db, { where, order, limit }) => {
    const rows = await db
      .select({ session: sessions, mark: users })
      .from(sessions)
      .innerJoin(users, eq(users.id, sessions.userId))
      .where(where)
      .orderBy(...order)
      .limit(limit);
    return rows.map(({ session, mark }) => withMark(toSession(session), mark));
  });
}
