// The permissions of the embedded database's files: only the user that runs the node may read and write them.

import { chmodSync, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { makeFolder } from '../../src/common/files.js';
import { openPglite } from '../../src/db/pglite/database.js';
import { readyDatabase } from '../support/database.js';

describe.runIf(process.platform !== 'win32')('FOLDER-02 the data folder', () => {
  it('MUST be refused while every user may write to it, and MUST give its files to the owner alone', async () => {
    const { env } = await readyDatabase();
    const folder = env['DATA_DIR'] ?? '';
    chmodSync(folder, 0o777);
    await expect(openPglite(folder)).rejects.toThrow(/^DATA_DIR: every user may write to .* \(chmod o-w\)/);
    chmodSync(folder, 0o755);
    mkdirSync(join(folder, 'pg'), { recursive: true });
    chmodSync(join(folder, 'pg'), 0o755);
    const database = await openPglite(folder);
    expect(statSync(join(folder, 'pg')).mode & 0o777).toBe(0o700);
    await database.close();
    // New folders above it belong to the owner alone too.
    makeFolder(join(folder, 'made', 'below'));
    for (const made of ['made', 'made/below']) expect(statSync(join(folder, made)).mode & 0o777).toBe(0o700);
  });
});
