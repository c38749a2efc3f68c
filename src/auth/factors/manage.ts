// Manages the second factors of a signed-in user: sets up an authenticator app, removes a factor, renews the recovery codes.
// Each change voids the challenges that rest on what was before, and is notified.

import { randomUUID } from 'node:crypto';

import { and, eq } from 'drizzle-orm';
import { z } from 'zod';

import { recordEvent } from '../../audit/events.js';
import { seal } from '../../common/sealing.js';
import { type Tx } from '../../db/database.js';
import { challenges, recoveryCodes, sessions, totpFactors } from '../../db/schema/index.js';
import { type Limited } from '../../rateLimit/reservations.js';
import { signedOut, type SignedOut } from '../../sessions/authenticate.js';
import { lockLiveSession } from '../../sessions/live.js';
import { type Session } from '../../sessions/types.js';
import { type AuthenticationMethod, type ClientInfo, type User } from '../../users/types.js';
import { toUser, waysInOf } from '../../users/users.js';
import {
  type ChallengeRejected,
  challengeRejected,
  type CodeRejected,
  countWrongTry,
  lockChallenge,
  type StartedChallenge,
  startChallenge,
  voidChallenges,
} from '../challenges.js';
import { notify } from '../emails/notifications.js';
import { type AccountServices, requireDataKeys } from '../services.js';
import { lockSessionWithRequiredFactors, type ActRefused, refusedNow } from '../stepUp.js';
import { openSeed, readFactors, seedRow } from './factors.js';
import { readPasskeys, removePasskey } from './passkeys.js';
import { hashRecoveryCode, newRecoveryCodes } from './codes.js';
import { base32, findStep, newSeed, parseTotp, totpUri } from './totp.js';

export interface TotpEnrolment {
  readonly kind: 'started';
  readonly challenge: StartedChallenge & { readonly factors: readonly AuthenticationMethod[] };
  /** The seed in base 32, to be typed into the app. */
  readonly secret: string;
  /** The same as a key URI, to be shown as a QR code. */
  readonly uri: string;
}

const enrolment = z.object({ sealedSeed: z.string() });

/**
 * Makes the seed of an authenticator app. Nothing changes until a code of the app confirms it; another enrolment that was
 * begun is void.
 *
 * @throws DataKeyUnavailable where nothing can be sealed
 * @throws DatabaseUnavailable when it cannot be written
 */
export async function startTotpEnrolment(
  services: AccountServices,
  session: Session,
  clientInfo: ClientInfo,
): Promise<TotpEnrolment | ActRefused> {
  const keys = requireDataKeys(services);
  const seed = newSeed();
  const { userId } = session;
  const started = await services.database.transact(async (tx) => {
    const owner = await lockSessionWithRequiredFactors(tx, services, session);
    if (owner === null) return null;
    tx.send(
      tx
        .delete(challenges)
        .where(and(eq(challenges.userId, userId), eq(challenges.purpose, 'totpEnrolment'))),
    );
    const payload = { sealedSeed: seal(keys, seedRow(userId), seed) };
    const begun = { purpose: 'totpEnrolment', userId, payload } as const;
    return { ...startChallenge(tx, begun, owner.now), email: owner.user.email ?? '' };
  });
  if (started === null) return refusedNow(services, session, 'ADD_TOTP', clientInfo);
  const { email, ...challenge } = started;
  return {
    kind: 'started',
    challenge: { ...challenge, factors: ['TOTP'] },
    secret: base32(seed),
    uri: totpUri(seed, services.appName, email),
  };
}

export interface ConfirmTotpEnrolmentInput {
  readonly challengeToken: string;
  readonly code: string;
}

/** Shown once, and kept as hashes only. */
export interface WithRecoveryCodes {
  readonly recoveryCodes: readonly string[];
  readonly user: User;
}

