// Finds the account of an identity: the one that it is linked to, or a new one. An e-mail alone never decides: an account that
// has it keeps it until its owner signs in and links.

import { and, eq, isNull } from 'drizzle-orm';

import { recordEvent } from '../../audit/events.js';
import { type Db } from '../../db/database.js';
import { violates } from '../../db/errors.js';
import { identities, users } from '../../db/schema/index.js';
import { type Limited } from '../../rateLimit/reservations.js';
import { endAllSessions } from '../../sessions/end.js';
import { readLive } from '../../sessions/live.js';
import { parseEmail } from '../../users/email.js';
import { type AuthenticationMethod, type ClientInfo, type Device } from '../../users/types.js';
import { lockUser, waysInOf } from '../../users/users.js';
import { trustOwner } from '../attempts.js';
import { notify } from '../emails/notifications.js';
import { voidLinksAndChallenges } from '../emails/outbox.js';
import { writeAccount } from '../newAccount.js';
import { forgetOtherFactors } from '../otherFactors.js';
import { type AccountServices } from '../services.js';
import { addIdentity, type ProvenAt } from './identities.js';

/** The device and the client of a request. */
export interface From {
  readonly device: Device;
  readonly clientInfo: ClientInfo;
}

export interface Owned {
  readonly kind: 'owned';
  readonly userId: string;
  /** Of the account, which may differ from what the provider says. */
  readonly emailKey: string;
  readonly identityId: string;
  /** Whether the account has just been made. */
  readonly isNew: boolean;
}

/** The provider's e-mail is the verified one of an account that the identity is not linked to. */
export interface AccountExists {
  readonly kind: 'accountExists';
  /** The ways in that the account has. */
  readonly methods: readonly AuthenticationMethod[];
}

/** There is no e-mail that the person is known to receive mail at. */
export interface VerifiedEmailRequired {
  readonly kind: 'verifiedEmailRequired';
}

export type OwnerOutcome =
  Owned | AccountExists | VerifiedEmailRequired | { readonly kind: 'accountDisabled' } | Limited;

/** How often it is looked up when others write the same account or identity meanwhile. */
const maxLooks = 3;

/**
 * Finds or makes the account of an identity.
 *
 * @throws LimiterUnavailable when a registration cannot be counted, DatabaseUnavailable when it cannot be written
 */
export async function findOwner(
  services: AccountServices,
  identity: ProvenAt,
  from: From,
): Promise<OwnerOutcome> {
  let isCounted = false;
  for (let looks = 1; ; looks += 1) {
    const found = await services.database.read((db) => findLinked(db, identity));
    if (found !== null) return { kind: 'owned', ...found, isNew: false };
    const email = believedEmail(services, identity);
    if (email === null) return { kind: 'verifiedEmailRequired' };
    const [account] = await services.database.read((db) =>
      db
        .select()
        .from(users)
        .where(and(eq(users.emailKey, email.key), isNull(users.deletedAt))),
    );
    if (account !== undefined && account.emailVerifiedAt !== null) {
      // It may be the identity's own, made by another tab between the two look-ups.
      const own = await services.database.read((db) => findLinked(db, identity));
      return own === null
        ? {
            kind: 'accountExists',
            methods: waysInOf(account),
          }
        : { kind: 'owned', ...own, isNew: false };
    }
    if (account === undefined && !isCounted) {
      const limited = await services.rateLimits.registration(services.database, from.clientInfo.ip);
      if (limited !== null) return limited;
      isCounted = true;
    }
    try {
      const done =
        account === undefined
          ? await writeProviderAccount(services, identity, email, from)
          : await handOver(services, account.id, identity, email.key, from);
      if (done !== 'changed') return done;
    } catch (error) {
      // Another request was faster.
      const isTaken =
        violates(error, 'users_email_key_unique') || violates(error, 'identities_issuer_subject_unique');
      if (!isTaken || looks === maxLooks) throw error;
    }
    if (looks === maxLooks) throw new Error('the account of an identity changes all the time');
  }
}

