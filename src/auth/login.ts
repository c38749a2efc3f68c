// Logs a user in. The password is proved first, without a lock; what was proved is checked again under it.

import { and, eq, isNull } from 'drizzle-orm';

import { type Db, builtOnce } from '../db/database.js';
import { users } from '../db/schema/index.js';
import { normalizePassword } from '../passwords/policy.js';
import { type Limited } from '../rateLimit/reservations.js';
import { type SignIn } from '../sessions/open.js';
import { type ClientInfo } from '../users/types.js';
import { type UserRow } from '../users/users.js';
import { reservePassword } from './attempts.js';
import { type CredentialsInput, type InvalidInput, malformedPassword, parseIdentity } from './input.js';
import { type AccountServices } from './services.js';
import { recordLogin, signInBy, type SignInOutcome } from './signIn.js';
import { offerVerification } from './verifyEmail.js';

export interface LoginInput extends CredentialsInput {
  /** Whether to take an older session's slot where the policy asks first. */
  readonly takeover?: boolean;
}

export type LoginOutcome = SignInOutcome | Limited | { readonly kind: 'invalidCredentials' } | InvalidInput;

/**
 * Logs a user in by the password; an account with a second factor asks for that next. Neither the outcome nor the time tells
 * whether the email or the password was wrong. If emails have to be verified, the right password of an unverified email is
 * refused as a wrong one is, and its owner gets the link again.
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
  if (parsed.kind === 'invalidInput') return parsed;
  const password = normalizePassword(input.password);
  if (password.kind === 'malformed') return malformedPassword('password');
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
  return signInBy<{ readonly kind: 'invalidCredentials' }>(services, {
    signIn,
    emailKey,
    isComplete: false,
    async recheck(tx, behindLock) {
      const user = await behindLock.user;
      if (user?.passwordHash === provedHash) return { kind: 'proved', user, consume: rehash };
      // The password has been changed since it was proved.
      if (user !== null) recordLogin(tx, signIn, 'WRONG_PASSWORD', null, services.clock.now());
      return { kind: 'invalidCredentials' };

      function rehash() {
        if (freshHash === null) return;
        tx.send(tx.update(users).set({ passwordHash: freshHash }).where(eq(users.id, userId)));
      }
    },
  });
}

type Account = Pick<UserRow, 'id' | 'passwordHash' | 'emailVerifiedAt'>;

const accountOf = builtOnce(['emailKey'], (db, { emailKey }) =>
  db
    .select({ id: users.id, passwordHash: users.passwordHash, emailVerifiedAt: users.emailVerifiedAt })
    .from(users)
    .where(and(eq(users.emailKey, emailKey), isNull(users.deletedAt))),
);

async function readAccount(db: Db, emailKey: string): Promise<Account | null> {
  const [user] = await accountOf(db, { emailKey });
  return user ?? null;
}

type Proof =
  | { readonly verdict: 'wrong' | 'unverified' }
  | {
      readonly verdict: 'right';
      readonly userId: string;
      /** The hash that the password was right for. */
      readonly provedHash: string;
      /** The hash to store instead where the parameters have changed since; null to keep it. */
      readonly freshHash: string | null;
    };

async function prove(
  services: AccountServices,
  normalized: { readonly kind: 'length' } | { readonly kind: 'ok'; readonly password: string },
  account: Account | null,
): Promise<Proof> {
  // No account has a password of this length. The attempt still counts as a wrong one.
  if (normalized.kind === 'length') return { verdict: 'wrong' };
  const { password } = normalized;
  // An unknown email costs the same work: a hash is checked either way.
  const provedHash = account?.passwordHash ?? null;
  const { matches, needsRehash } = await services.passwords.verify(password, provedHash);
  if (account === null || provedHash === null || !matches) return { verdict: 'wrong' };
  // Checked before a right password has any effect: a stranger who registered another person's email knows its password.
  if (services.requireVerifiedEmail && account.emailVerifiedAt === null) return { verdict: 'unverified' };
  const freshHash = needsRehash ? await services.passwords.hash(password) : null;
  return { verdict: 'right', userId: account.id, provedHash, freshHash };
}
