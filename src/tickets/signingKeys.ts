// The keys that sign tickets: made by whichever node comes first, kept in the database with the private half sealed,
// published before their first use, replaced by age, and dropped after their last ticket. All by the database's clock.

import { createPrivateKey, type KeyObject } from 'node:crypto';

import { asc, eq, inArray, type InferSelectModel } from 'drizzle-orm';

import { recordOperatorEvent } from '../audit/events.js';
import { type Clock } from '../common/clock.js';
import { isSealedByCurrent, seal, type SealingKeys, unseal } from '../common/sealing.js';
import { ServiceUnavailableError } from '../common/errors.js';
import { type Database, type Db, type Tx } from '../db/database.js';
import { signingKeys } from '../db/schema/index.js';
import { type Log } from '../observability/log.js';
import { makeSigningKey, type MadeSigningKey, type PublicJwk } from '../tokens/ticket.js';

const minuteMs = 60_000;

export const keyTimes = {
  /** From the publication of a key to its first use: servers that read the keys every few minutes know it by then. */
  leadMs: 20 * minuteMs,
  /** How long a key signs. */
  signsForMs: 30 * 24 * 60 * minuteMs,
  /** From the first use of the next key to the end of the publication: a ticket's minute, and what clocks differ. */
  lingerMs: 6 * minuteMs,
} as const;

type Row = InferSelectModel<typeof signingKeys>;

export interface SigningKey {
  readonly kid: string;
  readonly key: KeyObject;
}

export interface KeyReport {
  readonly kid: string;
  readonly state: 'next' | 'signing' | 'retired' | 'revoked';
  readonly signsFrom: Date;
}

export interface SigningKeys {
  /**
   * Gives the key to sign with; the first one is made at the first use.
   *
   * @throws DatabaseUnavailable, and SigningKeyUnavailable where no data key opens it
   */
  current(): Promise<SigningKey>;
  /** Lists the keys to publish, the oldest first: the key that signs, the next, and one whose tickets may still be used. */
  published(): Promise<readonly PublicJwk[]>;
  /** Makes the next key where the current one is old, deletes keys that are over, and seals under the current data key. */
  maintain(): Promise<void>;
  /** Lists all that are on record, the oldest first. */
  list(): Promise<readonly KeyReport[]>;
  /** Makes the next key now; it signs from {@link keyTimes.leadMs} on. Where there is a next one, it stays the next. */
  rotate(): Promise<readonly KeyReport[]>;
  /** Stops publishing a key at once. Where it is the one that signs, the next one takes over at once. Null: no such key. */
  revoke(kid: string): Promise<readonly KeyReport[] | null>;
}

export interface SigningKeysParts {
  readonly database: Pick<Database, 'read' | 'transact'>;
  readonly clock: Clock;
  readonly sealingKeys: SealingKeys;
  readonly log: Pick<Log, 'error'>;
}

/** The private half of the signing key cannot be opened. */
class SigningKeyUnavailable extends ServiceUnavailableError {
  override readonly name = 'SigningKeyUnavailable';
}

