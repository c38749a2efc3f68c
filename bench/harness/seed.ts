// Writes users with live sessions directly into the tables, and signs their tokens.

import { randomUUID } from 'node:crypto';

import postgres from 'postgres';

import { createHasher } from '../../src/passwords/hasher.js';
import { createKeyring } from '../../src/tokens/keyring.js';
import { createSessionTokens } from '../../src/tokens/sessionToken.js';
import { password } from './operations.js';

/** The secret of all servers of the benchmark, 32 bytes. */
export const secret = 'not-a-secret:for-benchmarks-only';

const chunk = 100_000;

export interface Person {
  readonly email: string;
  /** The token of their one live session. */
  readonly token: string;
}

interface Row {
  readonly user: string;
  readonly email: string;
  readonly session: string;
}

/**
 * Adds users with one live session each. The tables must exist.
 *
 * @param count the number of users
 * @param wanted the number of tokens to give back, spread over all users
 */
export async function seed(databaseUrl: string, count: number, wanted: number): Promise<readonly string[]> {
  const rows = await addPeople(databaseUrl, count, wanted, 'none');
  return rows.map(tokenOf);
}

/** Adds users with a live session each, who can log in with the {@link password}, and gives all of them. */
export async function seedPeople(databaseUrl: string, count: number): Promise<readonly Person[]> {
  const rows = await addPeople(databaseUrl, count, count, await hashOfPassword());
  return rows.map((row) => ({ email: row.email, token: tokenOf(row) }));
}

/** Hashes the password as Hufu does. */
export async function hashOfPassword(): Promise<string> {
  return createHasher({ concurrency: 1, maxQueued: 1 }).hash(password);
}

async function addPeople(
  databaseUrl: string,
  count: number,
  wanted: number,
  passwordHash: string,
): Promise<readonly Row[]> {
  const sql = postgres(databaseUrl, { max: 1, onnotice: () => undefined });
  try {
    const rows: Row[] = [];
    const every = Math.floor(count / wanted);
    for (let done = 0; done < count; done += chunk) {
      const made = await insert(sql, Math.min(chunk, count - done), passwordHash);
      rows.push(...made.filter((_, index) => (done + index) % every === 0).slice(0, wanted - rows.length));
    }
    await sql.unsafe('vacuum analyze hufu.users');
    await sql.unsafe('vacuum analyze hufu.sessions');
    return rows;
  } finally {
    await sql.end();
  }
}

const signedInAt = new Date(Math.floor(Date.now() / 1_000) * 1_000);
const expiresAt = new Date(signedInAt.getTime() + 86_400_000);

function insert(sql: postgres.Sql, count: number, passwordHash: string): Promise<Row[]> {
  const prefix = randomUUID();
  return sql`
    with people as (
      insert into hufu.users (id, email, email_key, password_hash, created_at)
      select gen_random_uuid(), ${prefix} || n || '@example.com', ${prefix} || n || '@example.com', ${passwordHash}, ${signedInAt}
      from generate_series(1, ${count}::integer) n
      returning id, email
    ), opened as (
      insert into hufu.sessions (id, user_id, slot, device_kind, device_name, user_agent, ip, methods, proved_at, signed_in_at,
        last_seen_at, expires_at)
      select gen_random_uuid(), id, 'only', 'WEB', 'Bench', 'bench', '127.0.0.1', '{PASSWORD}', ${signedInAt}, ${signedInAt}, ${signedInAt}, ${expiresAt}
      from people
      returning id, user_id
    )
    select people.id as user, people.email as email, opened.id as session
    from opened join people on people.id = opened.user_id`;
}

const tokens = createSessionTokens({
  keyring: createKeyring(secret, null),
  issuer: 'hufu',
  audience: 'hufu',
});

function tokenOf({ user, session }: Row): string {
  return tokens.sign({ userId: user, sessionId: session, signedInAt, expiresAt }, signedInAt);
}
