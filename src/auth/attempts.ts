// Every password and every emailed link is checked behind a reservation of an attempt, so that no way in can be guessed
// faster than another. A network from which the owner signs in stays open when others use up the account's attempts.

import { eq, sql } from 'drizzle-orm';

import { type GuardedKind } from '../audit/events.js';
import { type Db, type Tx, builtOnce } from '../db/database.js';
import { knownNetworks } from '../db/schema/index.js';
import { type Limited } from '../rateLimit/reservations.js';
import { type ClientInfo, type Device } from '../users/types.js';
import { requireMail } from './emails/outbox.js';
import { type AccountServices } from './services.js';

/** The client that gives a password, and the act that asks for it. */
export interface PasswordGuess {
  readonly kind: GuardedKind;
  /** The account whose password it is; an email without an account is treated alike. */
  readonly emailKey: string;
  /** The session that asks; null where the client is not signed in yet. */
  readonly sessionId: string | null;
  readonly device: Device;
  readonly clientInfo: ClientInfo;
}

/**
 * The result of checking a password. `unverified` is right, but its account's email is not verified: refused and counted as a
 * wrong one, so that a client cannot tell the two apart.
 */
export type Verdict = 'right' | 'wrong' | 'unverified';

/** An attempt that is counted: the password may be checked now. Exactly one of the two functions is called. */
export interface PasswordAttempt<T> {
  readonly kind: 'reserved';
  /** The result of the read beside the counts. */
  readonly found: T;
  /**
   * Ends the attempt. A refusal goes into the audit trail behind the answer.
   *
   * @returns the limit, where the answer must be that in spite of the verdict: other networks have used up the account's
   *   attempts, and only the right password from a known network counts. Neither the answer nor its time tells whether the
   *   email has an account or the network is known.
   */
  conclude(verdict: Verdict): Limited | null;
  /** Ends the attempt of a password that could not be checked. It counts as no guess. */
  abandon(): void;
}

/**
 * Counts an attempt at a password before it is checked, so that parallel requests cannot bypass the limit. Once limited,
 * even the right password is refused. Not to be called inside a transaction.
 *
 * @param read reads the account, in the round trip of the counts
 * @throws LimiterUnavailable when attempts cannot be counted
 */
export async function reservePassword<T>(
  services: AccountServices,
  guess: PasswordGuess,
  read: (db: Db) => Promise<T>,
): Promise<PasswordAttempt<T> | Limited> {
  const { emailKey: account, sessionId, clientInfo } = guess;
  const note = (outcome: 'TOO_MANY_ATTEMPTS' | 'WRONG_PASSWORD') => {
    services.failureRecorder.note({ ...guess, outcome, at: services.clock.now() });
  };
  const reserved = await services.rateLimits.reserveGuess(
    services.database,
    { account, ip: clientInfo.ip, sessionId },
    read,
  );
  if (reserved.kind === 'limited') {
    note('TOO_MANY_ATTEMPTS');
    return reserved;
  }
  const { found, closedUntil, isKnown } = reserved;
  return {
    kind: 'reserved',
    found,
    conclude(verdict) {
      reserved.release(verdict === 'right' ? 'right' : 'wrong');
      if (closedUntil !== null && (verdict !== 'right' || !isKnown)) {
        note('TOO_MANY_ATTEMPTS');
        return { kind: 'limited', retryAt: closedUntil };
      }
      if (verdict === 'wrong') note('WRONG_PASSWORD');
      if (verdict === 'unverified') {
        const refusal = { kind: 'LOGIN', outcome: 'EMAIL_NOT_VERIFIED', at: services.clock.now() } as const;
        services.failureRecorder.note({ ...guess, ...refusal });
      }
      return null;
    },
    abandon() {
      reserved.release('failed');
    },
  };
}

/**
 * Counts a mail that a client asks for, to any recipient; null when there is room for it.
 *
 * @throws MailUnavailable when no mail can be sent at all, LimiterUnavailable when mails cannot be counted
 */
export async function limitMail(
  services: AccountServices,
  { ip }: ClientInfo,
  recipient: string,
  kind: string,
): Promise<Limited | null> {
  requireMail(services);
  return services.rateLimits.mail(services.database, { ip, recipient, kind });
}

/** An account and a network that is known to it; null where nothing is counted. */
export type KnownKey = string | null;

const networkRow = builtOnce(['key', 'userId', 'seenAt'], (db, row) =>
  db
    .insert(knownNetworks)
    .values(row)
    .onConflictDoUpdate({
      target: knownNetworks.key,
      set: { userId: sql`excluded.user_id`, seenAt: sql`excluded.seen_at` },
    }),
);

/** Remembers a network from which a session was opened. The caller holds the user's lock. */
export function rememberNetwork(tx: Tx, key: KnownKey, userId: string, now: Date): void {
  if (key !== null) tx.send(networkRow(tx, { key, userId, seenAt: now }));
}

/** Forgets every network of an account. The caller holds the user's lock. */
export function forgetNetworks(tx: Tx, userId: string): void {
  tx.send(tx.delete(knownNetworks).where(eq(knownNetworks.userId, userId)));
}

/**
 * Trusts the owner of an account who has proved who they are by a link: forgets the networks of earlier users of the
 * account and what was counted against it, and remembers the network that the link was used from. The caller holds the
 * user's lock.
 */
export async function trustOwner(
  tx: Tx,
  services: AccountServices,
  owner: { readonly id: string; readonly emailKey: string | null },
  ip: string | null,
  now: Date,
): Promise<void> {
  forgetNetworks(tx, owner.id);
  if (owner.emailKey === null) return;
  rememberNetwork(tx, await services.rateLimits.knownKey(owner.emailKey, ip), owner.id, now);
  await services.rateLimits.clear(tx, owner.emailKey, ip);
}
