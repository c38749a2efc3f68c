// The tables and the record of migrations lie in the PostgreSQL schema `hufu`, beside anything else in the database.

import { readdirSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

import { freshServerDatabase, query, type ServerDatabase } from '../faults/serverDatabase.js';
import { databaseKind } from '../support/database.js';
import { outcomeOf } from '../faults/load.js';
import { gql } from '../support/gql.js';
import { meOperation, register } from '../support/operations.js';
import { startNode } from '../support/startNode.js';

/** States of a database before the first node starts. */
const situations: Readonly<Record<string, (database: ServerDatabase) => readonly string[]>> = {
  'a role that has a schema of its own name': ({ name }) => [`create schema ${name}`],
  'a search_path without public': ({ name }) => [
    'create schema elsewhere',
    `alter role ${name} set search_path = elsewhere`,
  ],
  'an empty search_path': ({ name }) => [`alter role ${name} set search_path = ''`],
  'tables of the same names': () => [
    'create table public.users (id int primary key, name text)',
    'create table public.sessions (id int primary key)',
    'create table public.migrations (id int primary key)',
  ],
  'migrations of another app on Drizzle that are newer': () => [
    'create schema drizzle',
    'create table drizzle.__drizzle_migrations (id serial primary key, hash text not null, created_at bigint)',
    `insert into drizzle.__drizzle_migrations (hash, created_at) values ('another', 99999999999999)`,
  ],
};

describe.runIf(databaseKind === 'postgres')('DB-01 a node', () => {
  it.each(Object.entries(situations))(
    'MUST start and serve in a database with %s',
    async (_name, prepare) => {
      const database = await freshServerDatabase();
      for (const statement of prepare(database)) await query(database.url, statement);

      const node = await startNode({ database: { env: { DATABASE_URL: database.url } } });
      const { token } = await register(node.url);
      expect(await gql(node.url, { query: meOperation, token }).then(outcomeOf)).toBe('ok');
      expect((await fetch(`${node.url}/readyz`)).status).toBe(200);

      const own = await query(
        database.url,
        `select (select count(*)::int from hufu.users) as users, (select count(*)::int from hufu.migrations) as migrations`,
      );
      const files = readdirSync('drizzle').filter((name) => name.endsWith('.sql'));
      expect(own).toEqual([{ users: 1, migrations: files.length }]);
      await node.stop();
    },
  );
});
