// Signs a person in. The password is proved first, without a lock; what was proved is checked again under it.

import { and, eq, isNull } from 'drizzle-orm';

import { type Happening, recordEvent } from '../audit/events.js';
import { type Tx } from '../db/database.js';
import { users } from '../db/schema.js';
import { normalizePassword } from '../passwords/policy.js';
import { type Limited } from '../rateLimit/attempts.js';
import { openSession, type SignIn, findReplay, type SignedIn, signedIn } from '../sessions/open.js';
import { type Session } from '../sessions/types.js';
import { type ClientInfo } from '../users/client.js';
import { type User, lockUser, toUser, type UserRow } from '../users/users.js';
import { type EmailNotVerified, guessPassword, rememberNetwork } from './attempts.js';
import { notifyLogin } from './emails/notifications.js';
import { type CredentialsInput, type InputIssue, malformedPassword, parseIdentity } from './input.js';
import { type AccountServices } from './services.js';
import { offerVerification } from './verifyEmail.js';

export interface LoginInput extends CredentialsInput {
  /** Whether to take an older session's place where the policy asks first. */
  readonly takeover?: boolean;
}

export type LoginOutcome =
  | SignedIn
  | Limited
  | { readonly kind: 'invalidCredentials' }
  | { readonly kind: 'accountDisabled' }
  | { readonly kind: 'sessionLimitReached'; readonly sessions: readonly Session[] }
  | { readonly kind: 'invalidInput'; readonly issues: readonly InputIssue[] };

/**
 * Signs a person in, and ends the session whose place the new one takes. Which of the email and the password was
 * wrong shows neither in the outcome nor in the time it takes. Where emails have to be verified, a right password for one
 * that is not is refused as a wrong one is, and its owner is mailed the link again. Asked again within a minute under
 * the same request id, it gives the session that it opened the first time, if that still is live.
 *
 * @throws HasherBusy when too many passwords wait to be checked
 * @throws LimiterUnavailable when attempts cannot be counted
 * @throws DatabaseUnavailable when the session cannot be written
 */
export async function login(
  services: AccountServices,
  input: LoginInput,
  clientInfo: ClientInfo,
): Promise<LoginOutcome> {
  const parsed = parseIdentity(input);
  if (parsed.kind === 'invalid') return { kind: 'invalidInput', issues: parsed.issues };
  const password = normalizePassword(input.password);
  if (password.kind === 'malformed') return { kind: 'invalidInput', issues: [malformedPassword('password')] };
  const { emailKey, device } = parsed.identity;

  const guesser = { kind: 'LOGIN', emailKey, sessionId: null, device, clientInfo } as const;
  const proved = await guessPassword(services, guesser, () => prove(services, emailKey, password));
  if (proved === null || proved === 'EMAIL_NOT_VERIFIED') {
    if (services.requireVerifiedEmail)
      offerVerification(services, emailKey, proved === null ? 'wrong' : 'right');
    return { kind: 'invalidCredentials' };
  }
  if ('kind' in proved) return proved;
  const signIn = { ...parsed.identity, userId: proved.userId, clientInfo, takeover: input.takeover ?? false };
  return openProved(services, proved, signIn);
}

/** Somebody whose password was right, and the hash it was right for. */
interface Proved {
  readonly userId: string;
  readonly provedHash: string;
  /** What to store instead where the parameters have changed since; null to keep it. */
  readonly freshHash: string | null;
}