export type ConfirmTotpEnrolmentOutcome =
  | ({ readonly kind: 'confirmed' } & WithRecoveryCodes)
  | ChallengeRejected
  | CodeRejected
  | SignedOut
  | Limited;

/**
 * Adds the authenticator app whose enrolment was begun, with its first code; an app from before no longer works. The code is
 * not accepted again, by the next sign-in either.
 *
 * @throws DataKeyUnavailable when the seed cannot be opened
 * @throws DatabaseUnavailable when it cannot be written
 */
export async function confirmTotpEnrolment(
  services: AccountServices,
  session: Session,
  { challengeToken: token, code: typed }: ConfirmTotpEnrolmentInput,
  clientInfo: ClientInfo,
): Promise<ConfirmTotpEnrolmentOutcome> {
  const { userId, device } = session;
  const about = { userId, sessionId: session.id, device, clientInfo };
  const code = parseTotp(typed);
  const limited = await services.rateLimits.change(services.database, userId);
  if (limited !== null) return limited;
  const outcome = await services.database.transact(async (tx) => {
    const [owner, challenge] = await Promise.all([
      lockLiveSession(tx, services, session),
      lockChallenge(tx, services.clock, { purpose: 'totpEnrolment', token }),
    ]);
    if (owner === null) return null;
    if (challenge?.state !== 'open' || challenge.userId !== userId) return challengeRejected;
    if (code === null) return { kind: 'codeRejected', triesLeft: challenge.triesLeft } as const;
    const { user, now } = owner;
    const { sealedSeed } = enrolment.parse(challenge.payload);
    const step = findStep(openSeed(services, userId, sealedSeed), code, now, 0);
    if (step === null) {
      recordEvent(tx, { kind: 'ADD_TOTP', outcome: 'WRONG_CODE', ...about }, now);
      return { kind: 'codeRejected', triesLeft: countWrongTry(tx, challenge) } as const;
    }
    tx.send(tx.delete(totpFactors).where(eq(totpFactors.userId, userId)));
    const factor = { id: randomUUID(), userId, sealedSeed, lastStep: step, createdAt: now };
    tx.send(tx.insert(totpFactors).values(factor));
    noteProof(tx, owner.session);
    const codes = replaceRecoveryCodes(tx, userId);
    voidChallenges(tx, userId);
    recordEvent(tx, { kind: 'ADD_TOTP', outcome: 'SUCCEEDED', ...about }, now);
    await notify(tx, services, user, { template: 'factorAdded', device, clientInfo }, now);
    return { kind: 'confirmed', recoveryCodes: codes, user: toUser({ ...user, hasTotp: true }) } as const;
  });
  if (outcome === null) return signedOut(services, session);
  services.mail?.wake();
  return outcome;
}

export type RemoveFactorOutcome =
  | { readonly kind: 'removed'; readonly user: User }
  | { readonly kind: 'factorNotFound' }
  /** It is the only way in to the account. */
  | { readonly kind: 'lastWayIn' }
  | ActRefused;

/**
 * Removes an authenticator app or a passkey. With the last app the recovery codes go, which stand for it.
 *
 * @throws DatabaseUnavailable when it cannot be written
 */
