// Starts the process that only checks passwords, `servers/hashes.ts`.

import { fileURLToPath } from 'node:url';

import { type Checks } from '../servers/hashes.js';
import { askProcess, spawnNode } from './processes.js';

export interface HashProcess {
  /** Checks passwords, as many at once as Hufu does, and gives the figures. */
  run(durationMs: number): Promise<Checks>;
}

const program = fileURLToPath(new URL('../servers/hashes.ts', import.meta.url));

/** @param stored the hash to check against, as Hufu stores it */
export function startHashes(stored: string): HashProcess {
  const child = spawnNode({
    args: ['--import', import.meta.resolve('tsx'), program],
    env: { STORED: stored },
  });
  return { run: async (durationMs) => (await askProcess(child, durationMs)) as Checks };
}
