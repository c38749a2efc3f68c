// A node that is expected to end by itself.

import { spawn } from 'node:child_process';
import { tmpdir } from 'node:os';

import { programPath } from './programs.js';
import { programFlags } from './quickFlags.js';

/** Runs a node until it has ended, and gives its exit code and everything that it wrote. */
export async function runToItsEnd(
  env: Record<string, string>,
  cwd = tmpdir(),
): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, [...programFlags(!('DATABASE_URL' in env)), programPath('main')], {
    cwd,
    env: { PATH: process.env['PATH'], NODE_ENV: 'test', PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  return new Promise((done) => {
    child.once('exit', (code) => {
      done({ code, output });
    });
  });
}
