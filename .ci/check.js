// Runs every `check:` script of package.json, as many at once as there are processors, and prints the output of each when it has
// ended. Runs all of them, and fails if one has failed.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

/** The scripts that take longest. They start first, so that all processors are busy until the end. */
const longest = ['check:lint', 'check:types', 'check:package'];

/** @type {unknown} */
const manifest = JSON.parse(readFileSync('package.json', 'utf8'));
const { scripts } = /** @type {{ scripts: Record<string, string> }} */ (manifest);
const others = Object.keys(scripts).filter((name) => name.startsWith('check:') && !longest.includes(name));
const waiting = [...longest, ...others];

await Promise.all(Array.from({ length: availableParallelism() }, work));

async function work() {
  for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) await run(name);
}

/** @param {string} name */
async function run(name) {
  const startedAt = performance.now();
  const child = spawn('npm', ['run', '--silent', name], {
    stdio: ['ignore', 'pipe', 'pipe'],
    shell: process.platform === 'win32',
  });
  /** @type {Buffer[]} */
  const output = [];
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (/** @type {Buffer} */ chunk) => output.push(chunk));
  await once(child, 'close');
  const ended = child.exitCode === 0 ? 'passed' : 'FAILED';
  console.log(`${name} ${ended} in ${((performance.now() - startedAt) / 1_000).toFixed(0)} s`);
  process.stdout.write(Buffer.concat(output));
  if (child.exitCode !== 0) process.exitCode = 1;
}
