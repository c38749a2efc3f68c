// Starts and sets the network between the servers and their database, `servers/distance.ts`.

import { fileURLToPath } from 'node:url';

import { freePort } from '../../test/support/freePort.js';
import { askProcess, listening, spawnNode } from './processes.js';

export interface Distance {
  /** Gives the URL of the same database through the network. */
  through(url: string): string;
  setRoundTrip(ms: number): Promise<void>;
}

const program = fileURLToPath(new URL('../servers/distance.ts', import.meta.url));

/** @param target the URL of a database on the server */
export async function startDistance(target: string): Promise<Distance> {
  const port = await freePort();
  const child = spawnNode({
    args: ['--import', import.meta.resolve('tsx'), program],
    env: { TARGET: target, PORT: String(port) },
  });
  await listening(port, child);
  return {
    through(url) {
      const far = new URL(url);
      far.host = `127.0.0.1:${String(port)}`;
      return far.href;
    },
    async setRoundTrip(ms) {
      await askProcess(child, ms);
    },
  };
}
