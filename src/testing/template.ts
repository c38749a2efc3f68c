// An embedded database with all tables, made once and then copied: making one takes a second of the processor's time,
// which every test file would spend.

import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { join } from 'node:path';

import { sql } from 'drizzle-orm';

import { type Database } from '../db/database.js';
import { openPglite } from '../db/pglite/database.js';

/** The migrations are beside `src` and `dist` alike. */
const migrations = new URL('../../drizzle/', import.meta.url);

/** Copies the database into a folder, which must not hold one. */
export async function copyTemplate(folder: string): Promise<void> {
  cpSync(await template(), folder, { recursive: true });
}

/** Returns the folder of the template of this version, and makes it where it is missing. */
async function template(): Promise<string> {
  // Where tools keep what they can make again, and no other user of the machine writes.
  const cache = join(process.cwd(), 'node_modules', '.cache', 'hufu');
  const folder = join(cache, `database-${version()}`);
  if (existsSync(folder)) return folder;
  mkdirSync(cache, { recursive: true });
  const unfinished = mkdtempSync(join(cache, 'unfinished-'));
  try {
    const database = await openPglite(unfinished);
    await database.migrate();
    await dropTemplates(database);
    await database.close();
    renameSync(unfinished, folder);
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    // Another process has made it meanwhile.
    if (!existsSync(folder)) throw error;
  }
  return folder;
}

/** New databases are copies of two that every server has; here none is made, and they are two thirds of the files. */
async function dropTemplates(database: Database): Promise<void> {
  await database.read(async (db) => {
    await db.execute(sql`update pg_database set datistemplate = false`);
    await db.execute(sql`drop database template0`);
    await db.execute(sql`drop database template1`);
  });
}

/** Changes with the migrations, the times by which a database knows them, and the embedded database. */
function version(): string {
  const hash = createHash('sha256');
  const statements = readdirSync(migrations).filter((name) => name.endsWith('.sql'));
  for (const name of [...statements.sort(), 'meta/_journal.json'])
    hash.update(readFileSync(new URL(name, migrations)));
  hash.update(readFileSync(new URL('../package.json', import.meta.resolve('@electric-sql/pglite'))));
  return hash.digest('hex').slice(0, 16);
}
