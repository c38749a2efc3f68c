// The embedded database as an operator sees it: its lock, and the errors of its folder.

import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { gql } from '../support/gql.js';
import { meOperation, register } from '../support/operations.js';
import { runUntilExit } from '../support/runUntilExit.js';
import { spawnNode } from '../support/spawnNode.js';
import { temporaryFolder } from '../support/temporaryFolder.js';

describe('the embedded database', () => {
  it('refuses a second process, and keeps accounts and the secret across a restart', async () => {
    const node = await spawnNode({ env: { JWT_SECRET: '' } });
    const { token } = await register(node.url);
    const second = await runUntilExit({ ...node.database.env });
    expect(second.code).toBe(1);
    expect(second.output).toContain('is in use by another process');

    const secretFile = join(node.database.env['DATA_DIR'] ?? '', 'jwt-secret');
    expect(statSync(secretFile).mode & 0o777).toBe(0o600);
    await node.stop();
    const again = await spawnNode({ database: node.database, env: { JWT_SECRET: '' } });
    expect((await gql(again.url, { query: meOperation, token })).errors).toEqual([]);
  });

  it('reports a folder that cannot be used in one line', async () => {
    const folder = temporaryFolder();
    const file = join(folder, 'file');
    writeFileSync(file, '');
    for (const path of [file, join(file, 'below')]) {
      const { code, output } = await runUntilExit({ DATA_DIR: path });
      expect(code).toBe(1);
      expect(output).toMatch(/^DATA_DIR: \S+ cannot be used \((?:EEXIST|ENOTDIR)\)\. [^\n]+\n$/);
    }
  });

  it('reports a secret file that cannot be used', async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'jwt-secret'));
    const { code, output } = await runUntilExit({ DATA_DIR: folder, LOG_LEVEL: 'warn' });
    expect(code).toBe(1);
    expect(output).toMatch(/^DATA_DIR: \S+jwt-secret cannot be used \(EISDIR\)\. [^\n]+\n$/);
  });

  it('reports database files that cannot be opened', async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'pg'));
    writeFileSync(join(folder, 'pg', 'PG_VERSION'), '17');
    const { code, output } = await runUntilExit({ DATA_DIR: folder });
    expect(code).toBe(1);
    expect(output).toMatch(/^DATA_DIR: the database in \S+ cannot be opened\. [^\n]+\n$/);
  });
});
