// The size of a million accounts on disk, and the cost of the most frequent write, the update of `last_seen_at`. Runs only when
// it is named: `npm run bench -- --only growth`.

import { randomUUID } from 'node:crypto';

import postgres, { type Sql } from 'postgres';

import { startHufu } from '../harness/hufu.js';
import { short } from '../harness/numbers.js';
import { print, printTable, progress } from '../harness/report.js';
import { type Scenario } from './bench.js';

const accounts = 1_000_000;

/** The number of rows that are updated or added to measure a write. */
const written = 100_000;

const tables = ['users', 'sessions', 'security_events'] as const;

export const growthScenario: Scenario = async ({ postgres: server }) => {
  const url = await server.createDatabase('bench_growth');
  const hufu = await startHufu({ database: { DATABASE_URL: url } });
  await hufu.stop();
  const sql = postgres(url, { max: 1, onnotice: () => undefined });
  try {
    progress('growth: a million accounts');
    await fill(sql);
    print('## Growth');
    print();
    print(`${accounts.toLocaleString('en-US')} accounts with one live session and one event each.`);
    print();
    const sizes = await Promise.all(tables.map((table) => sizeOf(sql, table)));
    printTable([
      ['table', 'rows', 'bytes/row', 'of these indexes'],
      ...sizes.map(({ table, rows, heap, indexes }) => [
        table,
        rows.toLocaleString('en-US'),
        short((heap + indexes) / rows),
        short(indexes / rows),
      ]),
    ]);

    const writes: string[][] = [['write', 'fillfactor', 'HOT', 'WAL bytes/row', 'table after, to before']];
    for (const fillfactor of [100, 85]) {
      progress(`growth: fillfactor ${String(fillfactor)}`);
      await sql.unsafe(`alter table hufu.sessions set (fillfactor = ${String(fillfactor)})`);
      await sql.unsafe('vacuum full hufu.sessions');
      await sql.unsafe('checkpoint');
      writes.push(await noteUse(sql, fillfactor));
    }
    printTable(writes);

    const keys: string[][] = [['keys of new sessions', 'primary key, bytes/row', 'WAL bytes/row']];
    for (const [name, key] of [
      ['uuid v4', 'gen_random_uuid()'],
      ['uuid v7', timeOrdered],
    ] as const) {
      progress(`growth: ${name}`);
      keys.push(await addKeyed(sql, name, key));
    }
    printTable(keys);
  } finally {
    await sql.end();
  }
};

/** A uuid whose first 48 bits are the time in milliseconds (RFC 9562 section 5.7). */
const timeOrdered = `(lpad(to_hex((extract(epoch from clock_timestamp()) * 1000)::bigint), 12, '0') || '7'
  || substr(replace(gen_random_uuid()::text, '-', ''), 14))::uuid`;

async function fill(sql: Sql): Promise<void> {
  for (let done = 0; done < accounts; done += written) await addAccounts(sql, written);
  for (const table of tables) await sql.unsafe(`vacuum analyze hufu.${table}`);
}

async function addAccounts(sql: Sql, count: number): Promise<void> {
  const some = randomUUID();
  await sql`
    with people as (
      insert into hufu.users (id, email, email_key, password_hash, created_at, last_login_at)
      select gen_random_uuid(), ${some} || n || '@example.com', ${some} || n || '@example.com',
        '$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$' || repeat('x', 43), now(), now()
      from generate_series(1, ${count}::integer) n
      returning id
    ), opened as (
      insert into hufu.sessions (id, user_id, slot, device_kind, device_name, user_agent, ip, methods, proved_at,
        signed_in_at, last_seen_at, expires_at)
      select gen_random_uuid(), id, 'only', 'WEB', 'A device', repeat('u', 110), '198.51.100.7', '{PASSWORD}', now(), now(),
        now(), now() + interval '30 days'
      from people
      returning id, user_id
    )
    insert into hufu.security_events (id, user_id, session_id, kind, outcome, device_kind, device_name, user_agent, ip, at)
    select gen_random_uuid(), user_id, id, 'LOGIN', 'SUCCEEDED', 'WEB', 'A device', repeat('u', 110), '198.51.100.7', now()
    from opened`;
}

async function sizeOf(sql: Sql, table: string) {
  const [row] = await sql<{ rows: string; heap: string; indexes: string }[]>`
    select (select count(*) from ${sql(`hufu.${table}`)}) as rows, pg_table_size(${`hufu.${table}`}::regclass) as heap,
      pg_indexes_size(${`hufu.${table}`}::regclass) as indexes`;
  return { table, rows: Number(row?.rows), heap: Number(row?.heap), indexes: Number(row?.indexes) };
}

/** Updates `last_seen_at` of random sessions with one statement each, as nodes do. */
async function noteUse(sql: Sql, fillfactor: number): Promise<string[]> {
  const before = await sizeOf(sql, 'sessions');
  await sql`select pg_stat_reset_single_table_counters('hufu.sessions'::regclass)`;
  const { bytes } = await walOf(sql, async () => {
    await sql.unsafe(`do $$ declare picked uuid; begin
      for picked in select id from hufu.sessions order by random() limit ${String(written)} loop
        update hufu.sessions set last_seen_at = clock_timestamp() where id = picked;
      end loop; end $$`);
  });
  await sql`select pg_stat_force_next_flush()`.catch(() => undefined);
  const [stat] = await sql<{ hot: string; all: string }[]>`
    select n_tup_hot_upd as hot, n_tup_upd as all from pg_stat_user_tables where relname = 'sessions'`;
  const after = await sizeOf(sql, 'sessions');
  return [
    'note of a use',
    String(fillfactor),
    `${String(Math.round((100 * Number(stat?.hot)) / Number(stat?.all)))}%`,
    short(bytes / written),
    short((after.heap + after.indexes) / (before.heap + before.indexes)),
  ];
}

/** Adds rows with a primary key of one kind to a table that has a million of them. */
async function addKeyed(sql: Sql, name: string, key: string): Promise<string[]> {
  await sql.unsafe('drop table if exists keyed');
  await sql.unsafe(`create table keyed as select ${key} as id, user_id from hufu.sessions`);
  await sql.unsafe('alter table keyed add primary key (id)');
  await sql.unsafe('checkpoint');
  const { bytes } = await walOf(sql, async () => {
    await sql.unsafe(
      `insert into keyed select ${key}, gen_random_uuid() from generate_series(1, ${String(written)})`,
    );
  });
  const [size] = await sql<{ bytes: string }[]>`select pg_indexes_size('keyed'::regclass) as bytes`;
  return [name, short(Number(size?.bytes) / (accounts + written)), short(bytes / written)];
}

async function walOf(sql: Sql, write: () => Promise<void>): Promise<{ readonly bytes: number }> {
  const [before] = await sql<{ at: string }[]>`select pg_current_wal_lsn()::text as at`;
  await write();
  const [row] = await sql<{ bytes: string }[]>`
    select pg_wal_lsn_diff(pg_current_wal_lsn(), ${before?.at ?? ''}::pg_lsn) as bytes`;
  return { bytes: Number(row?.bytes) };
}