export async function removeFactor(
  services: AccountServices,
  session: Session,
  id: string,
  clientInfo: ClientInfo,
): Promise<RemoveFactorOutcome> {
  const { userId, device } = session;
  const outcome = await services.database.transact(async (tx) => {
    const [owner, factors, own] = await Promise.all([
      lockSessionWithRequiredFactors(tx, services, session),
      readFactors(tx, userId),
      readPasskeys(tx, userId),
    ]);
    if (owner === null) return null;
    const { user, now } = owner;
    if (own.some((passkey) => passkey.id === id)) {
      const left = { ...user, passkeys: user.passkeys - 1 };
      if (waysInOf(left).length === 0) return { kind: 'lastWayIn' } as const;
      const from = { sessionId: session.id, device, clientInfo };
      removePasskey(tx, userId, id, from, now);
      voidChallenges(tx, userId);
      await notify(tx, services, user, { template: 'passkeyRemoved', device, clientInfo }, now);
      return { kind: 'removed', user: toUser(left) } as const;
    }
    if (!factors.some((factor) => factor.id === id)) return { kind: 'factorNotFound' } as const;
    tx.send(tx.delete(totpFactors).where(eq(totpFactors.id, id)));
    if (factors.length === 1) tx.send(tx.delete(recoveryCodes).where(eq(recoveryCodes.userId, userId)));
    voidChallenges(tx, userId);
    const event = { kind: 'REMOVE_FACTOR', outcome: 'SUCCEEDED', userId, sessionId: session.id } as const;
    recordEvent(tx, { ...event, device, clientInfo }, now);
    await notify(tx, services, user, { template: 'factorRemoved', device, clientInfo }, now);
    return { kind: 'removed', user: toUser({ ...user, hasTotp: false }) } as const;
  });
  if (outcome === null) return refusedNow(services, session, 'REMOVE_FACTOR', clientInfo);
  services.mail?.wake();
  return outcome;
}

export type RenewRecoveryCodesOutcome =
  | ({ readonly kind: 'renewed' } & WithRecoveryCodes)
  | { readonly kind: 'factorNotFound' }
  | ActRefused
  | Limited;

/**
 * Makes new recovery codes in the place of all earlier ones, for an account that has a second factor.
 *
 * @throws DatabaseUnavailable when it cannot be written
 */
export async function renewRecoveryCodes(
  services: AccountServices,
  session: Session,
  clientInfo: ClientInfo,
): Promise<RenewRecoveryCodesOutcome> {
  const { userId, device } = session;
  const limited = await services.rateLimits.change(services.database, userId);
  if (limited !== null) return limited;
  const outcome = await services.database.transact(async (tx) => {
    const [owner, factors] = await Promise.all([
      lockSessionWithRequiredFactors(tx, services, session),
      readFactors(tx, userId),
    ]);
    if (owner === null) return null;
    if (factors.length === 0) return { kind: 'factorNotFound' } as const;
    const { user, now } = owner;
    const codes = replaceRecoveryCodes(tx, userId);
    voidChallenges(tx, userId);
    const event = { kind: 'RENEW_RECOVERY_CODES', outcome: 'SUCCEEDED', userId } as const;
    recordEvent(tx, { ...event, sessionId: session.id, device, clientInfo }, now);
    await notify(tx, services, user, { template: 'recoveryCodesRenewed', device, clientInfo }, now);
    return { kind: 'renewed', recoveryCodes: codes, user: toUser(user) } as const;
  });
  if (outcome === null) return refusedNow(services, session, 'RENEW_RECOVERY_CODES', clientInfo);
  services.mail?.wake();
  return outcome;
}

/** Makes a set of recovery codes in the place of the earlier one, and gives it. */
function replaceRecoveryCodes(tx: Tx, userId: string): readonly string[] {
  const codes = newRecoveryCodes();
  tx.send(tx.delete(recoveryCodes).where(eq(recoveryCodes.userId, userId)));
  tx.send(tx.insert(recoveryCodes).values(codes.map((code) => ({ userId, hash: hashRecoveryCode(code) }))));
  return codes;
}

/** Notes that the session that adds an app has proved a code of it, which a sign-in takes from now on. */
function noteProof(tx: Tx, { id, methods }: Session): void {
  const proved = [...new Set([...methods, 'TOTP' as const])];
  tx.send(tx.update(sessions).set({ methods: proved }).where(eq(sessions.id, id)));
}

/** Removes every second factor of an account; the caller holds the user's lock. */
export function forgetFactors(tx: Tx, userId: string): void {
  tx.send(tx.delete(totpFactors).where(eq(totpFactors.userId, userId)));
  tx.send(tx.delete(recoveryCodes).where(eq(recoveryCodes.userId, userId)));
}
