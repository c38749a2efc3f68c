// The folder of the embedded database: paths of any length, places where none can be, and what becomes of it later.

import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { OperatorError } from '../../src/common/errors.js';
import { openPglite } from '../../src/db/pglite/database.js';
import { copyTemplate } from '../../src/testing/template.js';
import { register } from '../support/operations.js';
import { testSettings } from '../support/settings.js';
import { spawnNode, type SpawnedNode } from '../support/spawnNode.js';
import { startCommand } from '../support/startCommand.js';
import { whenFileEnds } from '../support/whenFileEnds.js';

/** Only root may, and not everywhere. */
function mounts(folder: string): boolean {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false;
  return spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=90m', 'tmpfs', folder]).status === 0;
}

const home = mkdtempSync(join(tmpdir(), 'hufu-folder-'));
whenFileEnds(() => {
  rmSync(home, { recursive: true, force: true });
  return Promise.resolve();
});
const small = join(home, 'small');
mkdirSync(small);
const isMounted = mounts(small);
whenFileEnds(() => {
  if (isMounted) spawnSync('umount', ['--lazy', small]);
  return Promise.resolve();
});

/** Below the mount where there is one, at a path that is longer than a socket's may be. */
const folder = join(small, 'a folder with a long name '.repeat(6).trim());

const start = () => spawnNode({ database: { env: { DATA_DIR: folder } } });
const readiness = async (node: SpawnedNode) => (await fetch(`${node.url}/readyz`)).status;

describe('FOLDER-01 a data folder', { timeout: 120_000 }, async () => {
  await copyTemplate(folder);
  let node = await start();

  it.runIf(isMounted)(
    'MUST NOT be ready while the disk is full, and serve again when it is not',
    async () => {
      // No table has a page yet in which there would be room.
      const filler = join(small, 'filler');
      expect(() => {
        writeFileSync(filler, Buffer.alloc(200 * 1_024 * 1_024));
      }).toThrow('ENOSPC');
      expect(await readiness(node)).toBe(503);
      await expect.poll(node.output).toMatch(/"code":"ENOSPC".*"msg":"DATA_DIR: .* does not serve/);
      await expect(register(node.url)).rejects.toThrow('SERVICE_UNAVAILABLE');
      rmSync(filler);
      expect(await readiness(node)).toBe(200);
      await register(node.url);
    },
  );

  it('MUST be held by one process, and be free after kill -9, however long its path is', async () => {
    await expect(openPglite(folder)).rejects.toThrow(OperatorError);
    await node.kill();
    node = await start();
    await register(node.url);
  });

  it.runIf(process.platform === 'linux')('MUST be refused where none can be made, within moments', () => {
    const env = { PATH: process.env['PATH'], ...testSettings({ env: { DATA_DIR: '/proc/none/here' } }, {}) };
    const ended = spawnSync(process.execPath, startCommand().slice(1), { env, timeout: 20_000 });
    expect(ended.status).toBe(1);
    expect(ended.stderr.toString()).toMatch(/^DATA_DIR: \/proc\/none\/here cannot be used \(ENOENT\)\./);
  });

  it('MUST be missed when it is moved away, and the operator be told', async () => {
    expect(await readiness(node)).toBe(200);
    renameSync(folder, join(small, 'there'));
    expect(await readiness(node)).toBe(503);
    await expect.poll(node.output).toMatch(/"code":"ENOENT".*"msg":"DATA_DIR: .* does not serve/);
    renameSync(join(small, 'there'), folder);
    expect(await readiness(node)).toBe(200);
    await register(node.url);
    expect(await node.stop()).toBe(0);
  });
});
