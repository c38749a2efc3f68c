// What an operator does to one account, by its e-mail address: look at it, disable it, enable it, end its sessions.

import { and, eq, isNull } from 'drizzle-orm';

import { type Happening } from '../audit/events.js';
import { recordEvent } from '../audit/record.js';
import { type Tx } from '../db/database.js';
import { users } from '../db/schema.js';
import { endEverySession } from '../sessions/endAll.js';
import { listLiveSessions } from '../sessions/list.js';
import { lockUser } from '../sessions/lock.js';
import { toUser, type UserRow } from '../sessions/mappers.js';
import { type SessionServices } from '../sessions/services.js';
import { type EndReason, type Session, type User } from '../sessions/types.js';
import { parseEmail } from '../users/email.js';

export type OperatorServices = Pick<SessionServices, 'database' | 'clock' | 'policy' | 'news'>;

export interface AccountReport {
  readonly user: User;
  /** Null while the account is not disabled. */
  readonly disabledAt: Date | null;
  /** The sessions that are live now, newest first. */
  readonly live: readonly Session[];
  /** Those that the act has ended, newest first. */
  readonly ended: readonly Session[];
}

/** Null from any act: no account has the address. */
type Reported = Promise<AccountReport | null>;

/** @throws DatabaseUnavailable, as the other acts do */
export async function showAccount(services: OperatorServices, email: string): Reported {
  const row = await findByAddress(services, email);
  return row === null ? null : report(services, row, []);
}

/** Ends every live session as ACCOUNT_DISABLED; from then on nobody can sign in. Disabled already, it stays as it is. */
export async function disableAccount(services: OperatorServices, email: string): Reported {
  return act(services, email, 'OPERATOR_DISABLE', async (tx, user, now) => {
    const disabledAt = user.disabledAt ?? now;
    await tx.update(users).set({ disabledAt }).where(eq(users.id, user.id));
    return { user: { ...user, disabledAt }, reason: 'ACCOUNT_DISABLED' };
  });
}

/** Lets the user sign in again; no session that has ended comes back. */
export async function enableAccount(services: OperatorServices, email: string): Reported {
  return act(services, email, 'OPERATOR_ENABLE', async (tx, user) => {
    await tx.update(users).set({ disabledAt: null }).where(eq(users.id, user.id));
    return { user: { ...user, disabledAt: null }, reason: null };
  });
}

/** Ends every live session as REVOKED. */
export async function endSessionsOf(services: OperatorServices, email: string): Reported {
  const nothingMore = (_tx: Tx, user: UserRow) => Promise.resolve({ user, reason: 'REVOKED' as const });
  return act(services, email, 'OPERATOR_END_SESSIONS', nothingMore);
}

/** Does something to an account under its lock, and then ends its sessions for the reason, if there is one. */
async function act(
  services: OperatorServices,
  email: string,
  kind: Happening['kind'] & `OPERATOR_${string}`,
  work: (tx: Tx, user: UserRow, now: Date) => Promise<{ user: UserRow; reason: EndReason | null }>,
): Reported {
  const found = await findByAddress(services, email);
  if (found === null) return null;
  const done = await services.database.transact(async (tx) => {
    const locked = await lockUser(tx, found.id);
    if (locked === null) return null;
    const now = services.clock.now();
    const { user, reason } = await work(tx, locked, now);
    await recordEvent(tx, { kind, outcome: 'SUCCEEDED', userId: user.id, ...byOperator }, now);
    if (reason === null) return { user, ended: [], toPublish: [] };
    return { user, ...(await endEverySession(tx, services.policy, user.id, reason, now)) };
  });
  if (done === null) return null;
  services.news.publish(done.toPublish);
  return report(services, done.user, done.ended);
}

/** An operator comes from no device of the user's. */
const byOperator = { sessionId: null, device: null, origin: { address: null, userAgent: null } } as const;

async function findByAddress({ database }: OperatorServices, email: string): Promise<UserRow | null> {
  const parsed = parseEmail(email);
  if (parsed.kind === 'invalid') return null;
  const [row] = await database.read((db) =>
    db
      .select()
      .from(users)
      .where(and(eq(users.emailKey, parsed.key), isNull(users.deletedAt))),
  );
  return row ?? null;
}

async function report(
  services: OperatorServices,
  row: UserRow,
  ended: readonly Session[],
): Promise<AccountReport> {
  const live = await listLiveSessions(services, row.id);
  return { user: toUser(row), disabledAt: row.disabledAt, live, ended };
}
