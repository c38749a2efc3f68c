// The hot path's one read: a session by its uuid, joined with its user and, where it was superseded, with the
// device that took its place. Indexed, prepared, and shared by all requests that wait at the same moment.

import { eq, sql } from 'drizzle-orm';
import { alias, type PreparedQueryConfig } from 'drizzle-orm/pg-core';

import { createBatchLoader } from '../common/batchLoader.js';
import { ServiceUnavailableError } from '../common/errors.js';
import { type Database, type Db } from '../db/database.js';
import { sessions, users } from '../db/schema/index.js';
import {
  type AuthenticationMethod,
  type Device,
  type DeviceKind,
  methodsOf,
  type User,
} from '../users/users.js';
import { withMark } from './live.js';
import { type EndReason, type Session } from './types.js';

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

type LookupDatabase = Pick<Database, 'prepare'> & { readonly clock: Pick<Database['clock'], 'offset'> };

export function createSessionLookup(database: LookupDatabase): SessionLookup {
  const query = database.prepare(prepareLookup);
  return createBatchLoader(
    // The ids are canonical uuids, checked when the token was verified: they need no quoting.
    (ids) => query({ ids: `{${ids.join(',')}}` }),
    (error) => !(error instanceof ServiceUnavailableError),
    () => ((database.clock.offset()?.roundTripMs ?? 0) > farMs ? 2 : 1),
  );
}

/**
 * Where the quickest round trip to the database takes longer, in milliseconds, a look-up that would wait for the answer to
 * another one costs more than a second query at once does.
 */
const farMs = 2;

function prepareLookup(db: Db) {
  const successor = alias(sessions, 'successor');
  // Each found by its key: joins would have PostgreSQL read whole tables where they are small, or seem so.
  const owners = db.select().from(users).where(eq(users.id, sessions.userId)).limit(1).as('owners');
  const successors = db
    .select({ kind: successor.deviceKind, name: successor.deviceName })
    .from(successor)
    .where(eq(successor.id, sessions.supersededBy))
    .limit(1)
    .as('successors');
  const select = db
    .select({
      id: sessions.id,
      userId: sessions.userId,
      slot: sessions.slot,
      deviceKind: sessions.deviceKind,
      deviceName: sessions.deviceName,
      userAgent: sessions.userAgent,
      ip: sessions.ip,
      // As one text: the drivers give arrays in different forms.
      methods: sql<string>`array_to_string(${sessions.methods}, ',')`,
      provedAt: sessions.provedAt,
      signedInAt: sessions.signedInAt,
      lastSeenAt: sessions.lastSeenAt,
      expiresAt: sessions.expiresAt,
      endedAt: sessions.endedAt,
      endReason: sessions.endReason,
      supersededBy: sessions.supersededBy,
      successorKind: successors.kind,
      successorName: successors.name,
      email: owners.email,
      emailVerifiedAt: owners.emailVerifiedAt,
      createdAt: owners.createdAt,
      lastLoginAt: owners.lastLoginAt,
      hasPassword: sql<boolean>`${owners.passwordHash} is not null`,
      hasTotp: owners.hasTotp,
      passkeys: owners.passkeys,
      identities: owners.identities,
      signsInByEmail: owners.signsInByEmail,
      disabledAt: owners.disabledAt,
      deletedAt: owners.deletedAt,
      sessionsEndedBefore: owners.sessionsEndedBefore,
      sessionsEndedAt: owners.sessionsEndedAt,
      sessionsEndReason: owners.sessionsEndReason,
      sessionSpared: owners.sessionSpared,
    })
    .from(sessions)
    .innerJoinLateral(owners, sql`true`)
    .leftJoinLateral(successors, sql`true`)
    // One parameter whatever the number of ids, so that one prepared statement serves every size.
    .where(sql`${sessions.id} = any(${sql.placeholder('ids')}::uuid[])`);

  // The rows are read by place: Drizzle's own mapping, a column at a time, costs every request some 7% more.
  return db._.session.prepareQuery<PreparedQueryConfig & { execute: ReadonlyMap<string, FoundSession> }>(
    select.toSQL(),
    undefined,
    'session_lookup',
    true,
    (rows) => new Map((rows as unknown as readonly Row[]).map((row) => [row[0], toFound(row)])),
  );
}

/** What the look-up selects, in its order, as the driver gives it: a moment is a text with its offset. */
type Row = readonly [
  id: string,
  userId: string,
  slot: string,
  deviceKind: DeviceKind,
  deviceName: string | null,
  userAgent: string | null,
  ip: string | null,
  methods: string,
  provedAt: string,
  signedInAt: string,
  lastSeenAt: string,
  expiresAt: string,
  endedAt: string | null,
  endReason: EndReason | null,
  supersededBy: string | null,
  successorKind: DeviceKind | null,
  successorName: string | null,
  email: string | null,
  emailVerifiedAt: string | null,
  createdAt: string,
  lastLoginAt: string | null,
  hasPassword: boolean,
  hasTotp: boolean,
  passkeys: number,
  identities: number,
  signsInByEmail: boolean,
  disabledAt: string | null,
  deletedAt: string | null,
  sessionsEndedBefore: string | null,
  sessionsEndedAt: string | null,
  sessionsEndReason: EndReason | null,
  sessionSpared: string | null,
];

function toFound([
  id,
  userId,
  slot,
  deviceKind,
  deviceName,
  userAgent,
  ipAddress,
  methods,
  provedAt,
  signedInAt,
  lastSeenAt,
  expiresAt,
  endedAt,
  endReason,
  supersededBy,
  successorKind,
  successorName,
  email,
  emailVerifiedAt,
  createdAt,
  lastLoginAt,
  hasPassword,
  hasTotp,
  passkeys,
  identities,
  signsInByEmail,
  disabledAt,
  deletedAt,
  sessionsEndedBefore,
  sessionsEndedAt,
  sessionsEndReason,
  sessionSpared,
]: Row): FoundSession {
  const session = {
    id,
    userId,
    slot,
    device: { kind: deviceKind, name: deviceName },
    userAgent,
    ipAddress,
    methods: methods.split(',') as AuthenticationMethod[],
    provedAt: new Date(provedAt),
    signedInAt: new Date(signedInAt),
    lastSeenAt: new Date(lastSeenAt),
    expiresAt: new Date(expiresAt),
    endedAt: toMoment(endedAt),
    endReason,
    supersededBy,
  };
  if (deletedAt === null && email === null) throw new Error('a living account has an email');
  return {
    session:
      sessionsEndedBefore === null
        ? session
        : withMark(session, {
            sessionsEndedBefore: new Date(sessionsEndedBefore),
            sessionsEndedAt: toMoment(sessionsEndedAt),
            sessionsEndReason,
            sessionSpared,
          }),
    user:
      deletedAt === null && email !== null
        ? {
            id: userId,
            email,
            emailVerifiedAt: toMoment(emailVerifiedAt),
            createdAt: new Date(createdAt),
            lastLoginAt: toMoment(lastLoginAt),
            methods: methodsOf({ hasPassword, hasTotp, passkeys, identities, signsInByEmail }),
          }
        : null,
    disabledAt: toMoment(disabledAt),
    // Its name goes with the account.
    supersededBy:
      successorKind === null
        ? null
        : { kind: successorKind, name: deletedAt === null ? successorName : null },
  };
}

function toMoment(text: string | null): Date | null {
  return text === null ? null : new Date(text);
}