export function createSigningKeys({ database, clock, sealingKeys, log }: SigningKeysParts): SigningKeys {
  let opened: SigningKey | null = null;

  const open = (row: Row): SigningKey => {
    if (opened?.kid === row.kid) return opened;
    const der = unseal(sealingKeys, placeOf(row.kid), row.sealedPrivateKey);
    if (der === null) {
      log.error(
        { kid: row.kid },
        'DATA_KEY does not open the key that signs tickets. Set DATA_KEY_PREVIOUS to the key before, or revoke the ' +
          'signing key with: npm run admin -- keys revoke KID',
      );
      throw new SigningKeyUnavailable('the signing key cannot be opened');
    }
    return (opened = { kid: row.kid, key: createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }) });
  };

  /** Adds a generation. Where another node has added it meanwhile, that one stays. */
  const insert = (tx: Tx, rows: readonly Row[], made: MadeSigningKey, now: Date, signsFrom: Date) => {
    const { kid } = made.publicKey;
    const sealedPrivateKey = seal(sealingKeys, placeOf(kid), made.privateKey);
    const generation = (rows.at(-1)?.generation ?? 0) + 1;
    tx.send(
      tx
        .insert(signingKeys)
        .values({ kid, generation, publicKey: made.publicKey, sealedPrivateKey, createdAt: now, signsFrom })
        .onConflictDoNothing(),
    );
  };

  /** Has a key sign now: the next one, which servers may know, or else a new one. */
  const takeOver = (tx: Tx, rows: readonly Row[], made: MadeSigningKey, now: Date) => {
    const next = rows.find((row) => row.revokedAt === null && row.signsFrom > now);
    if (next === undefined) insert(tx, rows, made, now, now);
    else tx.send(tx.update(signingKeys).set({ signsFrom: now }).where(eq(signingKeys.kid, next.kid)));
  };

  /** Changes the keys under the locks of their rows, and gives the changed ones. */
  const change = async (act: (tx: Tx, rows: readonly Row[], made: MadeSigningKey, now: Date) => void) => {
    // Outside the transaction, since it takes a while.
    const made = await makeSigningKey();
    await database.transact(async (tx) => {
      const rows = await readRows(tx).for('update');
      act(tx, rows, made, clock.now());
    });
    return database.read(readRows);
  };

  const maintain = () =>
    change((tx, rows, made, now) => {
      const signing = signingOf(rows, now);
      if (signing === undefined) takeOver(tx, rows, made, now);
      else if (isDue(signing, rows, now))
        insert(tx, rows, made, now, new Date(now.getTime() + keyTimes.leadMs));
      const over = rows.filter((row) => isOver(row, rows, now)).map(({ kid }) => kid);
      if (over.length > 0) tx.send(tx.delete(signingKeys).where(inArray(signingKeys.kid, over)));
      for (const { kid, sealedPrivateKey } of rows) {
        if (isSealedByCurrent(sealingKeys, sealedPrivateKey)) continue;
        const der = unseal(sealingKeys, placeOf(kid), sealedPrivateKey);
        if (der === null) continue;
        const sealed = { sealedPrivateKey: seal(sealingKeys, placeOf(kid), der) };
        tx.send(tx.update(signingKeys).set(sealed).where(eq(signingKeys.kid, kid)));
      }
    });

  /** Reads the keys; where none signs, makes the first. */
  const read = async () => {
    const rows = await database.read(readRows);
    return signingOf(rows, clock.now()) === undefined ? maintain() : rows;
  };

  return {
    async current() {
      const signing = signingOf(await read(), clock.now());
      if (signing === undefined) throw new Error('no key signs although one was made');
      return open(signing);
    },

    async published() {
      const rows = await read();
      const now = clock.now();
      return rows.filter((row) => isPublished(row, rows, now)).map(({ publicKey }) => publicKey as PublicJwk);
    },

    async maintain() {
      const rows = await database.read(readRows);
      const now = clock.now();
      const signing = signingOf(rows, now);
      // Nothing has asked for a ticket so far: then there is nothing to keep in order.
      if (signing === undefined) return;
      const isAll = rows.every(
        (row) => !isOver(row, rows, now) && isSealedByCurrent(sealingKeys, row.sealedPrivateKey),
      );
      if (!isAll || isDue(signing, rows, now)) await maintain();
    },

    list: async () => report(await database.read(readRows), clock.now()),

    async rotate() {
      const rows = await change((tx, found, made, now) => {
        const signing = signingOf(found, now);
        if (signing === undefined) takeOver(tx, found, made, now);
        else if (!hasNext(signing, found))
          insert(tx, found, made, now, new Date(now.getTime() + keyTimes.leadMs));
        recordOperatorEvent(tx, 'KEY_ROTATE', signing?.kid ?? 'none', now);
      });
      return report(rows, clock.now());
    },

    async revoke(kid) {
      if ((await database.read(readRows)).every((row) => row.kid !== kid)) return null;
      const rows = await change((tx, found, made, now) => {
        const row = found.find((one) => one.kid === kid);
        if (row?.revokedAt !== null) return;
        tx.send(tx.update(signingKeys).set({ revokedAt: now }).where(eq(signingKeys.kid, kid)));
        recordOperatorEvent(tx, 'KEY_REVOKE', kid, now);
        const left = found.map((one) => (one === row ? { ...one, revokedAt: now } : one));
        if (signingOf(found, now) === row) takeOver(tx, left, made, now);
      });
      return report(rows, clock.now());
    },
  };
}

function readRows(db: Db | Tx) {
  return db.select().from(signingKeys).orderBy(asc(signingKeys.generation));
}

/** Returns the row that the sealed text of a key is bound to. */
function placeOf(kid: string): string {
  return `signing_keys:${kid}`;
}

/** Returns the newest key whose time has come. */
function signingOf(rows: readonly Row[], now: Date): Row | undefined {
  return rows.findLast((row) => row.revokedAt === null && row.signsFrom <= now);
}

function hasNext(signing: Row, rows: readonly Row[]): boolean {
  return rows.some((row) => row.generation > signing.generation && row.revokedAt === null);
}

/** Tells whether the next key is to be made now, so that it is known when the time of this one is over. */
function isDue(signing: Row, rows: readonly Row[], now: Date): boolean {
  const until = signing.signsFrom.getTime() + keyTimes.signsForMs - keyTimes.leadMs;
  return until <= now.getTime() && !hasNext(signing, rows);
}

function isPublished(row: Row, rows: readonly Row[], now: Date): boolean {
  if (row.revokedAt !== null) return false;
  const next = rows.find((one) => one.generation > row.generation && one.revokedAt === null);
  return next === undefined || next.signsFrom.getTime() + keyTimes.lingerMs > now.getTime();
}

/** Tells whether no ticket of the key can be in use, and its row is not needed for the number of the next generation. */
function isOver(row: Row, rows: readonly Row[], now: Date): boolean {
  return row !== rows.at(-1) && !isPublished(row, rows, now);
}

function report(rows: readonly Row[], now: Date): readonly KeyReport[] {
  const signing = signingOf(rows, now);
  const stateOf = (row: Row): KeyReport['state'] => {
    if (row.revokedAt !== null) return 'revoked';
    if (row === signing) return 'signing';
    return row.signsFrom > now ? 'next' : 'retired';
  };
  return rows.map((row) => ({ kid: row.kid, state: stateOf(row), signsFrom: row.signsFrom }));
}
