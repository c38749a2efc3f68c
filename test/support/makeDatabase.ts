// A database of its own on a server, empty or a copy of another.

import { randomBytes } from 'node:crypto';

import postgres from 'postgres';

export interface MadeDatabase {
  readonly name: string;
  readonly url: string;
  readonly drop: () => Promise<void>;
}

/**
 * @param server the URL of a server on which databases may be made
 * @param template the name of the database that is copied, which nothing may be connected to; null for an empty one
 */
export async function makeDatabase(server: string, template: string | null = null): Promise<MadeDatabase> {
  const name = `hufu_test_${randomBytes(8).toString('hex')}`;
  await run(server, `create database ${name}${template === null ? '' : ` template ${template}`}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return { name, url: url.href, drop: () => run(server, `drop database if exists ${name} with (force)`) };
}

async function run(server: string, statement: string): Promise<void> {
  const sql = postgres(server, { max: 1, onnotice: () => undefined });
  try {
    await sql.unsafe(statement);
  } finally {
    await sql.end({ timeout: 5 });
  }
}
