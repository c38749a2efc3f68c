// Uses a passkey, for any act that asks for one. It is verified without a lock, and checked once more under it: the passkey
// may have been removed or used since. Then it is consumed, in the transaction of what it is for.

import { and, eq, isNull } from 'drizzle-orm';

import { type Db, type Tx } from '../../db/database.js';
import { passkeys, users } from '../../db/schema/index.js';
import { type Limited } from '../../rateLimit/reservations.js';
import { type ClientInfo, type Device } from '../../users/types.js';
import { type AccountServices } from '../services.js';
import {
  webauthnChallengeOf,
  type MalformedPasskey,
  type PasskeyRejected,
  type PasskeysOff,
  rejectPasskey,
} from './passkeys.js';
import {
  type Assertion,
  namesOwner,
  parseAssertion,
  type RelyingParty,
  type UsedCredential,
} from './webauthn.js';

/** A passkey with what is needed to verify its use. */
export interface KnownPasskey {
  readonly id: string;
  readonly userId: string;
  readonly publicKey: string;
  readonly emailKey: string;
}

/** Finds the passkey of an assertion; null where no living account has it. */
export async function findPasskey(db: Db, { id: credentialId }: Assertion): Promise<KnownPasskey | null> {
  const { id, userId, publicKey } = passkeys;
  const [row] = await db
    .select({ id, userId, publicKey, emailKey: users.emailKey })
    .from(passkeys)
    .innerJoin(users, eq(users.id, userId))
    .where(and(eq(passkeys.credentialId, credentialId), isNull(users.deletedAt)));
  return row === undefined ? null : { ...row, emailKey: row.emailKey ?? '' };
}

/** A passkey that has signed the challenge of a token, as far as is known without the lock. */
export interface VerifiedPasskey extends UsedCredential {
  readonly kind: 'verified';
  readonly id: string;
  readonly userId: string;
}

/**
 * Verifies the use of a passkey. No lock is held: it takes milliseconds.
 *
 * @param asked the user who was asked for one of their passkeys; null where the passkey says who the user is
 */
export async function verifyPasskey(
  party: RelyingParty,
  { assertion, token }: { readonly assertion: Assertion; readonly token: string },
  known: KnownPasskey | null,
  asked: string | null,
): Promise<VerifiedPasskey | PasskeyRejected> {
  if (known === null || (asked !== null && known.userId !== asked)) return rejectPasskey('UNKNOWN');
  const { id, userId, publicKey } = known;
  if (!namesOwner(assertion, userId, asked !== null)) return rejectPasskey('INVALID');
  const used = await party.verifyAssertion(assertion, webauthnChallengeOf(token), publicKey);
  return used === null ? rejectPasskey('INVALID') : { kind: 'verified', id, userId, ...used };
}

/** A passkey that a user was asked for, and by which act. */
export interface AskedPasskey {
  readonly kind: 'LOGIN' | 'CONFIRM_IDENTITY';
  readonly userId: string;
  /** The token of the challenge that the passkey has to have signed. */
  readonly token: string;
  /** The `AuthenticationResponseJSON`, as the client sent it. */
  readonly response: unknown;
  readonly sessionId: string | null;
  readonly device: Device;
  readonly clientInfo: ClientInfo;
}

/**
 * Verifies the use of a passkey that a user was asked for. A wrong one counts against the network, and is recorded in the
 * audit trail after the answer.
 *
 * @throws LimiterUnavailable when attempts cannot be counted
 */
export async function verifyAskedPasskey(
  services: AccountServices,
  { kind, userId, token, response, ...from }: AskedPasskey,
): Promise<VerifiedPasskey | PasskeyRejected | MalformedPasskey | PasskeysOff | Limited> {
  const { passkeys: party, rateLimits, database } = services;
  if (party === null) return { kind: 'passkeysOff' };
  const assertion = parseAssertion(response);
  if (assertion === null) return { kind: 'malformedPasskey' };
  const reserved = await rateLimits.reservePasskey(database, from.clientInfo.ip, (db) =>
    findPasskey(db, assertion),
  );
  if (reserved.kind === 'limited') return reserved;
  const { found: known } = reserved;
  const verified = await verifyPasskey(party, { assertion, token }, known, userId);
  reserved.release(verified.kind === 'verified' ? 'right' : 'wrong');
  if (verified.kind !== 'verified' && known?.userId === userId) {
    const { emailKey } = known;
    const refusal = { kind, outcome: 'WRONG_PASSKEY', emailKey, at: services.clock.now() } as const;
    services.failureRecorder.note({ ...refusal, ...from });
  }
  return verified;
}

export type CheckedPasskey =
  { readonly kind: 'right'; readonly consume: (now: Date) => void } | PasskeyRejected;

/**
 * Checks a verified passkey behind the lock of its user.
 *
 * A counter that does not go up reveals a copy (WebAuthn Level 3 section 6.1.1). It is accepted from an authenticator whose
 * counter never went up, and from a synced passkey, whose copies each have a counter of their own.
 */
export async function checkPasskey(
  tx: Tx,
  { id, userId, ...used }: VerifiedPasskey,
): Promise<CheckedPasskey> {
  const isIt = and(eq(passkeys.id, id), eq(passkeys.userId, userId));
  const [row] = await tx.select().from(passkeys).where(isIt);
  if (row === undefined) return rejectPasskey('UNKNOWN');
  const hasMoved = used.counter > row.counter;
  if (!hasMoved && row.counterMoved && !row.backedUp) return rejectPasskey('COPIED');
  const { counter, backedUp } = used;
  const counterMoved = row.counterMoved || hasMoved;
  return {
    kind: 'right',
    consume(now) {
      tx.send(tx.update(passkeys).set({ counter, counterMoved, backedUp, lastUsedAt: now }).where(isIt));
    },
  };
}

/** Gives the outcome under which a refusal is recorded in the audit trail. */
export function eventOf({ reason }: PasskeyRejected): 'COPIED_PASSKEY' | 'WRONG_PASSKEY' {
  return reason === 'COPIED' ? 'COPIED_PASSKEY' : 'WRONG_PASSKEY';
}
