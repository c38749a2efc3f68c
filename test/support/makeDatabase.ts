// A database of its own on a server, empty or a copy of another.

import { randomBytes } from 'node:crypto';

import postgres, { type Sql } from 'postgres';

export interface MadeDatabase {
  readonly name: string;
  readonly url: string;
  readonly drop: () => Promise<void>;
}

/** The connection to a server on which databases are made and dropped, and how many of them there are. */
interface Maker {
  readonly sql: Sql;
  databases: number;
}

/** By the URL of the server. To connect takes as much of the processor's time as to make a database. */
const makers = new Map<string, Maker>();

/**
 * Makes a database. The connection that it is made on stays until the last one made on it is dropped.
 *
 * @param server the URL of a server on which databases may be made
 * @param template the name of the database that is copied, which nothing may be connected to; null for an empty one
 */
export async function makeDatabase(server: string, template: string | null = null): Promise<MadeDatabase> {
  const name = `hufu_test_${randomBytes(8).toString('hex')}`;
  const maker = makers.get(server) ?? {
    sql: postgres(server, { max: 1, onnotice: () => undefined }),
    databases: 0,
  };
  makers.set(server, maker);
  maker.databases += 1;
  const leave = async () => {
    maker.databases -= 1;
    if (maker.databases > 0) return;
    makers.delete(server);
    await maker.sql.end({ timeout: 5 });
  };
  try {
    await maker.sql.unsafe(
      `create database ${name}${template === null ? '' : await copyOf(maker.sql, template)}`,
    );
  } catch (error) {
    await leave();
    throw error;
  }
  const url = new URL(server);
  url.pathname = `/${name}`;
  let dropped: Promise<void> | undefined;
  const drop = async () => {
    try {
      await maker.sql.unsafe(`drop database if exists ${name} with (force)`);
    } finally {
      await leave();
    }
  };
  return { name, url: url.href, drop: () => (dropped ??= drop()) };
}

/** File by file, which takes half as long as PostgreSQL's own choice: page by page, through its log. */
async function copyOf(sql: Sql, template: string): Promise<string> {
  const [server] = await sql<
    { version: number }[]
  >`select current_setting('server_version_num')::int as version`;
  const isChoosable = (server?.version ?? 0) >= 150_000;
  return ` template ${template}${isChoosable ? ' strategy file_copy' : ''}`;
}
