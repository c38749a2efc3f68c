// The folder of the embedded database: long paths, impossible places, a full disk, and a folder that is moved away.

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

/** Mounts a small tmpfs, which only root may do; returns whether that worked. */
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

/** Below the mount if there is one, at a path that is longer than that of a Unix socket may be. */
const folder = join(small, 'a folder with a long name '.repeat(6).trim());

const start = () => spawnNode({ database: { env: { DATA_DIR: folder } } });
const readiness = async (node: SpawnedNode) => (await fetch(`${node.url}/readyz`)).status;

describe('FOLDER-01 a data folder', { timeout: 120_000 }, async () => {
  await copyTemplate(folder);
  let node = await start();

  it.runIf(isMounted)('MUST fail /readyz while the disk is full, and serve again afterwards', async () => {
    // No table has a page with free space yet.
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
  });

  it('MUST be locked by one process, also at a long path, and be free after kill -9', async () => {
    await expect(openPglite(folder)).rejects.toThrow(OperatorError);
    await node.kill();
    node = await start();
    await register(node.url);
  });

  it.runIf(process.platform === 'linux')(
    'MUST be refused within 20 s at a path where no folder can be made',
    () => {
      const env = {
        PATH: process.env['PATH'],
        ...testSettings({ env: { DATA_DIR: '/proc/none/here' } }, {}),
      };
      const ended = spawnSync(process.execPath, startCommand().slice(1), { env, timeout: 20_000 });
      expect(ended.status).toBe(1);
      expect(ended.stderr.toString()).toMatch(/^DATA_DIR: \/proc\/none\/here cannot be used \(ENOENT\)\./);
    },
  );

  it('MUST fail /readyz with a line in the log while it is moved away', async () => {
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
