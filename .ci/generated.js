// Fails if `npm run generate` would change the generated types, the migrations or the table of floors in ARCHITECTURE.md.
// Changes nothing.

import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { generate, loadContext } from '@graphql-codegen/cli';

import { floorsPage } from './floorsPage.js';

const stale = [...(await staleTypes()), ...staleMigrations(), ...(await staleFloors())];
if (stale.length > 0) {
  console.error(`Not current, run \`npm run generate\` and commit: ${stale.join(', ')}`);
  process.exitCode = 1;
}

/** Compares the table of floors with its list. */
async function staleFloors() {
  const page = readFileSync('ARCHITECTURE.md', 'utf8');
  return (await floorsPage()) === page ? [] : ['ARCHITECTURE.md'];
}

/** Compares the types that codegen makes with the committed ones. */
async function staleTypes() {
  const context = await loadContext('codegen.ts');
  context.updateConfig({ silent: true });
  /** @type {unknown} */
  const made = await generate(context, false);
  const files = /** @type {{ filename: string, content: string }[]} */ (made);
  return files
    .filter(({ filename, content }) => readFileSync(filename, 'utf8') !== content)
    .map(({ filename }) => filename);
}

/**
 * Runs Drizzle on a copy of the migrations; it writes a file only if the tables differ from them. No other check reads the folder
 * of the copy, since checks run at the same time.
 */
function staleMigrations() {
  const copy = mkdtempSync('node_modules/.drizzle-');
  try {
    cpSync('drizzle', copy, { recursive: true });
    const before = new Set(readdirSync(copy));
    const kit = join('node_modules', 'drizzle-kit', 'bin.cjs');
    const options = ['--dialect', 'postgresql', '--schema', './src/db/schema/index.ts', '--out', copy];
    const output = execFileSync(process.execPath, [kit, 'generate', ...options], {
      stdio: ['ignore', 'pipe', 'inherit'],
      encoding: 'utf8',
    });
    const made = readdirSync(copy).filter((name) => !before.has(name));
    // Drizzle also exits with 0 if it cannot tell a new column from a renamed one.
    return made.length > 0 || !output.includes('No schema changes') ? ['drizzle'] : [];
  } finally {
    rmSync(copy, { recursive: true });
  }
}
