// Makes the keys of services, and verifies the key that a request presents. A key is shown once, and only its hash is kept. Its
// public part finds the row.

import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

import { and, eq, isNull, lt, or, sql } from 'drizzle-orm';
import { LRUCache } from 'lru-cache';

import { createBatchLoader } from '../common/batchLoader.js';
import { type Background } from '../common/backgroundTasks.js';
import { type Clock } from '../common/clock.js';
import { type Database, type Db } from '../db/database.js';
import { serviceAccounts, serviceKeys, type serviceScopes } from '../db/schema/index.js';

export type ServiceScope = (typeof serviceScopes)[number];

/** A server that has proved with a key which service it is. */
export interface Service {
  readonly name: string;
  readonly scopes: ReadonlySet<ServiceScope>;
  readonly keyId: string;
}

/** The credentials that a request presents. */
export interface ServiceCredentials {
  /** The name of the service; null where the key alone is presented. */
  readonly name: string | null;
  readonly key: string;
}

export interface NewServiceKey {
  readonly id: string;
  /** The whole key, which is kept nowhere. */
  readonly key: string;
  readonly hash: string;
}

export function makeServiceKey(): NewServiceKey {
  const id = randomBytes(8).toString('hex');
  // 256 random bits: it cannot be guessed, and needs no slow hash.
  const key = `hufu_${id}_${randomBytes(32).toString('base64url')}`;
  return { id, key, hash: hashOf(key).toString('hex') };
}

const keyForm = /^hufu_([\da-f]{16})_[\w-]{43}$/;

function hashOf(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}

export interface ServiceVerifier {
  /**
   * Verifies a key with one indexed read, which requests that wait at the same moment share. Null for a key that is
   * unknown, wrong, expired or of a disabled service, or for another name: which of these is not revealed.
   *
   * @throws DatabaseUnavailable when the row cannot be read
   */
  verify(credentials: ServiceCredentials): Promise<Service | null>;
  /** Tells without a read whether the key was right when this node last verified it, and had the scope. It proves nothing. */
  wasRight(credentials: ServiceCredentials, scope: ServiceScope): boolean;
  /**
   * Tells whether the key of a service that was verified before is still good, and the service still has the scope.
   *
   * @throws DatabaseUnavailable when the row cannot be read
   */
  isStill(service: Service, scope: ServiceScope): Promise<boolean>;
}

export interface ServiceVerifierParts {
  readonly database: Database;
  readonly clock: Clock;
  readonly background: Background;
}

interface FoundKey {
  readonly name: string;
  readonly scopes: readonly ServiceScope[];
  readonly hash: string;
  readonly expiresAt: Date | null;
  readonly disabledAt: Date | null;
  readonly lastUsedAt: Date | null;
}

/** How old the time of the last use may be, in milliseconds. */
const lastUseMs = 60_000;

/** Compared where there is no such key, so that the time reveals nothing. */
const noHash = Buffer.alloc(32);

/** The most keys that are remembered as right. */
const maxRemembered = 1_000;

export function createServiceVerifier({
  database,
  clock,
  background,
}: ServiceVerifierParts): ServiceVerifier {
  const query = database.prepare(prepareKeys);
  const find = createBatchLoader<FoundKey>(
    async (ids) => {
      // Ids need no quoting: the form of a key has checked them.
      const rows = await query({ ids: `{${ids.join(',')}}` });
      return new Map(rows.map(({ id, ...row }) => [id, row]));
    },
    () => false,
  );

  const findLive = async (id: string) => {
    const found = await find(id);
    if (found?.disabledAt !== null) return null;
    return found.expiresAt !== null && found.expiresAt <= clock.now() ? null : found;
  };

  const noteUse = ({ name, lastUsedAt }: FoundKey) => {
    const now = clock.now();
    const before = new Date(now.getTime() - lastUseMs);
    if (lastUsedAt !== null && lastUsedAt > before) return;
    const { lastUsedAt: column } = serviceAccounts;
    const isDue = and(eq(serviceAccounts.name, name), or(isNull(column), lt(column, before)));
    background.run(
      'note that a service is in use',
      () => database.read((db) => db.update(serviceAccounts).set({ lastUsedAt: now }).where(isDue)),
      `service ${name}`,
    );
  };

  /** The scopes of the keys that were right, by their hashes. */
  const right = new LRUCache<string, ReadonlySet<ServiceScope>>({ max: maxRemembered });

  return {
    async verify({ name, key }) {
      const id = keyForm.exec(key)?.[1];
      if (id === undefined) return null;
      const found = await findLive(id);
      const hash = hashOf(key);
      const isRight = timingSafeEqual(hash, found === null ? noHash : Buffer.from(found.hash, 'hex'));
      if (found === null || !isRight || (name !== null && name !== found.name)) {
        right.delete(hash.toString('hex'));
        return null;
      }
      const scopes = new Set(found.scopes);
      right.set(found.hash, scopes);
      noteUse(found);
      return { name: found.name, scopes, keyId: id };
    },

    wasRight: ({ key }, scope) => right.get(hashOf(key).toString('hex'))?.has(scope) === true,

    async isStill({ keyId }, scope) {
      const found = await findLive(keyId);
      return found?.scopes.includes(scope) === true;
    },
  };
}

function prepareKeys(db: Db) {
  return db
    .select({
      id: serviceKeys.id,
      name: serviceAccounts.name,
      scopes: serviceAccounts.scopes,
      hash: serviceKeys.hash,
      expiresAt: serviceKeys.expiresAt,
      disabledAt: serviceAccounts.disabledAt,
      lastUsedAt: serviceAccounts.lastUsedAt,
    })
    .from(serviceKeys)
    .innerJoin(serviceAccounts, eq(serviceAccounts.name, serviceKeys.service))
    .where(sql`${serviceKeys.id} = any(${sql.placeholder('ids')}::text[])`)
    .prepare('service_keys');
}
