// Global setup of the `pglite` project: an embedded database with all tables, to be copied. Making one takes a second of
// the processor's time, which every node of every test would spend.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { type TestProject } from 'vitest/node';

import { openPglite } from '../../src/db/pglite/database.js';
import './provided.js';

export default async function setup(project: TestProject): Promise<() => void> {
  const folder = mkdtempSync(join(tmpdir(), 'hufu-tables-'));
  const database = await openPglite(folder);
  await database.migrate();
  await database.close();
  project.provide('embeddedTables', folder);
  return () => {
    rmSync(folder, { recursive: true, force: true });
  };
}
