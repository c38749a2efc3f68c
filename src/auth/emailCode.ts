// Signing in by a code that is mailed, where the operator allows it: a first factor, bound to the device that asked. The
// challenge knows an email and no account, so that its answer is the same for every email.

import { z } from 'zod';

import { recordEvent } from '../audit/events.js';
import { deviceKinds } from '../db/schema/index.js';
import { type Limited } from '../rateLimit/reservations.js';
import { endAllSessions } from '../sessions/end.js';
import { readLive } from '../sessions/live.js';
import { type ClientInfo } from '../users/types.js';
import { findUserId, lockUser } from '../users/users.js';
import { limitMail, trustOwner } from './attempts.js';
import {
  type Challenge,
  type ChallengeRejected,
  challengeRejected,
  type CodeRejected,
  countWrongTry,
  lockChallenge,
  startChallenge,
  type StartedChallenge,
  useChallenge,
  voidChallenges,
} from './challenges.js';
import { voidLinks } from './emailLinks.js';
import { enqueueRequest } from './emails/outbox.js';
import { type CredentialsInput, type InvalidInput, parseIdentity } from './input.js';
import { readMailedCode } from './factors/codes.js';
import { forgetOtherFactors } from './otherFactors.js';
import { type AccountServices } from './services.js';
import { type SignInProof, signInBy, type SignInOutcome } from './signIn.js';

const purpose = 'emailCode';

/** The payload of the challenge: the sign-in that it is for. */
const asked = z.object({
  emailKey: z.string(),
  device: z.object({ kind: z.enum(deviceKinds), name: z.string().nullable() }),
  idempotencyKey: z.string().nullable(),
});

/** Codes are off: the operator has not set EMAIL_CODE_LOGIN. */
export interface EmailCodesOff {
  readonly kind: 'emailCodesOff';
}

export type RequestLoginCodeOutcome =
  | { readonly kind: 'loginCodeRequested'; readonly challenge: StartedChallenge }
  | EmailCodesOff
  | Limited
  | InvalidInput;

/**
 * Requests a code for signing in. One challenge and one row of the outbox are written whether or not the email has an
 * account, which is looked up when the mail is made.
 *
 * @throws MailUnavailable when no mail can be sent
 * @throws DatabaseUnavailable when it cannot be written
 */
export async function requestLoginCode(
  services: AccountServices,
  input: Omit<CredentialsInput, 'password'>,
  clientInfo: ClientInfo,
): Promise<RequestLoginCodeOutcome> {
  if (!services.emailCodeLogin) return { kind: 'emailCodesOff' };
  const parsed = parseIdentity(input);
  if (parsed.kind === 'invalidInput') return parsed;
  const { email, emailKey } = parsed.identity;
  const limited = await limitMail(services, clientInfo, emailKey, 'loginCode');
  if (limited !== null) return limited;
  // A stranger who asks for many codes keeps none from the owner, whose network is known.
  const knownKey = await services.rateLimits.knownKey(emailKey, clientInfo.ip);

  const challenge = await services.database.transact((tx) => {
    const now = services.clock.now();
    const payload = asked.parse(parsed.identity);
    const begun = startChallenge(tx, { purpose, userId: null, emailKey, payload }, now);
    const mail = { kind: 'challenge', template: 'loginCode', challengeId: begun.id } as const;
    enqueueRequest(tx, { ...mail, emailKey, to: email, knownKey }, now);
    return Promise.resolve(begun);
  });
  services.mail?.wake();
  return { kind: 'loginCodeRequested', challenge };
}

export interface LoginWithCodeInput {
  readonly challengeToken: string;
  readonly code: string;
  /** Whether to take an older session's slot where the policy asks first. */
  readonly takeover?: boolean;
}

export type LoginWithCodeOutcome = SignInOutcome | EmailCodesOff | ChallengeRejected | CodeRejected;

/**
 * Signs a user in with the code from the mail, on the device that asked for it. A wrong code counts, whether or not the email
 * has an account; the fifth ends the challenge. Sent again within a minute after it has succeeded, it gives the same session.
 *
 * @throws DatabaseUnavailable when the session cannot be written
 */
