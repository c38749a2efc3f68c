// The second step of a sign-in: a second factor, with the challenge that the first step gave. The device and the
// idempotency key of the first step hold for both.

import { type Tx } from '../db/database.js';
import { type Limited } from '../rateLimit/reservations.js';
import { type SignIn } from '../sessions/open.js';
import { type ClientInfo } from '../users/types.js';
import {
  type ChallengeRejected,
  challengeRejected,
  type CodeRejected,
  countWrongTry,
  findChallenge,
  lockChallenge,
  useChallenge,
} from './challenges.js';
import {
  checkFactor,
  type CheckedAnswer,
  type FactorAnswer,
  type FactorInput,
  givenFactors,
} from './factors/factors.js';
import { type MalformedPasskey, type PasskeyRejected, type PasskeysOff } from './factors/passkeys.js';
import {
  type AskedPasskey,
  checkPasskey,
  eventOf,
  verifyAskedPasskey,
  type VerifiedPasskey,
} from './factors/usePasskey.js';
import { type InputIssue, type InvalidInput, invalidInput } from './input.js';
import { type AccountServices } from './services.js';
import {
  type SignInProof,
  noteLogin,
  parseHalfSignIn,
  recordLogin,
  signInBy,
  type SignInOutcome,
} from './signIn.js';

/** Exactly one of the two codes and the passkey is given. */
export interface CompleteLoginInput extends FactorInput {
  readonly challengeToken: string;
  /** The `AuthenticationResponseJSON`, as the client sent it. */
  readonly passkey?: unknown;
  /** Whether to take an older session's slot where the policy asks first; the first step may have said so already. */
  readonly takeover?: boolean;
}

type Refusal = ChallengeRejected | CodeRejected | PasskeyRejected | Limited;

export type CompleteLoginOutcome =
  | Exclude<SignInOutcome, { kind: 'secondFactorRequired' }>
  | Refusal
  | MalformedPasskey
  | PasskeysOff
  | InvalidInput;

/**
 * Completes a sign-in. A wrong code counts against the challenge, and against the account as seen from the network: only a
 * client that has proved the first factor gets here, so that no other locks the owner out. A passkey is no guess. Sent again
 * within a minute after it has succeeded, it gives the session that it opened the first time.
 *
 * @throws DataKeyUnavailable when the seed of the authenticator app cannot be opened
 * @throws DatabaseUnavailable when the session cannot be written
 */
export async function completeLogin(
  services: AccountServices,
  input: CompleteLoginInput,
  clientInfo: ClientInfo,
): Promise<CompleteLoginOutcome> {
  const given = parseAnswer(input);
  if (given === null) return invalidInput(oneFactor);
  const token = input.challengeToken;
  const presented = { purpose: 'secondFactor', token } as const;
  const found = await services.database.read((db) => findChallenge(db, services.clock, presented));
  if (found?.userId == null) return challengeRejected;

  const { userId } = found;
  const half = parseHalfSignIn(found.payload);
  const { emailKey } = half;
  const answer = await prepare(services, given, { userId, token, device: half.device, clientInfo });
  if ('kind' in answer) return answer;
  const signIn: SignIn = {
    ...half,
    userId,
    clientInfo,
    methods: [...half.methods, answer.method],
    takeover: half.takeover || (input.takeover ?? false),
    // A challenge opens one session. Without a key from the client, the challenge's id is the key.
    idempotencyKey: half.idempotencyKey ?? found.id,
  };
  const proof: SignInProof<Refusal> = {
    signIn,
    emailKey,
    isComplete: true,
    async recheck(tx, behindLock) {
      const { ip } = clientInfo;
      const [user, challenge, limited, checked] = await Promise.all([
        behindLock.user,
        lockChallenge(tx, services.clock, presented),
        answer.isGuess ? services.rateLimits.checkCodeLimit(tx, emailKey, ip) : null,
        answer.check(tx),
      ]);
      const now = services.clock.now();
      if (user === null || challenge === null) return challengeRejected;
      if (challenge.state === 'used')
        return (await behindLock.replay) === null ? challengeRejected : { kind: 'proved', user };
      if (limited !== null) {
        noteLogin(services, signIn, user, 'TOO_MANY_ATTEMPTS');
        return limited;
      }
      const { triesLeft } = challenge;
      if (checked.kind === 'malformed') return { kind: 'codeRejected', triesLeft };
      if (checked.kind === 'wrong') {
        recordLogin(tx, signIn, 'WRONG_CODE', null, now);
        await services.rateLimits.wrongCode(tx, emailKey, ip);
        return { kind: 'codeRejected', triesLeft: countWrongTry(tx, challenge) };
      }
      if (checked.kind === 'passkeyRejected') {
        noteLogin(services, signIn, user, eventOf(checked));
        return checked;
      }
      return {
        kind: 'proved',
        user,
        async consume(at) {
          useChallenge(tx, challenge, at);
          await checked.consume({ user, device: signIn.device, clientInfo }, at);
        },
      };
    },
  };
  const outcome = await signInBy(services, proof);
  if (outcome.kind === 'secondFactorRequired') throw new Error('every factor has been proved');
  return outcome;
}

const oneFactor: InputIssue = { field: 'totp', message: 'Give one second factor, and no more than one.' };

type Given = FactorAnswer | { readonly method: 'PASSKEY'; readonly response: unknown };

/** Returns the one factor that is given; null for none and for several. */
function parseAnswer({ passkey, ...codes }: CompleteLoginInput): Given | null {
  const given: readonly Given[] = [
    ...givenFactors(codes),
    ...(passkey == null ? [] : [{ method: 'PASSKEY', response: passkey } as const]),
  ];
  return given.length === 1 ? (given[0] ?? null) : null;
}

/** A second factor that is to be checked behind the user's lock. */
interface FactorCheck {
  readonly method: Given['method'];
  /** Whether it may have been guessed, so that wrong ones count. */
  readonly isGuess: boolean;
  readonly check: (tx: Tx) => Promise<CheckedAnswer | PasskeyRejected>;
}

/** Does what needs no lock: a passkey is verified here. */
async function prepare(
  services: AccountServices,
  given: Given,
  asked: Pick<AskedPasskey, 'userId' | 'token' | 'device' | 'clientInfo'>,
): Promise<FactorCheck | Exclude<Awaited<ReturnType<typeof verifyAskedPasskey>>, VerifiedPasskey>> {
  const { method } = given;
  if (method !== 'PASSKEY')
    return { method, isGuess: true, check: (tx) => checkFactor(tx, services, asked.userId, given) };
  const { response } = given;
  const verified = await verifyAskedPasskey(services, { ...asked, kind: 'LOGIN', response, sessionId: null });
  if (verified.kind !== 'verified') return verified;
  return {
    method,
    isGuess: false,
    async check(tx) {
      const checked = await checkPasskey(tx, verified);
      if (checked.kind !== 'right') return checked;
      return {
        kind: 'right',
        consume(_by, now) {
          checked.consume(now);
          return Promise.resolve();
        },
      };
    },
  };
}
