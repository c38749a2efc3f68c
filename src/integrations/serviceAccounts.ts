// The acts of operators on service accounts: create, list, rotate, disable, enable. Each act is recorded in its transaction.

import { asc, desc, eq, isNull, lt, and } from 'drizzle-orm';

import { recordOperatorEvent } from '../audit/events.js';
import { type Clock } from '../common/clock.js';
import { type Database, type Tx } from '../db/database.js';
import { serviceAccounts, serviceKeys } from '../db/schema/index.js';
import { makeServiceKey, type NewServiceKey, type ServiceScope } from './serviceKeys.js';

export interface ServiceAccountServices {
  readonly database: Pick<Database, 'read' | 'transact'>;
  readonly clock: Clock;
}

/** As its check in the table has it. */
const nameForm = /^[a-z][a-z\d-]{0,62}$/;

export function isServiceName(name: string): boolean {
  return nameForm.test(name);
}

/** How long the earlier keys of a service work after a rotation, in milliseconds. */
export const rotationMs = 86_400_000;

export interface ServiceAccount {
  readonly name: string;
  readonly scopes: readonly ServiceScope[];
  readonly createdAt: Date;
  /** Null while the account is not disabled. */
  readonly disabledAt: Date | null;
  /** To the minute; null before the first use. */
  readonly lastUsedAt: Date | null;
  /** The newest first. */
  readonly keys: readonly {
    readonly id: string;
    readonly createdAt: Date;
    /** From when on the key is refused; null for the newest. */
    readonly expiresAt: Date | null;
  }[];
}

export type CreatedService = { readonly kind: 'created'; readonly key: string } | { readonly kind: 'taken' };

/**
 * Creates a service account with its first key.
 *
 * @param name one that {@link isServiceName} accepts
 * @throws DatabaseUnavailable, as the other acts do
 */
export function createServiceAccount(
  { database, clock }: ServiceAccountServices,
  name: string,
  scopes: readonly ServiceScope[],
): Promise<CreatedService> {
  return database.transact(async (tx) => {
    const now = clock.now();
    const made = await tx
      .insert(serviceAccounts)
      .values({ name, scopes: [...new Set(scopes)], createdAt: now })
      .onConflictDoNothing()
      .returning({ name: serviceAccounts.name });
    if (made.length === 0) return { kind: 'taken' };
    const key = insertKey(tx, name, now);
    recordOperatorEvent(tx, 'SERVICE_CREATE', name, now);
    return { kind: 'created', key: key.key };
  });
}

/**
 * Gives the service a new key; null where there is no such service. The earlier keys work for {@link rotationMs} more.
 *
 * @param atOnce whether the earlier keys are refused at once, because one has leaked
 */
export function rotateServiceKey(
  services: ServiceAccountServices,
  name: string,
  atOnce: boolean,
): Promise<{ readonly key: string; readonly othersUntil: Date } | null> {
  return act(services, name, (tx, now) => {
    const othersUntil = atOnce ? now : new Date(now.getTime() + rotationMs);
    const ofService = eq(serviceKeys.service, name);
    const isLasting = atOnce ? undefined : isNull(serviceKeys.expiresAt);
    tx.send(tx.delete(serviceKeys).where(and(ofService, lt(serviceKeys.expiresAt, now))));
    tx.send(tx.update(serviceKeys).set({ expiresAt: othersUntil }).where(and(ofService, isLasting)));
    const { key } = insertKey(tx, name, now);
    recordOperatorEvent(tx, 'SERVICE_ROTATE', name, now);
    return { key, othersUntil };
  });
}

/** Refuses every key of the service from now on, or accepts them again; null where there is no such service. */
export function setServiceDisabled(
  services: ServiceAccountServices,
  name: string,
  isDisabled: boolean,
): Promise<true | null> {
  return act(services, name, (tx, now) => {
    const disabledAt = isDisabled ? now : null;
    tx.send(tx.update(serviceAccounts).set({ disabledAt }).where(eq(serviceAccounts.name, name)));
    recordOperatorEvent(tx, isDisabled ? 'SERVICE_DISABLE' : 'SERVICE_ENABLE', name, now);
    return true;
  });
}

/** Lists all service accounts by their names. */
export async function listServiceAccounts({
  database,
}: Pick<ServiceAccountServices, 'database'>): Promise<readonly ServiceAccount[]> {
  const [accounts, keys] = await database.read(async (db) => [
    await db.select().from(serviceAccounts).orderBy(asc(serviceAccounts.name)),
    await db.select().from(serviceKeys).orderBy(desc(serviceKeys.createdAt)),
  ]);
  return accounts.map((account) => ({
    ...account,
    keys: keys
      .filter(({ service }) => service === account.name)
      .map(({ id, createdAt, expiresAt }) => ({ id, createdAt, expiresAt })),
  }));
}

/** Runs the work on a service account under its lock; null where there is no such account. */
function act<T>(
  { database, clock }: ServiceAccountServices,
  name: string,
  work: (tx: Tx, now: Date) => T,
): Promise<T | null> {
  return database.transact(async (tx) => {
    const isNamed = eq(serviceAccounts.name, name);
    const [row] = await tx.select().from(serviceAccounts).where(isNamed).for('no key update');
    return row === undefined ? null : work(tx, clock.now());
  });
}

function insertKey(tx: Tx, service: string, createdAt: Date): NewServiceKey {
  const made = makeServiceKey();
  tx.send(tx.insert(serviceKeys).values({ id: made.id, service, hash: made.hash, createdAt }));
  return made;
}
