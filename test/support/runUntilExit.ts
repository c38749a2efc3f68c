// Runs a node that ends by itself.

import { spawn } from 'node:child_process';
import { tmpdir } from 'node:os';

import { programPath } from './programs.js';
import { programFlags } from './v8Flags.js';

/** Runs a node until it has ended, and returns its exit code and all its output. */
export async function runUntilExit(
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
