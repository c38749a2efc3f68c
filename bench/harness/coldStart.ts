// Measures a cold start with the flags of `npm start`, from the start of the process to its first answer.

import { freePort } from '../../test/support/freePort.js';
import { type HufuOptions, programOf, settings } from './hufu.js';
import { ask } from './operations.js';
import { listening, spawnNode, stopProcess } from './processes.js';

/**
 * Starts a node, sends it one request, runs the work, and stops it.
 *
 * @returns the time to the first answer, in milliseconds
 * @throws when the answer does not hold the expected text
 */
export async function coldStart(
  options: HufuOptions,
  first: {
    readonly operation: { readonly query: string };
    readonly token: string | null;
    readonly expect: string;
  },
  work: (node: { readonly port: number }) => Promise<void> = () => Promise.resolve(),
): Promise<number> {
  const port = await freePort();
  const startedAt = performance.now();
  const child = spawnNode({
    args: programOf(options),
    env: { ...settings(options), PORT: String(port) },
  });
  await listening(port, child);
  const { body } = await ask({ port }, first.operation, first.token);
  const tookMs = performance.now() - startedAt;
  if (!body.includes(first.expect)) throw new Error(`a node answered at its start: ${body}`);
  await work({ port });
  await stopProcess(child);
  return tookMs;
}