export async function loginWithCode(
  services: AccountServices,
  { challengeToken: token, code, takeover = false }: LoginWithCodeInput,
  clientInfo: ClientInfo,
): Promise<LoginWithCodeOutcome> {
  if (!services.emailCodeLogin) return { kind: 'emailCodesOff' };
  const checked = await checkCode(services, token, code, clientInfo);
  if (checked.kind !== 'right') return checked;
  const { challenge } = checked;
  const { emailKey, device, idempotencyKey } = asked.parse(challenge.payload);
  const userId = await services.database.read((db) => findUserId(db, emailKey));
  if (userId === null || challenge.isVoid) return challengeRejected;
  await claimUnverified(services, { userId, emailKey, token, clientInfo });

  const proof: SignInProof<ChallengeRejected> = {
    signIn: {
      userId,
      methods: ['EMAIL_CODE'],
      device,
      clientInfo,
      idempotencyKey: idempotencyKey ?? challenge.id,
      takeover,
    },
    emailKey,
    isComplete: false,
    async recheck(tx, behindLock) {
      const [user, locked] = await Promise.all([
        behindLock.user,
        lockChallenge(tx, services.clock, { purpose, token }),
      ]);
      if (user?.emailKey !== emailKey || locked === null || locked.isVoid) return challengeRejected;
      if (locked.state === 'used')
        return (await behindLock.replay) === null ? challengeRejected : { kind: 'proved', user };
      return {
        kind: 'proved',
        user,
        consume(now) {
          useChallenge(tx, locked, now);
        },
      };
    },
  };
  return signInBy(services, proof);
}

/** Checks a code against the challenge of a token, and counts a wrong one; it needs no account, and tells of none. */
async function checkCode(
  services: AccountServices,
  token: string,
  typed: string,
  clientInfo: ClientInfo,
): Promise<{ readonly kind: 'right'; readonly challenge: Challenge } | ChallengeRejected | CodeRejected> {
  return services.database.transact(async (tx) => {
    const challenge = await lockChallenge(tx, services.clock, { purpose, token });
    if (challenge === null) return challengeRejected;
    const code = readMailedCode(typed);
    if (code === null) return { kind: 'codeRejected', triesLeft: challenge.triesLeft };
    if (services.mailedCodes.isCode(challenge.id, code) && challenge.isMailed)
      return { kind: 'right', challenge };
    const triesLeft = challenge.state === 'open' ? countWrongTry(tx, challenge) : challenge.triesLeft;
    const { emailKey, device } = asked.parse(challenge.payload);
    const wrong = { kind: 'LOGIN', outcome: 'WRONG_CODE', emailKey, sessionId: null, device } as const;
    services.failureRecorder.note({ ...wrong, clientInfo, at: services.clock.now() });
    return { kind: 'codeRejected', triesLeft };
  });
}

/**
 * Gives an account whose email was never verified to the owner of the email, who has just proved to be it: a stranger may
 * have chosen its password, be signed in to it, and have added other ways in. From then on the email is its way in.
 */
async function claimUnverified(
  services: AccountServices,
  claim: {
    readonly userId: string;
    readonly emailKey: string;
    readonly token: string;
    readonly clientInfo: ClientInfo;
  },
): Promise<void> {
  const { userId, emailKey, token, clientInfo } = claim;
  const toPublish = await services.database.transact(async (tx) => {
    const [user, challenge, live] = await Promise.all([
      lockUser(tx, userId),
      lockChallenge(tx, services.clock, { purpose, token }),
      readLive(tx, userId),
    ]);
    if (user?.emailKey !== emailKey || user.emailVerifiedAt !== null || user.disabledAt !== null) return null;
    if (challenge?.state !== 'open' || challenge.isVoid) return null;
    const now = services.clock.now();
    const everySession = { userId, live };
    const ended = endAllSessions(tx, services.policy, everySession, 'PASSWORD_CHANGED', now);
    forgetOtherFactors(tx, userId, { passwordHash: null, signsInByEmail: true, emailVerifiedAt: now });
    voidLinks(tx, userId, now);
    voidChallenges(tx, userId);
    const about = { userId, sessionId: null, device: null, clientInfo };
    recordEvent(tx, { kind: 'VERIFY_EMAIL', outcome: 'SUCCEEDED', ...about }, now);
    await trustOwner(tx, services, user, clientInfo.ip, now);
    return ended.toPublish;
  });
  if (toPublish !== null) services.endEvents.publishAll(toPublish);
}
