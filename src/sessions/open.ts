// Opens a session for a user who has just proved who they are, under the lock of the user's row: ends what has expired,
// then the slot's holder, then writes the new session, and only then can the old ones name it as their successor. A login
// whose answer was lost is sent again under the same key and gets the session that it opened the first time.

import { randomUUID } from 'node:crypto';

import { and, desc, eq, gt } from 'drizzle-orm';

import { type Tx } from '../db/database.js';
import { sessions } from '../db/schema.js';
import { type Device, type ClientInfo } from '../users/client.js';
import { type User } from '../users/users.js';
import { endSessions, linkSuccessor, freeMarkedSlot } from './end.js';
import { expireSessions } from './expire.js';
import { maxLiveSessions, isLiveOf } from './live.js';
import { type SessionServices } from './services.js';
import { findPlace, type SessionPolicy, expiredReason } from './slots.js';
import { toSession, type Session } from './types.js';

export interface SignIn {
  readonly userId: string;
  readonly device: Device;
  readonly clientInfo: ClientInfo;
  /** The uuid by which the client knows this sign-in again should the answer get lost; null when it gave none. */
  readonly idempotencyKey: string | null;
  /** Whether it may take a place although the policy asks first. */
  readonly takeover: boolean;
}

export type OpenedSession = (
  | { readonly kind: 'opened'; readonly session: Session; readonly superseded: readonly Session[] }
  /** The limit is reached, and the policy does not let this login take a place: nothing was ended for it. */
  | { readonly kind: 'full'; readonly holders: readonly Session[] }
) & {
  /** Every session that has ended on the way, for whatever reason: to be published after the commit. */
  readonly ended: readonly Session[];
};

/** The caller holds the user's lock. */
export async function openSession(
  tx: Tx,
  policy: SessionPolicy,
  signIn: SignIn,
  now: Date,
): Promise<OpenedSession> {
  const { live, expired, at } = await expireSessions(tx, policy, signIn.userId, now);

  const id = randomUUID();
  const place = findPlace(live, policy, signIn.device.kind, id, signIn.takeover);
  if (place.kind === 'full') return { ...place, ended: expired };

  const evicted = [...place.evicted, ...aboveCeiling(live, place.evicted)].map((session) => session.id);
  const displaced = await endSessions(tx, evicted, 'SUPERSEDED', at);
  const session = await insertSession(tx, policy, signIn, { id, slot: place.slot }, at);
  await linkSuccessor(tx, evicted, id);
  const superseded = displaced.map((one) => ({ ...one, supersededBy: id }));
  return { kind: 'opened', session, superseded, ended: [...expired, ...superseded] };
}

/** The oldest sessions that have to end whatever the policy, so that there is room for one more. */
function aboveCeiling(live: readonly Session[], evicted: readonly Session[]): readonly Session[] {
  if (live.length < maxLiveSessions) return [];
  const gone = new Set(evicted);
  return live.filter((session) => !gone.has(session)).slice(maxLiveSessions - 1);
}

/** Writes the row of a new session whose slot is free. */
export async function insertSession(
  tx: Tx,
  policy: SessionPolicy,
  signIn: SignIn,
  place: { readonly id: string; readonly slot: string },
  now: Date,
): Promise<Session> {
  const insert = tx
    .insert(sessions)
    .values({
      id: place.id,
      userId: signIn.userId,
      slot: place.slot,
      deviceKind: signIn.device.kind,
      deviceName: signIn.device.name,
      userAgent: signIn.clientInfo.userAgent,
      ip: signIn.clientInfo.ip,
      idempotencyKey: signIn.idempotencyKey,
      signedInAt: now,
      lastSeenAt: now,
      // In whole seconds, as its token has it: else the token would be refused before the row has ended.
      expiresAt: new Date((Math.floor(now.getTime() / 1_000) + policy.ttlSeconds) * 1_000),
    })
    .onConflictDoNothing();
  let [row] = await insert.returning();
  if (row === undefined) {
    await freeMarkedSlot(tx, signIn.userId, place.slot);
    [row] = await insert.returning();
  }
  if (row === undefined) throw new Error('the slot is taken');
  return toSession(row);
}

/** For how long a sign-in can be asked for again. */
const replayWindowSeconds = 60;

/** A session that was opened before, and the sessions whose place it took then. */
export interface Replay {
  readonly session: Session;
  readonly superseded: readonly Session[];
}

/**
 * The live session that this sign-in of the user has opened within the last minute; null when there is none, or it
 * has ended since. The caller holds the user's lock, so of two sign-ins under one id the second finds the first's.
 */
export async function findReplay(
  tx: Tx,
  policy: SessionPolicy,
  signIn: { readonly userId: string; readonly idempotencyKey: string | null },
  now: Date,
): Promise<Replay | null> {
  if (signIn.idempotencyKey === null) return null;
  const [row] = await tx
    .select()
    .from(sessions)
    .where(
      and(
        isLiveOf(signIn.userId),
        eq(sessions.idempotencyKey, signIn.idempotencyKey),
        gt(sessions.signedInAt, new Date(now.getTime() - replayWindowSeconds * 1_000)),
      ),
    )
    .limit(1);
  if (row === undefined || expiredReason(row, policy, now) !== null) return null;
  const superseded = await tx
    .select()
    .from(sessions)
    .where(eq(sessions.supersededBy, row.id))
    .orderBy(desc(sessions.signedInAt), desc(sessions.id))
    .limit(maxLiveSessions);
  return { session: toSession(row), superseded: superseded.map(toSession) };
}

export interface SignedIn {
  readonly kind: 'signedIn';
  /** The compact JWT, given to the client once and kept nowhere. */
  readonly token: string;
  readonly session: Session;
  readonly user: User;
  /** The sessions whose place it took, ended. */
  readonly superseded: readonly Session[];
}

/** Signs the token of a session whose row has been committed. */
export function signedIn(
  services: SessionServices,
  user: User,
  session: Session,
  superseded: readonly Session[],
): SignedIn {
  const token = services.tokens.sign(
    { userId: user.id, sessionId: session.id, signedInAt: session.signedInAt, expiresAt: session.expiresAt },
    services.clock.now(),
  );
  return { kind: 'signedIn', token, session, user, superseded };
}
