// A clone whose team adds types, resolvers, tables, migrations and settings in src/team/, which upstream never touches: a new
// version merges without a conflict, and the migrations of both sides run.

import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

import { describe, expect, it } from 'vitest';

import { gql } from '../support/gql.js';
import { register } from '../support/operations.js';
import { rowsOf } from '../support/rows.js';
import { spawnNode } from '../support/spawnNode.js';
import { temporaryFolder } from '../support/temporaryFolder.js';

const built = ['src', 'drizzle', 'schema.graphql', 'package.json', 'tsconfig.json', 'drizzle.team.config.ts'];

function run(folder: string, command: string, ...args: string[]): string {
  return execFileSync(command, args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

function git(folder: string, ...args: string[]): string {
  const author = ['-c', 'user.name=Team', '-c', 'user.email=team@example.com'];
  return run(folder, 'git', ...author, ...args);
}

/** Copies the files that git would commit from the working folder, and commits them in a new repository. */
function createClone(): string {
  const folder = join(temporaryFolder(), 'clone');
  const files = git('.', 'ls-files', '-co', '--exclude-standard', '-z', ...built).split('\0');
  for (const file of files.filter((name) => name !== '')) {
    mkdirSync(join(folder, dirname(file)), { recursive: true });
    cpSync(file, join(folder, file));
  }
  writeFileSync(join(folder, '.gitignore'), 'node_modules\ndist\n');
  symlinkSync(resolve('node_modules'), join(folder, 'node_modules'));
  git(folder, 'init', '-q', '-b', 'main');
  commit(folder, 'the version that was cloned');
  return folder;
}

function commit(folder: string, message: string): void {
  git(folder, 'add', '-A');
  git(folder, 'commit', '-q', '-m', message);
}

/** Adds the team's files that docs/extending.md shows. */
function addTeam(folder: string): void {
  for (const name of ['schema.graphql', 'index.ts', 'tables.ts']) {
    const text = readFileSync(`examples/extending/${name}`, 'utf8');
    writeFileSync(join(folder, 'src/team', name), text.replaceAll('../../src/', '../'));
  }
  run(folder, 'node_modules/.bin/drizzle-kit', 'generate', '--config', 'drizzle.team.config.ts');
  commit(folder, 'our notes');
}

/** Adds a field, a table and a migration, as a new version would. */
function addUpstream(folder: string): void {
  const edit = (path: string, change: (text: string) => string) => {
    writeFileSync(join(folder, path), change(readFileSync(join(folder, path), 'utf8')));
  };
  edit('schema.graphql', (text) =>
    text.replace('type Query {\n', 'type Query {\n  "New in this version."\n  motto: String\n\n'),
  );
  edit('src/db/schema/index.ts', (text) => `${text}export * from './mottos.js';\n`);
  writeFileSync(
    join(folder, 'src/db/schema/mottos.ts'),
    `import { text } from 'drizzle-orm/pg-core';\nimport { hufu } from './columns.js';\n` +
      `export const mottos = hufu.table('mottos', { motto: text('motto').primaryKey() });\n`,
  );
  writeFileSync(
    join(folder, 'drizzle/9999_mottos.sql'),
    'CREATE TABLE "hufu"."mottos" ("motto" text PRIMARY KEY);',
  );
  edit('drizzle/meta/_journal.json', (text) => {
    const journal = JSON.parse(text) as { readonly entries: readonly { readonly when: number }[] };
    const when = Math.max(...journal.entries.map((entry) => entry.when)) + 1;
    const entry = { idx: journal.entries.length, version: '7', when, tag: '9999_mottos', breakpoints: true };
    return JSON.stringify({ ...journal, entries: [...journal.entries, entry] }, null, 2);
  });
  commit(folder, 'a new version');
}

describe('a clone with its own types and tables', () => {
  it(
    'MUST merge a new version without a conflict, and run the migrations of both sides',
    { timeout: 240_000 },
    async () => {
      const folder = createClone();
      git(folder, 'checkout', '-q', '-b', 'team');
      addTeam(folder);
      git(folder, 'checkout', '-q', 'main');
      addUpstream(folder);
      git(folder, 'checkout', '-q', 'team');
      git(folder, 'merge', '-q', '--no-edit', 'main');

      run(folder, 'npm', 'run', '--silent', 'build');
      const database = { env: { DATA_DIR: temporaryFolder() } };
      const node = await spawnNode({ checkout: folder, database, env: { TEAM_GREETING: 'Ahoy' } });
      const { token, user } = await register(node.url);
      const addNote = 'mutation { addNote(text: "Buy rope") { text } }';
      expect((await gql(node.url, { query: addNote, token })).data).toEqual({
        addNote: { text: 'Buy rope' },
      });
      const query = '{ motto greeting welcome me { notes { text } } }';
      expect((await gql(node.url, { query, token })).data).toEqual({
        motto: null,
        greeting: `Ahoy, ${user.email}`,
        welcome: 'Welcome back',
        me: { notes: [{ text: 'Buy rope' }] },
      });
      const stranger = await gql(node.url, { query: '{ welcome me { notes { text } } }' });
      expect(stranger.data).toEqual({ welcome: 'Hello, stranger', me: null });
      const { errors } = await gql(node.url, { query: addNote });
      expect(errors[0]?.extensions).toMatchObject({ code: 'UNAUTHENTICATED', reason: 'NO_TOKEN' });
      // The team's hook deletes the notes with the account.
      const deletion = 'mutation { deleteAccount { __typename } }';
      expect((await gql(node.url, { query: deletion, token })).data).toEqual({
        deleteAccount: { __typename: 'DeleteAccountSuccess' },
      });
      await node.stop();

      const counts = `select (select count(*)::int from hufu.team_migrations) as migrations,
      (select count(*)::int from hufu.mottos) as mottos, (select count(*)::int from public.notes) as notes`;
      expect(await rowsOf(database, counts)).toEqual([{ migrations: 1, mottos: 0, notes: 0 }]);
    },
  );
});
