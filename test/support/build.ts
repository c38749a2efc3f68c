// Global setup: transpiles when the sources or package.json are newer, so that the tests that start a process run what
// `npm start` runs.

import { execSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

import './provided.js';

export function setup(): void {
  const sourcesAtMs = Math.max(changedAtMs('src'), statSync('package.json').mtimeMs);
  if (existsSync('dist') && changedAtMs('dist') > sourcesAtMs) return;
  execSync('npm run --silent build', { stdio: ['ignore', 'ignore', 'inherit'] });
}

/** When a file in the folder was last written. */
function changedAtMs(folder: string): number {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return Math.max(0, ...paths.map((path) => statSync(join(folder, path)).mtimeMs));
}
