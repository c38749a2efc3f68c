// Opens a session for every way to sign in: each, such as `login`, proves a factor and calls this. Here, under the user's
// lock, it is decided whether a session opens, a second factor is missing, or the account lets no client in. Half a sign-in
// changes nothing: no session ends, no notice goes out, and no login is counted before every factor is proved.

import { eq } from 'drizzle-orm';
import { z } from 'zod';

import { type Happening, recordEvent } from '../audit/events.js';
import { type Tx } from '../db/database.js';
import { authenticationMethods, deviceKinds, users } from '../db/schema/index.js';
import { findReplay, type Replay } from '../sessions/idempotency.js';
import { readLive } from '../sessions/live.js';
import { openSession, type SignedIn, signedIn, type SignIn } from '../sessions/open.js';
import { type Session } from '../sessions/types.js';
import { type AuthenticationMethod } from '../users/types.js';
import { lockUser, toUser, type UserRow } from '../users/users.js';
import { rememberNetwork } from './attempts.js';
import { type StartedChallenge, startChallenge } from './challenges.js';
import { notifyLogin, readEarlierLogins } from './emails/notifications.js';
import { type AccountServices } from './services.js';

/** The proof of one way to sign in. `R` is the answer where the proof no longer holds. */
export interface SignInProof<R extends { readonly kind: string }> {
  /** The account, the device, and how the person has proved who they are so far. */
  readonly signIn: SignIn;
  /** The key of the account's email, under which its networks are known. */
  readonly emailKey: string;
  /** Whether no second factor is asked for: it has been proved as well. */
  readonly isComplete: boolean;
  /**
   * Checks once more what was proved, behind the user's lock: the account may have changed since. A refusal is recorded
   * here.
   */
  readonly recheck: (tx: Tx, behindLock: BehindLock) => Promise<Proved | R>;
}

/** The reads behind the user's lock. */
export interface BehindLock {
  readonly user: Promise<UserRow | null>;
  /** The session that the same sign-in has opened before. */
  readonly replay: Promise<Replay | null>;
}

/** The proof still holds. */
export interface Proved {
  readonly kind: 'proved';
  readonly user: UserRow;
  /**
   * Uses up what was proved, such as a code. Called only when the sign-in opens a session, not when the limit of sessions
   * refuses it.
   */
  readonly consume?: (now: Date) => void | Promise<void>;
}

/** The first factor is right, and the account has a second one: nothing has changed yet. */
export interface SecondFactorRequired {
  readonly kind: 'secondFactorRequired';
  readonly userId: string;
  readonly challenge: StartedChallenge & { readonly factors: readonly AuthenticationMethod[] };
}

export type SignInOutcome =
  | SignedIn
  | SecondFactorRequired
  | { readonly kind: 'accountDisabled' }
  | { readonly kind: 'sessionLimitReached'; readonly sessions: readonly Session[] };

/** The payload of the challenge for a second factor: the first half of the sign-in. */
const halfSignIn = z.object({
  emailKey: z.string(),
  methods: z.array(z.enum(authenticationMethods)),
  device: z.object({ kind: z.enum(deviceKinds), name: z.string().nullable() }),
  idempotencyKey: z.string().nullable(),
  takeover: z.boolean(),
  identity: z.object({ id: z.string(), sid: z.string().nullable() }).optional(),
});

export const parseHalfSignIn = (payload: unknown) => halfSignIn.parse(payload);

/**
 * Signs a user in by what has been proved, and ends the session whose slot the new one takes. Sent again within a minute
 * under the same idempotency key, it gives the session that it opened the first time, if that still is live.
 *
 * @throws DatabaseUnavailable when the session cannot be written
 */