async function findLinked(
  db: Db,
  { issuer, subject }: ProvenAt,
): Promise<Pick<Owned, 'userId' | 'emailKey' | 'identityId'> | null> {
  const [row] = await db
    .select({ userId: users.id, emailKey: users.emailKey, identityId: identities.id })
    .from(identities)
    .innerJoin(users, eq(users.id, identities.userId))
    .where(and(eq(identities.issuer, issuer), eq(identities.subject, subject)));
  return row === undefined ? null : { ...row, emailKey: row.emailKey ?? '' };
}

interface BelievedEmail {
  readonly email: string;
  readonly key: string;
}

/** The e-mail that the person receives mail at, by a provider that the operator believes in this. */
function believedEmail({ providers }: AccountServices, identity: ProvenAt): BelievedEmail | null {
  const isBelieved = providers.find(identity.provider)?.verifiesEmail === true && identity.emailVerified;
  if (!isBelieved || identity.email === null) return null;
  const parsed = parseEmail(identity.email);
  return parsed.kind === 'ok' ? parsed : null;
}

/** Writes an account without a password, whose e-mail counts as verified. */
async function writeProviderAccount(
  services: AccountServices,
  identity: ProvenAt,
  { email, key: emailKey }: BelievedEmail,
  { device, clientInfo }: From,
): Promise<Owned | 'changed'> {
  return services.database.transact(async (tx) => {
    const now = services.clock.now();
    const account = { email, emailKey, passwordHash: null, emailVerifiedAt: now, identities: 1 };
    const user = await writeAccount(tx, services, account, { lastLoginAt: null }, now);
    if (user === null) return 'changed';
    const { id } = user;
    const { id: identityId } = addIdentity(tx, id, identity, now);
    const event = { kind: 'REGISTER', outcome: 'SUCCEEDED', userId: id, sessionId: null } as const;
    recordEvent(tx, { ...event, device, clientInfo }, now);
    return { kind: 'owned', userId: id, emailKey, identityId, isNew: true } as const;
  });
}

/**
 * Hands an account over whose e-mail was never verified: another person may have registered it. Whatever that person knows
 * or has opened ends with it.
 */
async function handOver(
  services: AccountServices,
  userId: string,
  identity: ProvenAt,
  emailKey: string,
  { device, clientInfo }: From,
): Promise<Owned | { readonly kind: 'accountDisabled' } | 'changed'> {
  const done = await services.database.transact(async (tx) => {
    const [user, live] = await Promise.all([lockUser(tx, userId), readLive(tx, userId)]);
    if (user?.emailKey !== emailKey || user.emailVerifiedAt !== null) return 'changed';
    if (user.disabledAt !== null) return { kind: 'accountDisabled' } as const;
    const now = services.clock.now();
    const changed = { passwordHash: null, identities: 1, emailVerifiedAt: now };
    forgetOtherFactors(tx, userId, changed);
    const { id: identityId } = addIdentity(tx, userId, identity, now);
    const { toPublish } = endAllSessions(tx, services.policy, { userId, live }, 'PASSWORD_CHANGED', now);
    voidLinksAndChallenges(tx, userId, emailKey, now);
    const event = { kind: 'LINK_IDENTITY', outcome: 'SUCCEEDED', userId, sessionId: null } as const;
    recordEvent(tx, { ...event, device, clientInfo }, now);
    const owner = { ...user, ...changed };
    await trustOwner(tx, services, owner, clientInfo.ip, now);
    await notify(tx, services, owner, { template: 'identityLinked', device, clientInfo }, now);
    return { kind: 'owned', userId, emailKey, identityId, isNew: false, toPublish } as const;
  });
  if (done === 'changed' || done.kind !== 'owned') return done;
  const { toPublish, ...owned } = done;
  services.endEvents.publishAll(toPublish);
  services.mail?.wake();
  return owned;
}
