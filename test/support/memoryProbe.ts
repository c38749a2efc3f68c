// How much memory a node holds once its garbage has been collected: a module that the node loads before its own, and
// that answers a signal on its output.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';

import { whenFileEnds } from './whenFileEnds.js';
import { type Env } from './settings.js';
import { type SpawnedNode } from './spawnNode.js';

const probe = `
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc');
process.on('SIGUSR2', () => {
  collect();
  collect();
  const { heapUsed, external } = process.memoryUsage();
  process.stdout.write('\\nheld bytes ' + String(heapUsed + external) + '\\n');
});
`;

/** The settings of a node that can be asked for its memory. */
export function probedEnv(): Env {
  const folder = mkdtempSync(join(tmpdir(), 'hufu-probe-'));
  whenFileEnds(() => {
    rmSync(folder, { recursive: true, force: true });
    return Promise.resolve();
  });
  const file = join(folder, 'probe.mjs');
  writeFileSync(file, probe);
  return { NODE_OPTIONS: `--import=${pathToFileURL(file).href}` };
}

/** The bytes that a node with {@link probedEnv} holds, on the heap and outside of it. */
export async function heldBytes(node: SpawnedNode): Promise<number> {
  const said = () => [...node.output().matchAll(/^held bytes (\d+)$/gm)];
  const before = said().length;
  process.kill(node.pid, 'SIGUSR2');
  for (let tries = 0; said().length === before; tries += 1) {
    if (tries > 500) throw new Error('the node did not tell its memory');
    await pause(20);
  }
  return Number(said().at(-1)?.[1]);
}
