// A program of the system that serves while a test file runs, and goes with the process that started it, however that one
// ends.

import { spawn } from 'node:child_process';
import { once } from 'node:events';

import { whenFileEnds } from './whenFileEnds.js';

/**
 * Runs the program until the end of the input, which is the end of the test file or of its process. A signal that it can
 * catch comes first: nginx has processes of its own to end.
 */
const guard = `exec 3<&0; "$@" & pid=$!
(cat <&3 >/dev/null; kill "$pid"; sleep 1; kill -9 "$pid") 2>/dev/null &
wait "$pid"`;

/**
 * Starts it and waits until it has written a text to its error output.
 *
 * @returns reads everything that it has written there so far
 * @throws with what it wrote when it ends instead
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
