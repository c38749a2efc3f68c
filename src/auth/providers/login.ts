// Signs a person in whom a provider has authenticated.

import { type Limited } from '../../rateLimit/reservations.js';
import { type SignedIn, type SignIn } from '../../sessions/open.js';
import { type ClientInfo } from '../../users/types.js';
import { type ChallengeRejected, challengeRejected, noteChallengeUser } from '../challenges.js';
import {
  type InvalidInput,
  invalidInput,
  parseDevice,
  parseIdempotencyKey,
  type SignInInput,
} from '../input.js';
import { type AccountServices } from '../services.js';
import { type SignInProof, signInBy, type SignInOutcome } from '../signIn.js';
import { findIdentity, noteIdentityUsed } from './identities.js';
import { isLoggedOut } from './logouts.js';
import { findOwner, type Owned, type OwnerOutcome } from './owner.js';
import { type ProviderFailure } from './protocol.js';
import { type ReturnedFromProvider, returnFromProvider, type ReturnInput } from './start.js';

export interface CompleteProviderLoginInput extends ReturnInput, SignInInput {
  /** Whether to take an older session's slot where the policy asks first. */
  readonly takeover?: boolean;
}

export type ProviderLoginOutcome =
  | Exclude<SignInOutcome, SignedIn>
  | (SignedIn & { readonly isNew: boolean })
  | Exclude<OwnerOutcome, Owned>
  | ChallengeRejected
  | ProviderFailure
  | Limited
  | InvalidInput;

/**
 * Completes a sign-in that was begun at a provider, by the rules of `login`. Sent again within a minute under the same
 * idempotency key, it gives the session that it opened the first time, if that still is live.
 *
 * @throws LimiterUnavailable when it cannot be counted, DatabaseUnavailable when the session cannot be written
 */
export async function completeProviderLogin(
  services: AccountServices,
  input: CompleteProviderLoginInput,
  clientInfo: ClientInfo,
): Promise<ProviderLoginOutcome> {
  const idempotencyKey = parseIdempotencyKey(input.idempotencyKey);
  if (idempotencyKey.kind === 'invalid') return invalidInput(idempotencyKey.issue);
  const signIn = {
    methods: ['PROVIDER'],
    device: parseDevice(input.device),
    clientInfo,
    idempotencyKey: idempotencyKey.key,
    takeover: input.takeover ?? false,
  } as const;

  const returned = await returnFromProvider(services, 'providerLogin', input, null, clientInfo);
  if (returned.kind === 'challengeUsed') {
    const { userId } = returned;
    return userId === null || signIn.idempotencyKey === null
      ? challengeRejected
      : signedInAs(false, await signInBy(services, proofByReplay({ ...signIn, userId })));
  }
  if (returned.kind !== 'returned') return returned;
  const owner = await findOwner(services, returned.identity, signIn);
  if (owner.kind !== 'owned') return owner;
  return signedInAs(owner.isNew, await signInBy(services, proofByIdentity(signIn, owner, returned)));
}

function signedInAs<T extends { readonly kind: string }>(isNew: boolean, outcome: T | SignedIn) {
  return 'token' in outcome ? { ...outcome, isNew } : outcome;
}

type WithoutUser = Omit<SignIn, 'userId'>;

/** The identity is still linked to the account, and the provider has not signed the person out meanwhile. */
function proofByIdentity(
  signIn: WithoutUser,
  { userId, emailKey, identityId }: Owned,
  { identity, challengeId, times }: ReturnedFromProvider,
): SignInProof<ChallengeRejected> {
  const opener = { id: identityId, sid: identity.sid };
  return {
    signIn: { ...signIn, userId, identity: opener },
    emailKey,
    isComplete: false,
    async recheck(tx, { user: locked }) {
      const [user, linked, isOver] = await Promise.all([
        locked,
        findIdentity(tx, identity),
        isLoggedOut(tx, identity, times),
      ]);
      if (isOver || user === null || linked?.id !== identityId || linked.userId !== userId)
        return challengeRejected;
      return {
        kind: 'proved',
        user,
        consume(now) {
          noteChallengeUser(tx, challengeId, userId);
          noteIdentityUsed(tx, identityId, now);
        },
      };
    },
  };
}

/** The same request was answered before: what it opened is given once more, and nothing else. */
function proofByReplay(signIn: SignIn): SignInProof<ChallengeRejected> {
  return {
    signIn,
    // It opens nothing, so no network becomes known.
    emailKey: '',
    isComplete: true,
    async recheck(_tx, { user: locked, replay: replayed }) {
      const [user, replay] = await Promise.all([locked, replayed]);
      return user === null || replay === null ? challengeRejected : { kind: 'proved', user };
    },
  };
}
