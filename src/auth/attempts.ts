// Every look at a password goes through here, so that an account is guessed at no faster by one way in than by
// another.

import { eq } from 'drizzle-orm';

import { type EventDevice, type GuardedKind } from '../audit/events.js';
import { sessions, users } from '../db/schema.js';
import { type Limited } from '../rateLimit/attempts.js';
import { networkOf } from '../common/ip.js';
import { type Origin } from '../sessions/types.js';
import { type LinkRejected } from './emailLinks.js';
import { requireMail } from './emails/enqueue.js';
import { type AccountServices } from './services.js';

/** Who gives a password, and what for. */
export interface Guesser {
  readonly kind: GuardedKind;
  /** Whose password it is; an address without an account is treated alike. */
  readonly emailKey: string;
  /** The session that asks; null where nobody is signed in yet. */
  readonly sessionId: string | null;
  readonly device: EventDevice;
  readonly origin: Origin;
}

/** A right password that is refused and counted as a wrong one is, so that nobody can tell the two apart. */
export type EmailNotVerified = 'EMAIL_NOT_VERIFIED';

/**
 * Looks at a password unless there were too many wrong ones for the account or from the address. A refusal goes into
 * the audit trail behind the answer. Not to be called inside a transaction.
 *
 * @param look gives null for a wrong password; what it throws counts as no guess
 * @throws LimiterUnavailable when attempts cannot be counted
 */
export async function guessPassword<T>(
  services: AccountServices,
  guesser: Guesser,
  look: () => Promise<T | null>,
): Promise<T | null | Limited> {
  const { emailKey, origin } = guesser;
  const outcome = await services.limits.guess(services.database, {
    account: emailKey,
    address: origin.address,
    isKnown: () => isKnown(services, emailKey, origin.address),
    look: async () => ({ found: await look() }),
    isWrong: ({ found }) => found === null || found === emailNotVerified,
  });
  const refusal = { ...guesser, at: services.clock.now() };
  if ('kind' in outcome) {
    services.refusals.note({ ...refusal, outcome: 'TOO_MANY_ATTEMPTS' });
    return outcome;
  }
  if (outcome.found === null) services.refusals.note({ ...refusal, outcome: 'WRONG_PASSWORD' });
  if (outcome.found === emailNotVerified)
    services.refusals.note({ ...refusal, kind: 'LOGIN', outcome: emailNotVerified });
  return outcome.found;
}

const emailNotVerified: EmailNotVerified = 'EMAIL_NOT_VERIFIED';

/** Uses an emailed link unless too many forged ones came from the address. Throws as {@link guessPassword} does. */
export async function guessLink<T extends { readonly kind: string }>(
  services: AccountServices,
  { address }: Origin,
  look: () => Promise<T | LinkRejected>,
): Promise<T | LinkRejected | Limited> {
  return services.limits.guessLink(services.database, {
    address,
    look,
    isWrong: (result) => result.kind === 'linkRejected' && 'reason' in result && result.reason === 'INVALID',
  });
}

/**
 * Counts a mail that somebody asks for, to whomever it goes; null when there is room for it.
 *
 * @throws MailUnavailable when no mail can be sent at all, LimiterUnavailable when mails cannot be counted
 */
export async function limitMail(
  services: AccountServices,
  { address }: Origin,
  recipientKey: string,
): Promise<Limited | null> {
  requireMail(services);
  return services.limits.mail(services.database, address, recipientKey);
}

/** Whether a session of the account, live or ended, was opened from the address. */
async function isKnown(
  services: AccountServices,
  emailKey: string,
  address: string | null,
): Promise<boolean> {
  if (address === null) return false;
  const rows = await services.database.read((db) =>
    db
      .selectDistinct({ ip: sessions.ip })
      .from(sessions)
      .innerJoin(users, eq(users.id, sessions.userId))
      .where(eq(users.emailKey, emailKey)),
  );
  const network = networkOf(address);
  return rows.some(({ ip }) => ip !== null && networkOf(ip) === network);
}
