// The second factors of an account: which it has, and what proves one. Each act here is done under the user's lock.

import { and, asc, eq, gt, lt, notLike, sql } from 'drizzle-orm';

import { recordEvent } from '../../audit/events.js';
import { seal, type SealingKeys, unseal } from '../../common/sealing.js';
import { type Database, type Db, type Tx } from '../../db/database.js';
import { recoveryCodes, totpFactors } from '../../db/schema/index.js';
import { type AuthenticationMethod, type ClientInfo, type Device } from '../../users/types.js';
import { type UserRow } from '../../users/users.js';
import { notify } from '../emails/notifications.js';
import { type AccountServices, DataKeyUnavailable, requireDataKeys } from '../services.js';
import { hashRecoveryCode, parseRecoveryCode } from './codes.js';
import { findStep, parseTotp } from './totp.js';

/** A second factor as its owner sees it. */
export interface Factor {
  readonly id: string;
  readonly method: AuthenticationMethod;
  readonly createdAt: Date;
  /** When it last completed a sign-in; null before the first one. */
  readonly lastUsedAt: Date | null;
}

/** Reads the second factors of an account. */
export async function readFactors(db: Db | Tx, userId: string): Promise<readonly Factor[]> {
  const { id, createdAt, lastUsedAt } = totpFactors;
  const rows = await db
    .select({ id, createdAt, lastUsedAt })
    .from(totpFactors)
    .where(eq(totpFactors.userId, userId));
  return rows.map((row) => ({ ...row, method: 'TOTP' }));
}

export async function countRecoveryCodes(db: Db | Tx, userId: string): Promise<number> {
  return db.$count(recoveryCodes, eq(recoveryCodes.userId, userId));
}

/** A code of a second factor, as the person typed it. */
export interface FactorAnswer {
  readonly method: 'TOTP' | 'RECOVERY_CODE';
  readonly code: string;
}

/** The codes of second factors in an input, each of which may be left out. */
export interface FactorInput {
  readonly totp?: string | null | undefined;
  readonly recoveryCode?: string | null | undefined;
}

/** Returns the second factors that are given; an act takes one. */
export function givenFactors({ totp, recoveryCode }: FactorInput): readonly FactorAnswer[] {
  return [
    ...(totp == null ? [] : [{ method: 'TOTP', code: totp } as const]),
    ...(recoveryCode == null ? [] : [{ method: 'RECOVERY_CODE', code: recoveryCode } as const]),
  ];
}

/** The user who gives a code, and the client that sends it. */
export interface Answering {
  readonly user: UserRow;
  readonly device: Device;
  readonly clientInfo: ClientInfo;
}

/**
 * The result of checking a code. `malformed` is no code of the kind: it is refused as a wrong one is, and is no guess. One that
 * is right is used up by `consume`, in the same transaction.
 */
export type CheckedAnswer =
  | { readonly kind: 'right'; readonly consume: (by: Answering, now: Date) => Promise<void> }
  | { readonly kind: 'wrong' }
  | { readonly kind: 'malformed' };

/**
 * Checks the answer of a user whose lock the caller holds, or has sent for before it: no code is accepted twice.
 *
 * @throws DataKeyUnavailable where the seed cannot be opened
 */
export async function checkFactor(
  tx: Tx,
  services: AccountServices,
  userId: string,
  { method, code }: FactorAnswer,
): Promise<CheckedAnswer> {
  return method === 'TOTP'
    ? checkTotp(tx, services, userId, code)
    : checkRecoveryCode(tx, services, userId, code);
}

