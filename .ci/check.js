// Runs every `check:` script of package.json, as many at once as there are processors. What one says is printed when it has
// ended. Fails when one fails, after all have run.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

/** Those that take longest start first, so that all processors are busy to the end. */
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
  const said = [];
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (/** @type {Buffer} */ chunk) => said.push(chunk));
  await once(child, 'close');
  const ended = child.exitCode === 0 ? 'passed' : 'FAILED';
  console.log(`${name} ${ended} in ${((performance.now() - startedAt) / 1_000).toFixed(0)} s`);
  process.stdout.write(Buffer.concat(said));
  if (child.exitCode !== 0) process.exitCode = 1;
}
