// Every password and every emailed link is checked behind a reservation of an attempt, so that no way in can be guessed
// faster than another. A network from which the owner signs in stays open when strangers use up the account's attempts.

import { eq } from 'drizzle-orm';

import { type GuardedKind } from '../audit/events.js';
import { type Tx } from '../db/database.js';
import { knownNetworks } from '../db/schema.js';
import { type Limited, type Reservation } from '../rateLimit/attempts.js';
import { type Device, type ClientInfo } from '../users/client.js';
import { type LinkRejected } from './emailLinks.js';
import { requireMail } from './emails/outbox.js';
import { type AccountServices } from './services.js';

/** Who gives a password, and what for. */
export interface Guesser {
  readonly kind: GuardedKind;
  /** Whose password it is; an address without an account is treated alike. */
  readonly emailKey: string;
  /** The session that asks; null where nobody is signed in yet. */
  readonly sessionId: string | null;
  readonly device: Device;
  readonly clientInfo: ClientInfo;
}

/** A right password that is refused and counted as a wrong one is, so that nobody can tell the two apart. */
export type EmailNotVerified = 'EMAIL_NOT_VERIFIED';

/**
 * Checks a password unless there were too many wrong ones for the account, from the network or by the session. A refusal
 * goes into the audit trail behind the answer. Not to be called inside a transaction.
 *
 * Where strangers have used up the account's attempts, the password is checked all the same and only a right one from a
 * known network counts: neither the answer nor its time tells whether the e-mail has an account or the network is known.
 *
 * @param look gives null for a wrong password; what it throws counts as no guess
 * @throws LimiterUnavailable when attempts cannot be counted
 */
export async function guessPassword<T>(
  services: AccountServices,
  guesser: Guesser,
  look: () => Promise<T | null>,
): Promise<T | null | Limited> {
  const { emailKey, sessionId, clientInfo } = guesser;
  const guess = { account: emailKey, ip: clientInfo.ip, sessionId };
  const reserved = await services.limits.reserve(services.database, guess);
  const refused = (outcome: 'TOO_MANY_ATTEMPTS' | 'WRONG_PASSWORD') => {
    services.failureRecorder.note({ ...guesser, at: services.clock.now(), outcome });
  };
  if (reserved.kind === 'limited') {
    refused('TOO_MANY_ATTEMPTS');
    return reserved;
  }
  const found = await releasing(reserved, look, isRefused);
  const { closedUntil, isKnown } = reserved;
  if (closedUntil !== null && (isRefused(found) || !isKnown)) {
    refused('TOO_MANY_ATTEMPTS');
    return { kind: 'limited', retryAt: closedUntil };
  }
  if (found === null) refused('WRONG_PASSWORD');
  if (found === emailNotVerified)
    services.failureRecorder.note({
      ...guesser,
      at: services.clock.now(),
      kind: 'LOGIN',
      outcome: emailNotVerified,
    });
  return found;
}

const emailNotVerified: EmailNotVerified = 'EMAIL_NOT_VERIFIED';

function isRefused(found: unknown): boolean {
  return found === null || found === emailNotVerified;
}

/** Uses an emailed link unless too many forged ones came from the network. Throws as {@link guessPassword} does. */
export async function guessLink<T extends { readonly kind: string }>(
  services: AccountServices,
  { ip }: ClientInfo,
  look: () => Promise<T | LinkRejected>,
): Promise<T | LinkRejected | Limited> {
  const reserved = await services.limits.reserveLink(services.database, ip);
  if (reserved.kind === 'limited') return reserved;
  return releasing(
    reserved,
    look,
    (result) => result.kind === 'linkRejected' && 'reason' in result && result.reason === 'INVALID',
  );
}

async function releasing<T>(
  reserved: Reservation,
  look: () => Promise<T>,
  isWrong: (result: T) => boolean,
): Promise<T> {
  let outcome: 'right' | 'wrong' | 'failed' = 'failed';
  try {
    const result = await look();
    outcome = isWrong(result) ? 'wrong' : 'right';
    return result;
  } finally {
    reserved.release(outcome);
  }
}

/**
 * Counts a mail that somebody asks for, to whomever it goes; null when there is room for it.
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
  return services.limits.mail(services.database, { ip, recipient, kind });
}

/** An account and a network that is known to it; null where nothing is counted. */
export type KnownKey = string | null;

/** Remembers a network from which a session was opened. The caller holds the user's lock. */
export async function rememberNetwork(tx: Tx, key: KnownKey, userId: string, now: Date): Promise<void> {
  if (key === null) return;
  const seen = { userId, seenAt: now };
  await tx
    .insert(knownNetworks)
    .values({ key, ...seen })
    .onConflictDoUpdate({ target: knownNetworks.key, set: seen });
}

/** Forgets every network of an account. The caller holds the user's lock. */
export async function forgetNetworks(tx: Tx, userId: string): Promise<void> {
  await tx.delete(knownNetworks).where(eq(knownNetworks.userId, userId));
}

/**
 * The owner has proved who they are by a link: forgets the networks of whoever used the account before, and what was
 * counted against it, and remembers the network that the link was used from. The caller holds the user's lock.
 */
export async function trustOwner(
  tx: Tx,
  services: AccountServices,
  owner: { readonly id: string; readonly emailKey: string | null },
  ip: string | null,
  now: Date,
): Promise<void> {
  await forgetNetworks(tx, owner.id);
  if (owner.emailKey === null) return;
  await rememberNetwork(tx, await services.limits.knownKey(owner.emailKey, ip), owner.id, now);
  await services.limits.clear(tx, owner.emailKey, ip);
}