async function prove(
  services: AccountServices,
  emailKey: string,
  normalized: { readonly kind: 'length' } | { readonly kind: 'ok'; readonly password: string },
): Promise<Proved | EmailNotVerified | null> {
  // No account's password is as short or as long as that; it is a guess all the same.
  if (normalized.kind === 'length') return null;
  const { password } = normalized;
  const [user] = await services.database.read((db) =>
    db
      .select({ id: users.id, passwordHash: users.passwordHash, emailVerifiedAt: users.emailVerifiedAt })
      .from(users)
      .where(and(eq(users.emailKey, emailKey), isNull(users.deletedAt))),
  );
  // An unknown address costs the same work: a hash is checked either way.
  const hash = user?.passwordHash ?? null;
  const { matches, needsRehash } = await services.passwords.verify(password, hash);
  if (user === undefined || hash === null || !matches) return null;
  // Before anything else is done for a right password: whoever registered with another's email knows this one.
  if (services.requireVerifiedEmail && user.emailVerifiedAt === null) return 'EMAIL_NOT_VERIFIED';
  return {
    userId: user.id,
    provedHash: hash,
    freshHash: needsRehash ? await services.passwords.hash(password) : null,
  };
}

async function openProved(
  services: AccountServices,
  proved: Proved,
  signIn: SignIn & { readonly emailKey: string },
): Promise<LoginOutcome> {
  const known = await services.limits.knownKey(signIn.emailKey, signIn.clientInfo.ip);
  const outcome = await services.database.transact(async (tx) => {
    const locked = await lockUser(tx, proved.userId);
    if (locked === null) return { kind: 'invalidCredentials' } as const;
    const now = services.clock.now();
    const refusal = refusalOf(proved, locked);
    if (refusal !== null) {
      await recordLogin(tx, signIn, refusals[refusal], null, now);
      return { kind: refusal } as const;
    }

    const replay = await findReplay(tx, services.policy, signIn, now);
    if (replay !== null) {
      // It may come from another place than the first one: its own event has its own IP.
      await recordLogin(tx, signIn, 'SUCCEEDED', replay.session.id, now);
      return { kind: 'opened', user: toUser(locked), ...replay, ended: [] } as const;
    }
    const opened = await openSession(tx, services.policy, signIn, now);
    if (opened.kind === 'full') {
      await recordLogin(tx, signIn, 'SESSION_LIMIT_REACHED', null, now);
      return opened;
    }
    await recordLogin(tx, signIn, 'SUCCEEDED', opened.session.id, now);
    await notifyLogin(tx, services, signIn, opened, now);
    await rememberNetwork(tx, known, locked.id, now);
    return { ...opened, user: await noteLogin(tx, locked, proved.freshHash, now) };
  });
  if ('ended' in outcome) services.endEvents.publish(outcome.ended);
  if (outcome.kind === 'full') return { kind: 'sessionLimitReached', sessions: outcome.holders };
  if (outcome.kind !== 'opened') return outcome;
  services.mail?.wake();
  return signedIn(services, outcome.user, outcome.session, outcome.superseded);
}

/** What is refused although the password was right a moment ago, and how the audit trail has it. */
const refusals = {
  invalidCredentials: 'WRONG_PASSWORD',
  accountDisabled: 'ACCOUNT_DISABLED',
} as const satisfies Partial<Record<LoginOutcome['kind'], LoginEvent>>;

type LoginEvent = (Happening & { readonly kind: 'LOGIN' })['outcome'];

function refusalOf(proved: Proved, locked: UserRow): keyof typeof refusals | null {
  // Under the lock once more: the password may have been changed since it was proved.
  if (locked.passwordHash !== proved.provedHash) return 'invalidCredentials';
  return locked.disabledAt === null ? null : 'accountDisabled';
}

async function recordLogin(
  tx: Tx,
  { userId, device, clientInfo }: SignIn,
  outcome: LoginEvent,
  sessionId: string | null,
  now: Date,
): Promise<void> {
  await recordEvent(tx, { kind: 'LOGIN', outcome, userId, sessionId, device, clientInfo }, now);
}

async function noteLogin(tx: Tx, user: UserRow, freshHash: string | null, now: Date): Promise<User> {
  await tx
    .update(users)
    .set({ lastLoginAt: now, ...(freshHash === null ? {} : { passwordHash: freshHash }) })
    .where(eq(users.id, user.id));
  return toUser({ ...user, lastLoginAt: now });
}
