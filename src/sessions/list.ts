// What a person sees of their sessions: the live ones, and all of them a page at a time.

import { and, desc, eq, gt, isNull, sql } from 'drizzle-orm';

import { sessions } from '../db/schema.js';
import { lapse } from './policy.js';
import { toSession } from './rows.js';
import { type SessionServices } from './services.js';
import { type Session } from './types.js';

/** The user's live sessions, newest first; one that has lapsed is not live, whether or not its row says so yet. */
export async function listLiveSessions(
  services: Pick<SessionServices, 'database' | 'clock' | 'policy'>,
  userId: string,
): Promise<readonly Session[]> {
  const now = services.clock.now();
  const rows = await services.database.read((db) =>
    db
      .select()
      .from(sessions)
      .where(and(eq(sessions.userId, userId), isNull(sessions.endedAt), gt(sessions.expiresAt, now)))
      .orderBy(desc(sessions.signedInAt), desc(sessions.id)),
  );
  return rows.map(toSession).filter((session) => lapse(session, services.policy, now) === null);
}

export const largestPage = 100;

export type SessionPage =
  | {
      readonly kind: 'page';
      readonly sessions: readonly Session[];
      readonly hasNextPage: boolean;
      readonly hasPreviousPage: boolean;
    }
  /** The page's size or its start is not one that can be asked for. */
  | { readonly kind: 'invalid'; readonly argument: 'first' | 'after' };

/**
 * A page of all the user's sessions, newest first, ended ones included.
 *
 * @param first how many at most, 1 to {@link largestPage}
 * @param after the id of the session that the page follows; null for the newest page. It must be the user's own.
 */
export async function listSessionHistory(
  services: SessionServices,
  userId: string,
  first: number,
  after: string | null,
): Promise<SessionPage> {
  if (!Number.isInteger(first) || first < 1 || first > largestPage)
    return { kind: 'invalid', argument: 'first' };

  return services.database.read(async (db) => {
    const [start] =
      after === null
        ? []
        : await db
            .select({ signedInAt: sessions.signedInAt, id: sessions.id })
            .from(sessions)
            .where(and(eq(sessions.id, after), eq(sessions.userId, userId)));
    if (after !== null && start === undefined) return { kind: 'invalid', argument: 'after' };

    const rows = await db
      .select()
      .from(sessions)
      .where(
        and(
          eq(sessions.userId, userId),
          start === undefined
            ? undefined
            : sql`(${sessions.signedInAt}, ${sessions.id}) < (${start.signedInAt.toISOString()}::timestamptz, ${start.id}::uuid)`,
        ),
      )
      .orderBy(desc(sessions.signedInAt), desc(sessions.id))
      // One more than asked for tells whether there is a next page.
      .limit(first + 1);
    return {
      kind: 'page',
      sessions: rows.slice(0, first).map(toSession),
      hasNextPage: rows.length > first,
      hasPreviousPage: after !== null,
    };
  });
}