async function checkTotp(
  tx: Tx,
  services: AccountServices,
  userId: string,
  typed: string,
): Promise<CheckedAnswer> {
  const code = parseTotp(typed);
  if (code === null) return { kind: 'malformed' };
  const [factor] = await tx.select().from(totpFactors).where(eq(totpFactors.userId, userId));
  if (factor === undefined) return { kind: 'wrong' };
  const seed = openSeed(services, userId, factor.sealedSeed);
  const step = findStep(seed, code, services.clock.now(), factor.lastStep);
  if (step === null) return { kind: 'wrong' };
  return {
    kind: 'right',
    consume(_by, now) {
      const isEarlier = and(eq(totpFactors.id, factor.id), lt(totpFactors.lastStep, step));
      tx.send(tx.update(totpFactors).set({ lastStep: step, lastUsedAt: now }).where(isEarlier));
      return Promise.resolve();
    },
  };
}

/** Names the row that a seed is bound to. */
export function seedRow(userId: string): string {
  return `totp_factors:${userId}`;
}

/** Opens a sealed seed. @throws DataKeyUnavailable where no key opens it */
export function openSeed(services: AccountServices, userId: string, sealed: string): Buffer {
  const seed = unseal(requireDataKeys(services), seedRow(userId), sealed);
  if (seed === null)
    throw new DataKeyUnavailable(
      'A seed cannot be opened: neither DATA_KEY nor DATA_KEY_PREVIOUS sealed it.',
    );
  return seed;
}

async function checkRecoveryCode(
  tx: Tx,
  services: AccountServices,
  userId: string,
  typed: string,
): Promise<CheckedAnswer> {
  const code = parseRecoveryCode(typed);
  if (code === null) return { kind: 'malformed' };
  const isIt = and(eq(recoveryCodes.userId, userId), eq(recoveryCodes.hash, hashRecoveryCode(code)));
  const [found] = await tx
    .select({ one: sql<number>`1` })
    .from(recoveryCodes)
    .where(isIt);
  if (found === undefined) return { kind: 'wrong' };
  return {
    kind: 'right',
    async consume({ user, ...from }, now) {
      tx.send(tx.delete(recoveryCodes).where(isIt));
      const event = { kind: 'USE_RECOVERY_CODE', outcome: 'SUCCEEDED', sessionId: null } as const;
      recordEvent(tx, { ...event, userId, ...from }, now);
      await notify(tx, services, user, { template: 'recoveryCodeUsed', ...from }, now);
    },
  };
}

/** The rows of one transaction. */
const batchSize = 200;

export interface SealedAgain {
  readonly sealed: number;
  /** How many no key opens: DATA_KEY is another one than it was. */
  readonly unopened: number;
}

/**
 * Seals every seed again that another key than the current one has sealed, so that the earlier key can be removed after a
 * rotation of DATA_KEY. Nodes of both steps of a rotation may run: each
 * seals with its own key, and the last one that starts leaves none behind.
 *
 * @throws DatabaseUnavailable when it could not go on
 */
export async function sealSeedsAgain(
  database: Pick<Database, 'transact'>,
  keys: SealingKeys,
): Promise<SealedAgain> {
  const { id, userId, sealedSeed } = totpFactors;
  let [sealed, unopened] = [0, 0];
  let after = '00000000-0000-0000-0000-000000000000';
  for (;;) {
    const start = after;
    const rows = await database.transact(async (tx) => {
      const found = await tx
        .select({ id, userId, sealedSeed })
        .from(totpFactors)
        .where(and(gt(id, start), notLike(sealedSeed, `${keys.current.kid}.%`)))
        .orderBy(asc(id))
        .limit(batchSize)
        .for('update');
      return found.map((row) => {
        const seed = unseal(keys, seedRow(row.userId), row.sealedSeed);
        if (seed !== null) {
          const again = seal(keys, seedRow(row.userId), seed);
          tx.send(tx.update(totpFactors).set({ sealedSeed: again }).where(eq(id, row.id)));
        }
        return { id: row.id, isOpen: seed !== null };
      });
    });
    sealed += rows.filter(({ isOpen }) => isOpen).length;
    unopened += rows.filter(({ isOpen }) => !isOpen).length;
    const last = rows.at(-1);
    if (last === undefined || rows.length < batchSize) return { sealed, unopened };
    after = last.id;
  }
}
