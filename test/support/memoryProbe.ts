// Measures the memory that a spawned node holds after its garbage has been collected.

import { expect } from 'vitest';

import { type Env } from './settings.js';
import { type SpawnedNode } from './spawnNode.js';

/** In bytes. */
export interface Memory {
  readonly rss: number;
  readonly heap: number;
  /** Outside of the heap, e.g. buffers. */
  readonly external: number;
}

/** The settings of a node that {@link measureMemory} can measure. */
export const probedEnv: Env = {
  NODE_OPTIONS: `--import=${new URL('memoryProbePreload.js', import.meta.url).href}`,
};

/** Has a node with {@link probedEnv} collect its garbage, and returns what it still holds. */
export async function measureMemory(node: SpawnedNode): Promise<Memory> {
  const lines = () => node.output().match(/^memory .*$/gm) ?? [];
  const { length } = lines();
  process.kill(node.pid, 'SIGUSR2');
  await expect.poll(() => lines().length, { timeout: 10_000 }).toBeGreaterThan(length);
  return JSON.parse((lines().at(-1) ?? '').slice('memory '.length)) as Memory;
}
