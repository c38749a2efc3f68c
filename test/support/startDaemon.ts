// Runs a server program of the system for one test file. It ends with the process that started it, even a killed one.

import { spawn } from 'node:child_process';
import { once } from 'node:events';

import { whenFileEnds } from './whenFileEnds.js';

/**
 * Runs the program until the input ends, which it does with the test file or its process. SIGTERM comes before SIGKILL: nginx
 * has child processes to end.
 */
const guard = `exec 3<&0; "$@" & pid=$!
(cat <&3 >/dev/null; kill "$pid"; sleep 1; kill -9 "$pid") 2>/dev/null &
wait "$pid"`;

/**
 * Starts it and waits until it has written a text to standard error.
 *
 * @returns a function that returns all of its standard error so far
 * @throws with that output when it ends instead
 */
export async function startDaemon(
  program: string,
  args: readonly string[],
  readyText: string,
): Promise<() => string> {
  const child = spawn('sh', ['-c', guard, 'sh', program, ...args], { stdio: ['pipe', 'ignore', 'pipe'] });
  let said = '';
  const gone = once(child, 'exit');
  whenFileEnds(async () => {
    child.stdin.end();
    await gone;
  });
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  while (!said.includes(readyText)) {
    if (child.exitCode !== null) throw new Error(`${program} did not start:\n${said}`);
    await Promise.race([once(child.stderr, 'data'), gone]);
  }
  return () => said;
}
