// Logs a user in. The password is proved first, without a lock; what was proved is checked again under it.

import { and, eq, isNull } from 'drizzle-orm';

import { type Happening, recordEvent } from '../audit/events.js';
import { type Db, type Tx } from '../db/database.js';
import { users } from '../db/schema/index.js';
import { normalizePassword } from '../passwords/policy.js';
import { type Limited } from '../rateLimit/attempts.js';
import { readLive } from '../sessions/live.js';
import { findReplay, openSession, type SignedIn, signedIn, type SignIn } from '../sessions/open.js';
import { type Session } from '../sessions/types.js';
import { type ClientInfo, lockUser, toUser, type UserRow } from '../users/users.js';
import { rememberNetwork, reservePassword } from './attempts.js';
import { notifyLogin, readEarlierLogins } from './emails/notifications.js';
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
 * Logs a user in, and ends the session whose place the new one takes. Neither the outcome nor the time tells whether the
 * email or the password was wrong. Where emails have to be verified, the right password for one that is not is refused
 * as a wrong one is, and its owner is mailed the link again. Sent again within a minute under the same idempotency key, it
 * gives the session that it opened the first time, if that still is live.
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

  const guess = { kind: 'LOGIN', emailKey, sessionId: null, device, clientInfo } as const;
  const attempt = await reservePassword(services, guess, (db) => readAccount(db, emailKey));
  if (attempt.kind === 'limited') return attempt;
  let proof: Proof;
  try {
    proof = await prove(services, password, attempt.found);
  } catch (error) {
    attempt.abandon();
    throw error;
  }
  const limited = attempt.conclude(proof.verdict);
  if (limited !== null) return limited;
  if (proof.verdict !== 'right') {
    if (services.requireVerifiedEmail) offerVerification(services, emailKey, proof.verdict);
    return { kind: 'invalidCredentials' };
  }

  const { userId, provedHash, freshHash } = proof;
  const takeover = input.takeover ?? false;
  const signIn: SignIn = { ...parsed.identity, userId, methods: ['PASSWORD'], clientInfo, takeover };
  const knownKey = await services.limits.knownKey(emailKey, clientInfo.ip);
  const outcome = await services.database.transact(async (tx) => {
    const [user, live, replay, earlier] = await Promise.all([
      lockUser(tx, userId),
      readLive(tx, userId),
      findReplay(tx, services, signIn),
      readEarlierLogins(tx, services, userId),
    ]);
    if (user === null) return { kind: 'invalidCredentials' } as const;
    const now = services.clock.now();
    // Under the lock once more: the password may have been changed since it was proved.
    if (user.passwordHash !== provedHash) {
      recordLogin(tx, signIn, 'WRONG_PASSWORD', null, now);
      return { kind: 'invalidCredentials' } as const;
    }
    if (user.disabledAt !== null) {
      recordLogin(tx, signIn, 'ACCOUNT_DISABLED', null, now);
      return { kind: 'accountDisabled' } as const;
    }
    if (replay !== null) {
      // It may come from another place than the first one: its own event has its own IP.
      recordLogin(tx, signIn, 'SUCCEEDED', replay.session.id, now);
      return { kind: 'opened', user: toUser(user), ...replay, ended: [] } as const;
    }
    const opened = openSession(tx, services.policy, signIn, { user, live }, now);
    if (opened.kind === 'full') {
      recordLogin(tx, signIn, 'SESSION_LIMIT_REACHED', null, now);
      return opened;
    }
    recordLogin(tx, signIn, 'SUCCEEDED', opened.session.id, now);
    noteLogin(tx, user, freshHash, now);
    rememberNetwork(tx, knownKey, userId, now);
    await notifyLogin(tx, services, user, signIn, { superseded: opened.superseded.length > 0, earlier }, now);
    return { ...opened, user: toUser({ ...user, lastLoginAt: now }) };
  });
  if ('ended' in outcome) services.endEvents.publish(outcome.ended);
  if (outcome.kind === 'full') return { kind: 'sessionLimitReached', sessions: outcome.holders };
  if (outcome.kind !== 'opened') return outcome;
  services.mail?.wake();
  return signedIn(services, outcome.user, outcome.session, outcome.superseded);
}

type Account = Pick<UserRow, 'id' | 'passwordHash' | 'emailVerifiedAt'>;

async function readAccount(db: Db, emailKey: string): Promise<Account | null> {
  const [user] = await db
    .select({ id: users.id, passwordHash: users.passwordHash, emailVerifiedAt: users.emailVerifiedAt })
    .from(users)
    .where(and(eq(users.emailKey, emailKey), isNull(users.deletedAt)));
  return user ?? null;
}

type Proof =
  | { readonly verdict: 'wrong' | 'unverified' }
  | {
      readonly verdict: 'right';
      readonly userId: string;
      /** The hash that the password was right for. */
      readonly provedHash: string;
      /** What to store instead where the parameters have changed since; null to keep it. */
      readonly freshHash: string | null;
    };

async function prove(
  services: AccountServices,
  normalized: { readonly kind: 'length' } | { readonly kind: 'ok'; readonly password: string },
  account: Account | null,
): Promise<Proof> {
  // No account's password is as short or as long as that; it is a guess all the same.
  if (normalized.kind === 'length') return { verdict: 'wrong' };
  const { password } = normalized;
  // An unknown email costs the same work: a hash is checked either way.
  const provedHash = account?.passwordHash ?? null;
  const { matches, needsRehash } = await services.passwords.verify(password, provedHash);
  if (account === null || provedHash === null || !matches) return { verdict: 'wrong' };
  // Before anything else is done for a right password: a stranger who registered another person's email knows this one.
  if (services.requireVerifiedEmail && account.emailVerifiedAt === null) return { verdict: 'unverified' };
  const freshHash = needsRehash ? await services.passwords.hash(password) : null;
  return { verdict: 'right', userId: account.id, provedHash, freshHash };
}

function recordLogin(
  tx: Tx,
  { userId, device, clientInfo }: SignIn,
  outcome: (Happening & { readonly kind: 'LOGIN' })['outcome'],
  sessionId: string | null,
  now: Date,
): void {
  recordEvent(tx, { kind: 'LOGIN', outcome, userId, sessionId, device, clientInfo }, now);
}

function noteLogin(tx: Tx, { id }: UserRow, freshHash: string | null, now: Date): void {
  const changed = { lastLoginAt: now, ...(freshHash === null ? {} : { passwordHash: freshHash }) };
  tx.send(tx.update(users).set(changed).where(eq(users.id, id)));
}
