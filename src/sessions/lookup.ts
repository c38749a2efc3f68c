// The hot path's one read: a session by its uuid, joined with its user and, where it was superseded, with the
// device that took its place. Indexed, prepared, and shared by all requests that wait at the same moment.

import { eq, sql } from 'drizzle-orm';
import { alias } from 'drizzle-orm/pg-core';

import { type Database } from '../db/database.js';
import { sessions, users } from '../db/schema.js';
import { DatabaseUnavailable } from '../db/unavailable.js';
import { coalesce } from './coalesce.js';
import { toSession, toUser } from './rows.js';
import { type Device, type Session, type User } from './types.js';

export interface FoundSession {
  readonly session: Session;
  /** Null when the account has been deleted. */
  readonly user: User | null;
  readonly disabledAt: Date | null;
  /** The device that took its place; null where none did. */
  readonly supersededBy: Device | null;
}

/**
 * Looks a session up by its uuid; null when there is none on record. The answer is never older than the question.
 *
 * @throws DatabaseUnavailable when the row cannot be read
 */
export type SessionLookup = (id: string) => Promise<FoundSession | null>;

export function createSessionLookup(database: Database): SessionLookup {
  const successors = alias(sessions, 'successors');
  const query = database.prepare((db) =>
    db
      .select({
        session: sessions,
        user: {
          id: users.id,
          email: users.email,
          emailVerifiedAt: users.emailVerifiedAt,
          disabledAt: users.disabledAt,
          deletedAt: users.deletedAt,
          createdAt: users.createdAt,
          lastLoginAt: users.lastLoginAt,
        },
        successorKind: successors.deviceKind,
        successorName: successors.deviceName,
      })
      .from(sessions)
      .innerJoin(users, eq(users.id, sessions.userId))
      .leftJoin(successors, eq(successors.id, sessions.supersededBy))
      // One parameter whatever the number of ids, so that one prepared statement serves every size.
      .where(sql`${sessions.id} = any(${sql.placeholder('ids')}::uuid[])`)
      .prepare('session_lookup'),
  );

  return coalesce(
    async (ids) => {
      // The ids are canonical uuids, checked when the token was verified: they need no quoting.
      const rows = await query({ ids: `{${ids.join(',')}}` });
      return new Map(
        rows.map(({ session, user, successorKind, successorName }) => [
          session.id,
          {
            session: toSession(session),
            user: user.deletedAt === null ? toUser(user) : null,
            disabledAt: user.disabledAt,
            supersededBy: successorKind === null ? null : { kind: successorKind, name: successorName },
          },
        ]),
      );
    },
    (error) => !(error instanceof DatabaseUnavailable),
  );
}
