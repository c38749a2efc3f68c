// Databases on a real server that belong to a role without special rights, as in production, and a query on a connection of its
// own, which works whatever a test does to the server.

import postgres from 'postgres';
import { inject } from 'vitest';

import { whenFileEnds } from '../support/whenFileEnds.js';
import { freshDatabase } from '../support/database.js';
import { type Certificate, startPostgres } from '../support/postgresProcess.js';

export interface ServerDatabase {
  /** For the node: a role that owns this database and nothing else. */
  readonly url: string;
  /** For the test: the server's own database, with every right. */
  readonly adminUrl: string;
  readonly name: string;
}

/** Makes a database on the server that all tests share. */
export async function freshServerDatabase(): Promise<ServerDatabase> {
  const adminUrl = inject('postgresUrl') ?? '';
  const name: { role?: string } = {};
  whenFileEnds(async () => {
    if (name.role !== undefined) await query(adminUrl, `drop role if exists ${name.role}`);
  });
  const database = await freshDatabase();
  const url = new URL(database.env['DATABASE_URL'] ?? '');
  name.role = url.pathname.slice(1);
  return handOver(adminUrl, name.role);
}

/**
 * Makes a database on its own server, which syncs to disk as in production.
 *
 * @param certificate makes the server speak TLS to every client that asks for it
 */
export async function ownServerDatabase(certificate: Certificate | null = null): Promise<ServerDatabase> {
  const server = await startPostgres({}, certificate);
  whenFileEnds(() => server.stop());
  const name = 'hufu_test_own';
  await query(server.url, `create database ${name}`);
  return handOver(server.url, name);
}

async function handOver(adminUrl: string, name: string): Promise<ServerDatabase> {
  await query(adminUrl, `create role ${name} login password '${name}'`);
  await query(adminUrl, `alter database ${name} owner to ${name}`);
  const url = new URL(adminUrl);
  Object.assign(url, { username: name, password: name, pathname: `/${name}` });
  return { url: url.href, adminUrl, name };
}

export type Row = Readonly<Record<string, unknown>>;

/** Runs one statement on a connection of its own. */
export async function query(
  url: string,
  text: string,
  values: readonly string[] = [],
): Promise<readonly Row[]> {
  const sql = postgres(url, { max: 1, connect_timeout: 5, onnotice: () => undefined });
  try {
    return await sql.unsafe<Record<string, unknown>[]>(text, [...values]);
  } finally {
    await sql.end({ timeout: 1 });
  }
}
