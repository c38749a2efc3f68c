// The acts of operators on one account: show, disable and enable it, end its sessions, remove its second factors.

import { type Happening, recordEvent } from '../audit/events.js';
import { isUuid } from '../common/uuid.js';
import { type Tx } from '../db/database.js';
import { pastEmails, users } from '../db/schema/index.js';
import { type EndedSessions, endAllSessions } from '../sessions/end.js';
import { listLiveSessions, readLive } from '../sessions/live.js';
import { type SessionServices } from '../sessions/services.js';
import { type Session } from '../sessions/types.js';
import { parseEmail } from '../users/email.js';
import { type User } from '../users/types.js';
import { lockUser, toUser, type UserRow } from '../users/users.js';
import { voidLinks } from './emailLinks.js';
import { notify } from './emails/notifications.js';
import { voidLinksAndChallenges } from './emails/outbox.js';
import { type IdentityRow, listIdentities } from './providers/identities.js';
import { countRecoveryCodes, type Factor, readFactors } from './factors/factors.js';
import { forgetFactors } from './factors/manage.js';
import { listPasskeys, type Passkey } from './factors/passkeys.js';
import { type NoticeServices } from './services.js';
import { and, desc, eq, isNull, max } from 'drizzle-orm';

export type OperatorServices = Pick<SessionServices, 'database' | 'clock' | 'policy' | 'endEvents'>;

export interface AccountReport {
  readonly user: User;
  /** Null while the account is not disabled. */
  readonly disabledAt: Date | null;
  /** The sessions that are live now, newest first. */
  readonly live: readonly Session[];
  /** The sessions that the act has ended, newest first; the newest ones where there were very many. */
  readonly ended: readonly Session[];
  /** The identities at providers that sign in to it, the oldest first. */
  readonly identities: readonly IdentityRow[];
  /** The second factors, and how many recovery codes have not been used. */
  readonly factors: readonly Factor[];
  readonly recoveryCodesLeft: number;
  readonly passkeys: readonly Passkey[];
  /** The ids of other accounts that had the email earlier, the latest first; none where the account is named by its id. */
  readonly earlierOwners: readonly string[];
}

/** Several accounts had the email earlier, and none has it now: only an id says which one is meant. */
export interface SeveralAccounts {
  readonly kind: 'several';
  readonly ids: readonly string[];
}

/** Null from any act: there is no such account. */
type Reported = Promise<AccountReport | SeveralAccounts | null>;

/**
 * Shows an account.
 *
 * @param name the account's id, its email, or one that it had earlier
 * @throws DatabaseUnavailable, as the other acts do
 */
export async function showAccount(services: OperatorServices, name: string): Reported {
  const found = await findAccount(services, name);
  return found.kind === 'found' ? report(services, found.user, [], found) : refused(found);
}

/**
 * Disables the account: from the first commit on no client can sign in, every session is refused, and every link and
 * challenge is void.
 * Then ends every live session as ACCOUNT_DISABLED. Disabled already, it stays as it is.
 */
export async function disableAccount(services: OperatorServices, name: string): Reported {
  const disabled = await act(services, name, 'OPERATOR_DISABLE', (tx, { user }, now) => {
    const disabledAt = user.disabledAt ?? now;
    tx.send(tx.update(users).set({ disabledAt }).where(eq(users.id, user.id)));
    voidAll(tx, user, now);
    return { user: { ...user, disabledAt }, ended: nothing };
  });
  if (disabled === null || 'kind' in disabled) return disabled;
  const { id } = disabled.user;
  const done = await services.database.transact(async (tx) => {
    // An operator may have enabled it meanwhile, and then its sessions have ended.
    const [user, live] = await Promise.all([lockUser(tx, id), readLive(tx, id)]);
    if (user?.disabledAt == null) return nothing;
    const every = { userId: id, live };
    return endAllSessions(tx, services.policy, every, 'ACCOUNT_DISABLED', services.clock.now());
  });
  services.endEvents.publishAll(done.toPublish);
  return { ...disabled, live: [], ended: done.ended };
}

/** Lets the user sign in again; no session that has ended comes back. */
export async function enableAccount(services: OperatorServices, name: string): Reported {
  return act(services, name, 'OPERATOR_ENABLE', (tx, { user, live }, now) => {
    tx.send(tx.update(users).set({ disabledAt: null }).where(eq(users.id, user.id)));
    const enabled = { ...user, disabledAt: null };
    if (user.disabledAt === null) return { user: enabled, ended: nothing };
    // The act that disabled the account may have been interrupted before it ended them.
    const every = { userId: user.id, live };
    const { toPublish } = endAllSessions(tx, services.policy, every, 'ACCOUNT_DISABLED', now);
    return { user: enabled, ended: { ended: [], toPublish } };
  });
}

/** Ends every live session as REVOKED, and voids every link and challenge. */
export async function endSessionsOf(services: OperatorServices, name: string): Reported {
  return act(services, name, 'OPERATOR_END_SESSIONS', (tx, { user, live }, now) => {
    voidAll(tx, user, now);
    return { user, ended: endAllSessions(tx, services.policy, { userId: user.id, live }, 'REVOKED', now) };
  });
}

