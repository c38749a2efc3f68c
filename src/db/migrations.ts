// Brings the tables up to date, for both drivers. Drizzle's own migrator is not used: it writes before it looks, shares
// its record with every other app on Drizzle, and skips migrations that are older than the newest recorded one.

import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';

import { is, sql } from 'drizzle-orm';
import { bigint, getTableConfig, pgSchema, PgTable, serial, text } from 'drizzle-orm/pg-core';

import { type Db, type Transaction } from './database.js';
import * as schema from './schema/index.js';

interface Migration {
  readonly name: string;
  /** When it was made, in milliseconds; the database knows the migration by this number. */
  readonly madeAt: number;
}

interface JournalEntry {
  readonly tag: string;
  readonly when: number;
}

/** Migrations that are recorded together. */
interface MigrationSet {
  readonly folder: URL;
  /** The table that records migrations; not one of the tables that migrations are generated from. */
  readonly record: ReturnType<typeof recordTable>;
  readonly recordName: string;
}

function recordTable(name: string) {
  return pgSchema('hufu').table(name, {
    id: serial('id').primaryKey(),
    hash: text('hash').notNull(),
    createdAt: bigint('created_at', { mode: 'number' }).notNull(),
  });
}

/** The generated migrations are beside `src` and `dist` alike. Those of a team, in a clone, follow Hufu's. */
const sets: readonly MigrationSet[] = [
  ['../../drizzle/', 'migrations'] as const,
  ['../team/drizzle/', 'team_migrations'] as const,
].map(([folder, name]) => ({
  folder: new URL(folder, import.meta.url),
  record: recordTable(name),
  recordName: `hufu.${name}`,
}));

/** Lists every migration of a set in this version, in the order in which they run. */
function knownMigrations({ folder }: MigrationSet): readonly Migration[] {
  const file = new URL('meta/_journal.json', folder);
  if (!existsSync(file)) return [];
  const journal = JSON.parse(readFileSync(file, 'utf8')) as {
    readonly entries: readonly JournalEntry[];
  };
  return journal.entries.map(({ tag, when }) => ({ name: tag, madeAt: when }));
}

/** Finds the migrations that have not run, also one that is older than others that have. Writes nothing. */
export async function missingMigrations(db: Db | Transaction): Promise<readonly Migration[]> {
  const missing: Migration[] = [];
  for (const set of sets) missing.push(...(await missingOf(db, set)));
  return missing;
}

async function missingOf(db: Db | Transaction, set: MigrationSet): Promise<readonly Migration[]> {
  const known = knownMigrations(set);
  if (known.length === 0 || !(await hasRecord(db, set))) return known;
  const done = await recorded(db, set);
  return known.filter(({ madeAt }) => !done.has(madeAt));
}

/** Counts the migrations that have run and that only a newer version knows. */
export async function newerMigrations(db: Db | Transaction): Promise<number> {
  let newer = 0;
  for (const set of sets) {
    if (!(await hasRecord(db, set))) continue;
    const known = new Set(knownMigrations(set).map(({ madeAt }) => madeAt));
    newer += [...(await recorded(db, set))].filter((madeAt) => !known.has(madeAt)).length;
  }
  return newer;
}

async function recorded(db: Db | Transaction, { record }: MigrationSet): Promise<ReadonlySet<number>> {
  const rows = await db.select({ madeAt: record.createdAt }).from(record);
  return new Set(rows.map(({ madeAt }) => madeAt));
}

function hasRecord(db: Db | Transaction, { recordName }: MigrationSet): Promise<boolean> {
  return exists(db, sql`to_regclass(${recordName}) is not null`);
}

/** Runs the missing migrations, in a transaction under which no other process migrates. */
export async function runMissing(tx: Transaction): Promise<void> {
  if (!(await exists(tx, sql`exists (select from pg_catalog.pg_namespace where nspname = 'hufu')`)))
    await tx.execute(sql`create schema hufu`);
  for (const set of sets) await runMissingOf(tx, set);
}

async function runMissingOf(tx: Transaction, set: MigrationSet): Promise<void> {
  const missing = await missingOf(tx, set);
  if (missing.length === 0) return;
  if (!(await hasRecord(tx, set)))
    await tx.execute(
      sql.raw(
        `create table ${set.recordName} (id serial primary key, hash text not null, created_at bigint not null)`,
      ),
    );
  for (const { name, madeAt } of missing) {
    const text = readFileSync(new URL(`${name}.sql`, set.folder), 'utf8');
    for (const statement of text.split('--> statement-breakpoint')) await tx.execute(sql.raw(statement));
    const hash = createHash('sha256').update(text).digest('hex');
    await tx.insert(set.record).values({ hash, createdAt: madeAt });
  }
}

const tableNames = Object.values(schema).flatMap((value) =>
  is(value, PgTable) ? [`hufu.${getTableConfig(value).name}`] : [],
);

/** Tells whether every migration has run and every table is there. */
export async function isMigrated(db: Db): Promise<boolean> {
  if ((await missingMigrations(db)).length > 0) return false;
  const names = `{${tableNames.join(',')}}`;
  return exists(
    db,
    sql`not exists (select from unnest(${names}::text[]) name where to_regclass(name) is null)`,
  );
}

/** Lists the existing tables in which the role may not read, insert, update and delete rows. */
export async function tablesWithoutRights(db: Db): Promise<readonly string[]> {
  const rows = await db
    .select({ name: sql<string>`name` })
    .from(sql`unnest(${`{${tableNames.join(',')}}`}::text[]) name`)
    .where(
      sql`not (has_table_privilege(to_regclass(name), 'select') and has_table_privilege(to_regclass(name), 'insert')
        and has_table_privilege(to_regclass(name), 'update') and has_table_privilege(to_regclass(name), 'delete'))`,
    );
  return rows.map(({ name }) => name);
}

async function exists(db: Db | Transaction, condition: ReturnType<typeof sql>): Promise<boolean> {
  const [row] = await db.select({ holds: sql<boolean>`${condition}` }).from(sql`(select 1) as one`);
  return row?.holds === true;
}
