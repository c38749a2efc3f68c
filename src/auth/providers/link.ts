// Links identities at providers to the account of a signed-in user, and removes them.

import { eq, sql } from 'drizzle-orm';

import { recordEvent } from '../../audit/events.js';
import { violates } from '../../db/errors.js';
import { users } from '../../db/schema/index.js';
import { type Limited } from '../../rateLimit/reservations.js';
import { type Session } from '../../sessions/types.js';
import { type ClientInfo } from '../../users/types.js';
import { waysInOf, type UserRow } from '../../users/users.js';
import { type ChallengeRejected, challengeRejected, voidChallenges } from '../challenges.js';
import { notify } from '../emails/notifications.js';
import { type AccountServices } from '../services.js';
import { lockSessionWithRequiredFactors, type ActRefused, refusedNow } from '../stepUp.js';
import {
  addIdentity,
  findIdentity,
  type IdentityRow,
  maxIdentities,
  type ProvenAt,
  readIdentities,
  removeIdentity,
} from './identities.js';
import { type VerifiedEmailRequired } from './owner.js';
import { type ProviderFailure } from './protocol.js';
import { returnFromProvider, type ReturnInput } from './start.js';

export type LinkIdentityOutcome =
  | { readonly kind: 'linked'; readonly identity: IdentityRow }
  /** It is linked to another account. */
  | { readonly kind: 'identityTaken' }
  | { readonly kind: 'tooManyIdentities' }
  | VerifiedEmailRequired
  | ChallengeRejected
  | ProviderFailure
  | ActRefused
  | Limited;

/**
 * Completes a link that the same session has begun. An identity that the account has already stays linked.
 *
 * @throws LimiterUnavailable when it cannot be counted, DatabaseUnavailable when it cannot be written
 */
export async function completeIdentityLink(
  services: AccountServices,
  session: Session,
  input: ReturnInput,
  clientInfo: ClientInfo,
): Promise<LinkIdentityOutcome> {
  const returned = await returnFromProvider(services, 'identityLink', input, session, clientInfo);
  if (returned.kind === 'challengeUsed') return challengeRejected;
  if (returned.kind !== 'returned') return returned;
  const { identity } = returned;
  const linked = await link(services, session, identity, clientInfo).catch((error: unknown) => {
    // Another request linked it meanwhile, and is seen now.
    if (violates(error, 'identities_issuer_subject_unique'))
      return link(services, session, identity, clientInfo);
    throw error;
  });
  if (linked === null) return refusedNow(services, session, 'LINK_IDENTITY', clientInfo);
  services.mail?.wake();
  return linked;
}

async function link(
  services: AccountServices,
  session: Session,
  identity: ProvenAt,
  clientInfo: ClientInfo,
): Promise<LinkIdentityOutcome | null> {
  return services.database.transact(async (tx) => {
    const [owner, known] = await Promise.all([
      lockSessionWithRequiredFactors(tx, services, session),
      findIdentity(tx, identity),
    ]);
    if (owner === null) return null;
    const { user, now } = owner;
    const about = { userId: user.id, sessionId: session.id, device: session.device, clientInfo };
    if (known?.userId === user.id) return { kind: 'linked', identity: known };
    if (known !== null) {
      recordEvent(tx, { kind: 'LINK_IDENTITY', outcome: 'IDENTITY_TAKEN', ...about }, now);
      return { kind: 'identityTaken' };
    }
    // Else a stranger who registered another person's e-mail could keep a way in that survives a new password.
    if (user.emailVerifiedAt === null) return { kind: 'verifiedEmailRequired' };
    if (user.identities >= maxIdentities) return { kind: 'tooManyIdentities' };
    const added = addIdentity(tx, user.id, identity, now);
    tx.send(
      tx
        .update(users)
        .set({ identities: sql`${users.identities} + 1` })
        .where(eq(users.id, user.id)),
    );
    recordEvent(tx, { kind: 'LINK_IDENTITY', outcome: 'SUCCEEDED', ...about }, now);
    const { device } = session;
    await notify(tx, services, user, { template: 'identityLinked', device, clientInfo }, now);
    return { kind: 'linked', identity: added };
  });
}

export type UnlinkIdentityOutcome =
  | { readonly kind: 'unlinked' }
  | { readonly kind: 'identityNotFound' }
  /** Without it the owner could never sign in again. */
  | { readonly kind: 'lastWayIn' }
  | ActRefused;

/**
 * Removes an identity from the account. The provider's person can no longer sign in; sessions stay live.
 *
 * @throws DatabaseUnavailable when it cannot be written
 */
export async function unlinkIdentity(
  services: AccountServices,
  session: Session,
  id: string,
  clientInfo: ClientInfo,
): Promise<UnlinkIdentityOutcome> {
  const outcome = await services.database.transact(async (tx) => {
    const [owner, linked] = await Promise.all([
      lockSessionWithRequiredFactors(tx, services, session),
      readIdentities(tx, session.userId),
    ]);
    if (owner === null) return null;
    const identity = linked.find((one) => one.id === id);
    if (identity === undefined) return { kind: 'identityNotFound' } as const;
    const { user, now } = owner;
    const about = { userId: user.id, sessionId: session.id, device: session.device, clientInfo };
    if (!hasOtherWayIn(user)) {
      const refusal = { kind: 'UNLINK_IDENTITY', outcome: 'LAST_WAY_IN', ...about, at: now } as const;
      if (user.emailKey !== null) services.failureRecorder.note({ ...refusal, emailKey: user.emailKey });
      return { kind: 'lastWayIn' } as const;
    }
    removeIdentity(tx, identity);
    // A sign-in with it may still wait for its second factor.
    voidChallenges(tx, user.id);
    recordEvent(tx, { kind: 'UNLINK_IDENTITY', outcome: 'SUCCEEDED', ...about }, now);
    await notify(
      tx,
      services,
      user,
      { template: 'identityUnlinked', device: session.device, clientInfo },
      now,
    );
    return { kind: 'unlinked' } as const;
  });
  if (outcome === null) return refusedNow(services, session, 'UNLINK_IDENTITY', clientInfo);
  services.mail?.wake();
  return outcome;
}

/** Whether an account keeps a way in without one of its identities; the constraint `users_way_in` says the same. */
function hasOtherWayIn(user: UserRow): boolean {
  return waysInOf({ ...user, identities: user.identities - 1 }).length > 0;
}
