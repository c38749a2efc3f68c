// People with live sessions, written straight into the tables, and the tokens of some of them.

import { randomUUID } from 'node:crypto';

import postgres from 'postgres';

import { createKeyring } from '../../src/tokens/keyring.js';
import { createSessionTokens } from '../../src/tokens/sessionToken.js';

/** A secret of the benchmark's own: 32 bytes. */
export const secret = 'not-a-secret:for-benchmarks-only';

const chunk = 100_000;

/**
 * Adds people, each with one live session. Tables must exist.
 *
 * @param count how many
 * @param wanted how many of their tokens are given back, spread over all of them
 */
export async function seed(databaseUrl: string, count: number, wanted: number): Promise<readonly string[]> {
  const sql = postgres(databaseUrl, { max: 1, onnotice: () => undefined });
  try {
    const ids: { user: string; session: string }[] = [];
    const every = Math.floor(count / wanted);
    for (let done = 0; done < count; done += chunk) {
      const made = await insert(sql, Math.min(chunk, count - done));
      ids.push(...made.filter((_, index) => (done + index) % every === 0).slice(0, wanted - ids.length));
    }
    await sql.unsafe('vacuum analyze users');
    await sql.unsafe('vacuum analyze sessions');
    return ids.map(tokenOf);
  } finally {
    await sql.end();
  }
}

const signedInAt = new Date(Math.floor(Date.now() / 1_000) * 1_000);
const expiresAt = new Date(signedInAt.getTime() + 86_400_000);

function insert(sql: postgres.Sql, count: number): Promise<{ user: string; session: string }[]> {
  const address = randomUUID();
  return sql`
    with people as (
      insert into users (id, email, email_key, password_hash, created_at)
      select gen_random_uuid(), ${address} || n || '@example.com', ${address} || n || '@example.com', 'none', ${signedInAt}
      from generate_series(1, ${count}::integer) n
      returning id
    )
    insert into sessions (id, user_id, slot, device_kind, device_name, user_agent, ip, signed_in_at, last_seen_at, expires_at)
    select gen_random_uuid(), id, 'only', 'WEB', 'Bench', 'bench', '127.0.0.1', ${signedInAt}, ${signedInAt}, ${expiresAt}
    from people
    returning user_id as user, id as session`;
}

const tokens = createSessionTokens({
  keyring: createKeyring(secret, null),
  issuer: 'hufu',
  audience: 'hufu',
});

function tokenOf({ user, session }: { user: string; session: string }): string {
  return tokens.sign({ userId: user, sessionId: session, signedInAt, expiresAt }, signedInAt);
}
