// Challenges: what one request begins and a later one completes, such as a sign-in that still needs a second factor. The
// client that began it holds the token; nothing else does: the row has a hash of it, and no URL and no mail contains it. A
// challenge lasts 10 minutes by the database's clock, is used once, and ends at the fifth wrong answer.

import { createHash, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto';

import { and, eq, isNull, lt, lte } from 'drizzle-orm';

import { type Clock } from '../common/clock.js';
import { uuidBytes, uuidOf } from '../common/uuid.js';
import { type Database, type Db, type Tx } from '../db/database.js';
import { purgeRows } from '../db/queries.js';
import { type challengePurposes, challenges } from '../db/schema/index.js';

export type ChallengePurpose = (typeof challengePurposes)[number];

/** A new challenge, which the client gets once. */
export interface StartedChallenge {
  readonly id: string;
  /** Base64url of the row's id and of 256 random bits. */
  readonly token: string;
  readonly expiresAt: Date;
}

export interface Challenge {
  readonly id: string;
  readonly userId: string | null;
  /** The data of the purpose. */
  readonly payload: unknown;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  readonly triesLeft: number;
  /** Used: it has done its work. It is found for some minutes more, for a client whose answer was lost. */
  readonly state: 'open' | 'used';
  /** Whether it has been voided since: only a client with what was mailed learns it. */
  readonly isVoid: boolean;
  /** Whether its code has been mailed. Until then no code is right: guesses are as few as the mails to a recipient. */
  readonly isMailed: boolean;
}

/**
 * There is no open challenge of this id for this client, or what it brought back from a provider does not belong to it. The
 * answer is the same whatever the reason.
 */
export interface ChallengeRejected {
  readonly kind: 'challengeRejected';
}

export const challengeRejected: ChallengeRejected = { kind: 'challengeRejected' };

/** The challenge is open, and the code is not right. */
export interface CodeRejected {
  readonly kind: 'codeRejected';
  /** How many more wrong codes the challenge allows. */
  readonly triesLeft: number;
}

const defaultTtlSeconds = 600;
const maxTries = 5;

/** How long a row is kept after its end. */
const keptMs = 300_000;

export interface NewChallenge {
  readonly purpose: ChallengePurpose;
  readonly userId: string | null;
  /** The email that a mail about it goes to, whether or not that has an account. */
  readonly emailKey?: string;
  readonly payload: object;
  /** How long it lasts, where that is not 10 minutes. */
  readonly ttlSeconds?: number;
}

/** Starts a challenge. One that belongs to a user is started under the user's lock. */
export function startChallenge(
  tx: Tx,
  { ttlSeconds = defaultTtlSeconds, ...begun }: NewChallenge,
  now: Date,
): StartedChallenge {
  const id = randomUUID();
  const secret = randomBytes(secretBytes);
  const expiresAt = new Date(now.getTime() + ttlSeconds * 1_000);
  const row = { ...begun, id, secretHash: digest(secret).toString('base64url'), createdAt: now, expiresAt };
  tx.send(tx.insert(challenges).values(row));
  const token = Buffer.concat([uuidBytes(id), secret]).toString('base64url');
  return { id, token, expiresAt };
}

/** The token of a client, and the purpose that it is presented for. */
interface Presented {
  readonly purpose: ChallengePurpose;
  readonly token: string;
}

/**
 * Finds the challenge of a token. Null for every other text: one answer for a token that is cut, altered, of another
 * purpose, expired, void or guessed at too often.
 */
export async function findChallenge(db: Db, clock: Clock, presented: Presented): Promise<Challenge | null> {
  const parsed = parseToken(presented.token);
  const [row] = await db.select().from(challenges).where(eq(challenges.id, parsed.id));
  return holdsSecret(row, parsed.secret) ? judge(row, presented.purpose, clock) : null;
}

/**
 * Finds the challenge of a token as {@link findChallenge} does, and locks its row: of several requests that complete it,
 * each waits for the one before. Where it belongs to a user, the caller sends this behind the user's lock.
 */
export async function lockChallenge(tx: Tx, clock: Clock, presented: Presented): Promise<Challenge | null> {
  const parsed = parseToken(presented.token);
  const [row] = await tx.select().from(challenges).where(eq(challenges.id, parsed.id)).for('update');
  return holdsSecret(row, parsed.secret) ? judge(row, presented.purpose, clock) : null;
}

/** A challenge by its id, for a client that has a mail about it and no token. */
interface Named {
  readonly purpose: ChallengePurpose;
  readonly id: string;
}

/** Finds a challenge by its id; null as {@link findChallenge} gives it. */
export async function findNamedChallenge(db: Db | Tx, clock: Clock, named: Named): Promise<Challenge | null> {
  const [row] = await db.select().from(challenges).where(eq(challenges.id, named.id));
  return judge(row, named.purpose, clock);
}

/** Finds a challenge by its id and locks its row, as {@link lockChallenge} does. */
export async function lockNamedChallenge(tx: Tx, clock: Clock, named: Named): Promise<Challenge | null> {
  const [row] = await tx.select().from(challenges).where(eq(challenges.id, named.id)).for('update');
  return judge(row, named.purpose, clock);
}

/** Uses up a challenge that {@link lockChallenge} found open, in the transaction of what it does. */
export function useChallenge(tx: Tx, { id }: Challenge, now: Date): void {
  tx.send(
    tx
      .update(challenges)
      .set({ usedAt: now })
      .where(and(eq(challenges.id, id), isNull(challenges.usedAt))),
  );
}

/** Notes whom a challenge that belonged to no account has signed in, for a client whose answer was lost. */
export function noteChallengeUser(tx: Tx, id: string, userId: string): void {
  tx.send(tx.update(challenges).set({ userId }).where(eq(challenges.id, id)));
}

/** Notes whether the code of a challenge is being mailed. The row is written either way, so that its time reveals nothing. */
export function noteMailed(tx: Tx, id: string, isMailed: boolean, now: Date): void {
  tx.send(
    tx
      .update(challenges)
      .set({ mailedAt: isMailed ? now : null })
      .where(eq(challenges.id, id)),
  );
}

/**
 * Counts a wrong answer to a challenge that {@link lockChallenge} found open; the fifth ends it.
 *
 * @returns how many more are allowed
 */
export function countWrongTry(tx: Tx, { id, triesLeft }: Challenge): number {
  const left = triesLeft - 1;
  tx.send(
    tx
      .update(challenges)
      .set({ tries: maxTries - left })
      .where(eq(challenges.id, id)),
  );
  return left;
}

/** Voids every challenge of a user: the password or a factor changes. The caller holds the user's lock. */
export function voidChallenges(tx: Tx, userId: string): void {
  tx.send(tx.delete(challenges).where(eq(challenges.userId, userId)));
}

/**
 * Voids every challenge that was mailed to an email. Their rows stay: a stranger who holds the token of one, and not what was
 * mailed, must not see by its end that the email has an account.
 */
export function voidChallengesOfEmail(tx: Tx, emailKey: string, now: Date): void {
  tx.send(
    tx
      .update(challenges)
      .set({ voidedAt: now })
      .where(and(eq(challenges.emailKey, emailKey), isNull(challenges.voidedAt), isNull(challenges.usedAt))),
  );
}

/** Voids every challenge that was started until then, of all accounts and of none. */
export function voidChallengesOfAll(database: Pick<Database, 'transact'>, until: Date): Promise<number> {
  const { id, expiresAt, createdAt } = challenges;
  return purgeRows(database, { id, oldest: expiresAt, isOver: lte(createdAt, until) });
}

/** Deletes challenges that are long over. */
export function purgeChallenges({
  database,
  clock,
}: {
  readonly database: Pick<Database, 'transact'>;
  readonly clock: Clock;
}): Promise<number> {
  const { id, expiresAt } = challenges;
  const before = new Date(clock.now().getTime() - keptMs);
  return purgeRows(database, { id, oldest: expiresAt, isOver: lt(expiresAt, before) });
}

const idBytes = 16;
const secretBytes = 32;

/** Reads the id and the secret of a token. A text of another form gives an id that no row has, so that the work is the same. */
function parseToken(token: string): { readonly id: string; readonly secret: Buffer } {
  const bytes = Buffer.from(token, 'base64url');
  const isWellFormed = bytes.length === idBytes + secretBytes && bytes.toString('base64url') === token;
  const id = uuidOf(isWellFormed ? bytes.subarray(0, idBytes) : Buffer.alloc(idBytes));
  return { id, secret: bytes.subarray(idBytes) };
}

type ChallengeRow = typeof challenges.$inferSelect;

function holdsSecret(row: ChallengeRow | undefined, secret: Buffer): boolean {
  return row !== undefined && timingSafeEqual(digest(secret), Buffer.from(row.secretHash, 'base64url'));
}

function judge(row: ChallengeRow | undefined, purpose: ChallengePurpose, clock: Clock): Challenge | null {
  if (row?.purpose !== purpose) return null;
  const { id, userId, payload, tries, createdAt, expiresAt, usedAt, voidedAt, mailedAt } = row;
  if (usedAt === null && (tries >= maxTries || expiresAt <= clock.now())) return null;
  const state = usedAt === null ? 'open' : 'used';
  const marks = { isVoid: voidedAt !== null, isMailed: mailedAt !== null };
  return { id, userId, payload, createdAt, expiresAt, triesLeft: maxTries - tries, state, ...marks };
}

function digest(secret: Uint8Array): Buffer {
  return createHash('sha256').update(secret).digest();
}