/**
 * Removes the second factors of an account whose owner has lost them: the next sign-in needs the first factor alone. Every
 * live session ends as REVOKED, every link and challenge is void, and the owner is notified. Passkeys stay.
 */
export async function resetFactorsOf(services: OperatorServices & NoticeServices, name: string): Reported {
  return act(services, name, 'OPERATOR_RESET_FACTORS', async (tx, { user, live }, now) => {
    forgetFactors(tx, user.id);
    voidAll(tx, user, now);
    const ended = endAllSessions(tx, services.policy, { userId: user.id, live }, 'REVOKED', now);
    const { device, clientInfo } = byOperator;
    await notify(tx, services, user, { template: 'factorsReset', device, clientInfo }, now);
    return { user, ended };
  });
}

/** Voids every link and challenge, those of notices as well: a thief may have been mailed some. */
function voidAll(tx: Tx, { id, emailKey }: UserRow, now: Date): void {
  voidLinks(tx, id, now);
  voidLinksAndChallenges(tx, id, emailKey, now);
}

const nothing: Pick<EndedSessions, 'ended' | 'toPublish'> = {
  ended: [],
  toPublish: { sessions: [], everyOf: null },
};

interface Done {
  readonly user: UserRow;
  readonly ended: Pick<EndedSessions, 'ended' | 'toPublish'>;
}

/** Does something to an account under its lock, and records it. */
async function act(
  services: OperatorServices,
  name: string,
  kind: Happening['kind'] & `OPERATOR_${string}`,
  work: (
    tx: Tx,
    account: { readonly user: UserRow; readonly live: readonly Session[] },
    now: Date,
  ) => Done | Promise<Done>,
): Reported {
  const found = await findAccount(services, name);
  if (found.kind !== 'found') return refused(found);
  const done = await services.database.transact(async (tx) => {
    const [locked, live] = await Promise.all([lockUser(tx, found.user.id), readLive(tx, found.user.id)]);
    if (locked === null) return null;
    const now = services.clock.now();
    const { user, ended } = await work(tx, { user: locked, live }, now);
    recordEvent(tx, { kind, outcome: 'SUCCEEDED', userId: user.id, ...byOperator }, now);
    return { user, ...ended };
  });
  if (done === null) return null;
  services.endEvents.publishAll(done.toPublish);
  return report(services, done.user, done.ended, found);
}

/** An operator comes from no device of the user's. */
export const byOperator = {
  sessionId: null,
  device: null,
  clientInfo: { ip: null, userAgent: null },
} as const;

type Found =
  | { readonly kind: 'found'; readonly user: UserRow; readonly earlierOwners: readonly string[] }
  | { readonly kind: 'none' }
  | SeveralAccounts;

function refused(found: Exclude<Found, { kind: 'found' }>): SeveralAccounts | null {
  return found.kind === 'several' ? found : null;
}

/** The most earlier owners of one email that are looked at. */
const maxEarlierOwners = 20;

/** Finds an account by its id, by its email, or by one that it alone had earlier. */
async function findAccount({ database }: OperatorServices, name: string): Promise<Found> {
  const exists = isNull(users.deletedAt);
  const trimmed = name.trim();
  if (isUuid(trimmed)) {
    const [user] = await database.read((db) =>
      db
        .select()
        .from(users)
        .where(and(eq(users.id, trimmed), exists)),
    );
    return user === undefined ? { kind: 'none' } : { kind: 'found', user, earlierOwners: [] };
  }
  const parsed = parseEmail(name);
  if (parsed.kind === 'invalid') return { kind: 'none' };
  const [now, earlier] = await database.read(async (db) => [
    await db
      .select()
      .from(users)
      .where(and(eq(users.emailKey, parsed.key), exists)),
    await db
      .select({ user: users, lastHad: max(pastEmails.replacedAt) })
      .from(pastEmails)
      .innerJoin(users, eq(users.id, pastEmails.userId))
      .where(and(eq(pastEmails.emailKey, parsed.key), exists))
      .groupBy(users.id)
      .orderBy(desc(max(pastEmails.replacedAt)))
      .limit(maxEarlierOwners),
  ]);
  const [current] = now;
  const others = earlier.map(({ user }) => user).filter(({ id }) => id !== current?.id);
  const ids = others.map(({ id }) => id);
  if (current !== undefined) return { kind: 'found', user: current, earlierOwners: ids };
  const [only, ...more] = others;
  if (only === undefined) return { kind: 'none' };
  return more.length > 0 ? { kind: 'several', ids } : { kind: 'found', user: only, earlierOwners: [] };
}

async function report(
  services: OperatorServices,
  row: UserRow,
  ended: readonly Session[],
  { earlierOwners }: Pick<AccountReport, 'earlierOwners'>,
): Promise<AccountReport> {
  const live = await listLiveSessions(services, row.id);
  const identities = await listIdentities(services, row.id);
  const passkeys = await listPasskeys(services, row.id);
  const [factors, recoveryCodesLeft] = await services.database.read((db) =>
    Promise.all([readFactors(db, row.id), countRecoveryCodes(db, row.id)]),
  );
  const now = { user: toUser(row), disabledAt: row.disabledAt, live };
  return { ...now, ended, identities, factors, recoveryCodesLeft, passkeys, earlierOwners };
}
