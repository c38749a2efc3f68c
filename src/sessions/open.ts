// Opens a session for a user who has just proved who they are, under the lock of the user's row: ends what has expired,
// then the slot's holder, which names the new session as its successor, then writes the new session.

import { randomUUID } from 'node:crypto';

import { eq, sql } from 'drizzle-orm';

import { type Tx, builtOnce } from '../db/database.js';
import { providerSessions, sessions } from '../db/schema/index.js';
import { type AuthenticationMethod, type ClientInfo, type Device, type User } from '../users/types.js';
import { type UserRow } from '../users/users.js';
import { endExpired, endOlder, endSessions, freeBulkEndedSlot, laterThan } from './end.js';
import { maxLiveSessions, toSession } from './live.js';
import { type SessionServices } from './services.js';
import { expiredReason, chooseSlot, type SessionPolicy } from './slots.js';
import { type Session } from './types.js';

export interface SignIn {
  readonly userId: string;
  /** How the person has just proved who they are. */
  readonly methods: readonly AuthenticationMethod[];
  readonly device: Device;
  readonly clientInfo: ClientInfo;
  /** The uuid under which the client sends the login again when its answer was lost; null when it gave none. */
  readonly idempotencyKey: string | null;
  /** Whether it may take a slot although the policy asks first. */
  readonly takeover: boolean;
  /** Left out where no provider vouches for the person. */
  readonly identity?: OpeningIdentity | undefined;
}

/** The identity at a provider that opens a session, so that the provider can end it. */
export interface OpeningIdentity {
  readonly id: string;
  /** The provider's own session; null when it names none. */
  readonly sid: string | null;
}

export type OpenedSession = (
  | { readonly kind: 'opened'; readonly session: Session; readonly superseded: readonly Session[] }
  /** The limit is reached, and the policy does not let this login take a slot: nothing was ended for it. */
  | { readonly kind: 'full'; readonly holders: readonly Session[] }
) & {
  /** Every session that has ended on the way, for whatever reason: to be published after the commit. */
  readonly ended: readonly Session[];
};

/** A user as the lock shows it. */
export interface LockedUser {
  readonly user: Pick<UserRow, 'id' | 'sessionsEndedBefore'>;
  /** The live sessions that were read behind the lock, newest first. */
  readonly live: readonly Session[];
}

/** Opens a session of a user whose lock the caller holds. */
export function openSession(
  tx: Tx,
  policy: SessionPolicy,
  signIn: SignIn,
  { user, live: read }: LockedUser,
  now: Date,
): OpenedSession {
  const hasOlder = endOlder(tx, user.id, read, 'SUPERSEDED', now, null);
  const expired = endExpired(tx, policy, read, now);
  const live = read.filter((session) => expiredReason(session, policy, now) === null);
  const at = laterThan(live, now);

  const id = randomUUID();
  const choice = chooseSlot(live, policy, signIn.device.kind, id, signIn.takeover);
  if (choice.kind === 'full') return { ...choice, ended: expired };

  const evicted = [...choice.evicted, ...aboveMaximum(live, choice.evicted)];
  const displaced = evicted.map((one) => ({ ...one, supersededBy: id }));
  const superseded = endSessions(tx, displaced, 'SUPERSEDED', at);
  if (hasOlder || user.sessionsEndedBefore !== null) freeBulkEndedSlot(tx, user.id, choice.slot);
  const session = insertSession(tx, policy, signIn, { id, slot: choice.slot }, at);
  return { kind: 'opened', session, superseded, ended: [...expired, ...superseded] };
}

/** Returns the oldest sessions that have to end whatever the policy, so that there is room for one more. */
function aboveMaximum(live: readonly Session[], evicted: readonly Session[]): readonly Session[] {
  if (live.length < maxLiveSessions) return [];
  const gone = new Set(evicted);
  return live.filter((session) => !gone.has(session)).slice(maxLiveSessions - 1);
}

const sessionRow = builtOnce(
  [
    'id',
    'userId',
    'slot',
    'deviceKind',
    'deviceName',
    'userAgent',
    'ip',
    'idempotencyKey',
    'methods',
    'provedAt',
    'signedInAt',
    'lastSeenAt',
    'expiresAt',
  ],
  (db, row) => db.insert(sessions).values(row),
);

/**
 * Writes the row of a new session whose slot is free; were it not, the transaction would fail.
 *
 * @param provedAt when the person proved who they are, where that was before
 */
function insertSession(
  tx: Tx,
  policy: SessionPolicy,
  { userId, methods, device, clientInfo, idempotencyKey, identity }: SignIn,
  { id, slot }: { readonly id: string; readonly slot: string },
  now: Date,
  provedAt: Date = now,
): Session {
  const row = {
    id,
    userId,
    slot,
    deviceKind: device.kind,
    deviceName: device.name,
    userAgent: clientInfo.userAgent,
    ip: clientInfo.ip,
    idempotencyKey,
    methods: [...methods],
    provedAt,
    signedInAt: now,
    lastSeenAt: now,
    // In whole seconds, as its token has it: else the token would be refused before the row has ended.
    expiresAt: new Date((Math.floor(now.getTime() / 1_000) + policy.ttlSeconds) * 1_000),
  };
  tx.send(sessionRow(tx, row));
  if (identity !== undefined) {
    const opened = { sessionId: id, identityId: identity.id, sid: identity.sid };
    tx.send(tx.insert(providerSessions).values(opened));
  }
  return toSession({ ...row, endedAt: null, endReason: null, supersededBy: null });
}

/** The id of a session that takes the place of another, and what it is opened by. */
interface ProofInPlace extends Pick<SignIn, 'methods' | 'clientInfo'> {
  readonly id: string;
  readonly provedAt?: Date;
}

/**
 * Opens a session on the device of one that ends in the same transaction, and in its slot. The caller holds the user's lock
 * and has written its end, which names the id of the new session. A provider that could end the old one can end it.
 */
export function openInPlaceOf(
  tx: Tx,
  policy: SessionPolicy,
  own: Session,
  { id, provedAt, ...proof }: ProofInPlace,
  now: Date,
): Session {
  const { userId, device } = own;
  // Where there is no limit, a session's slot is its own id.
  const slot = own.slot === own.id ? id : own.slot;
  const signIn = { ...proof, userId, device, idempotencyKey: null, takeover: false };
  const session = insertSession(tx, policy, signIn, { id, slot }, now, provedAt);
  tx.send(inheritProvider(tx, own.id, id));
  return session;
}

function inheritProvider(tx: Tx, from: string, to: string) {
  const { sessionId, identityId, sid } = providerSessions;
  return tx.insert(providerSessions).select(
    tx
      .select({ sessionId: sql<string>`${to}::uuid`.as(sessionId.name), identityId, sid })
      .from(providerSessions)
      .where(eq(sessionId, from)),
  );
}

export interface SignedIn {
  readonly kind: 'signedIn';
  /** The compact JWT, given to the client once and kept nowhere. */
  readonly token: string;
  readonly session: Session;
  readonly user: User;
  /** The sessions whose slot it took, ended. */
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