export async function signInBy<R extends { readonly kind: string }>(
  services: AccountServices,
  proof: SignInProof<R>,
): Promise<SignInOutcome | R> {
  const { signIn, emailKey } = proof;
  const { userId } = signIn;
  const knownKey = await services.rateLimits.knownKey(emailKey, signIn.clientInfo.ip);
  const outcome = await services.database.transact(async (tx) => {
    const locked = lockUser(tx, userId);
    const replayed = findReplay(tx, services, signIn);
    const [proved, live, replay, earlier] = await Promise.all([
      proof.recheck(tx, { user: locked, replay: replayed }),
      readLive(tx, userId),
      replayed,
      readEarlierLogins(tx, services, userId),
    ]);
    if (!isProved(proved)) return { kind: 'refused', answer: proved } as const;
    const { user, consume } = proved;
    const now = services.clock.now();
    if (user.disabledAt !== null) {
      noteLogin(services, signIn, user, 'ACCOUNT_DISABLED');
      return { kind: 'accountDisabled' } as const;
    }
    const factors = proof.isComplete ? [] : completingMethods(user, services.passkeys !== null);
    if (factors.length > 0) {
      recordLogin(tx, signIn, 'SECOND_FACTOR_REQUIRED', null, now);
      await consume?.(now);
      const payload = halfSignIn.parse({ ...signIn, emailKey });
      const challenge = startChallenge(tx, { purpose: 'secondFactor', userId, payload }, now);
      return { kind: 'secondFactorRequired', userId, challenge: { ...challenge, factors } } as const;
    }
    if (replay !== null) {
      // It may come from another place than the first one: its own event has its own IP.
      noteLogin(services, signIn, user, 'SUCCEEDED', replay.session.id);
      await consume?.(now);
      return { kind: 'opened', user: toUser(user), ...replay, ended: [] } as const;
    }
    const opened = openSession(tx, services.policy, signIn, { user, live }, now);
    if (opened.kind === 'full') {
      noteLogin(services, signIn, user, 'SESSION_LIMIT_REACHED');
      return opened;
    }
    recordLogin(tx, signIn, 'SUCCEEDED', opened.session.id, now);
    tx.send(tx.update(users).set({ lastLoginAt: now }).where(eq(users.id, userId)));
    rememberNetwork(tx, knownKey, userId, now);
    await consume?.(now);
    await notifyLogin(tx, services, user, signIn, { superseded: opened.superseded.length > 0, earlier }, now);
    return { ...opened, user: toUser({ ...user, lastLoginAt: now }) };
  });
  if (outcome.kind === 'refused') return outcome.answer;
  if ('ended' in outcome) services.endEvents.publish(outcome.ended);
  if (outcome.kind === 'full') return { kind: 'sessionLimitReached', sessions: outcome.holders };
  if (outcome.kind !== 'opened') return outcome;
  services.mail?.wake();
  return signedIn(services, outcome.user, outcome.session, outcome.superseded);
}

/**
 * Returns the methods that complete a sign-in to an account; none where its first factor is enough. A passkey completes one
 * where the account has an authenticator app; by itself it asks for no second step.
 *
 * @param user the row, which says whether there is an app: the factors are not read for it
 */
function completingMethods(
  { hasTotp, passkeys }: Pick<UserRow, 'hasTotp' | 'passkeys'>,
  acceptsPasskeys: boolean,
): readonly AuthenticationMethod[] {
  if (!hasTotp) return [];
  return ['TOTP', ...(acceptsPasskeys && passkeys > 0 ? (['PASSKEY'] as const) : []), 'RECOVERY_CODE'];
}

function isProved(checked: Proved | { readonly kind: string }): checked is Proved {
  return checked.kind === 'proved';
}

type LoginEventOutcome = (Happening & { readonly kind: 'LOGIN' })['outcome'];

/**
 * Notes the outcome of a sign-in that uses nothing up. The same request can be sent again and again: the recorder keeps one
 * event of it a minute.
 */
export function noteLogin(
  services: AccountServices,
  { device, clientInfo }: SignIn,
  { emailKey }: Pick<UserRow, 'emailKey'>,
  outcome: LoginEventOutcome,
  sessionId: string | null = null,
): void {
  if (emailKey === null) return;
  const about = { emailKey, sessionId, device, clientInfo, at: services.clock.now() };
  services.failureRecorder.note({ kind: 'LOGIN', outcome, ...about });
}

/** Records the outcome of a sign-in. The caller holds the user's lock. */
export function recordLogin(
  tx: Tx,
  { userId, device, clientInfo }: SignIn,
  outcome: LoginEventOutcome,
  sessionId: string | null,
  now: Date,
): void {
  recordEvent(tx, { kind: 'LOGIN', outcome, userId, sessionId, device, clientInfo }, now);
}
