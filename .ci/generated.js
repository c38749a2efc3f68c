// Fails when the generated types, the migrations or the table of floors in ARCHITECTURE.md are not what
// `npm run generate` would make. Changes nothing.

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

/** Compares the table of floors with its list. Prettier lays the table out. */
async function staleFloors() {
  const page = readFileSync('ARCHITECTURE.md', 'utf8');
  return (await floorsPage()) === page ? [] : ['ARCHITECTURE.md'];
}

/** Compares what the schema gives with what is committed. */
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
 * Lets Drizzle go on from a copy of the migrations; it writes a file only when the tables differ from them. The copy is where no
 * other check looks, which may run at the same time.
 */
function staleMigrations() {
  const copy = mkdtempSync('node_modules/.drizzle-');
  try {
    cpSync('drizzle', copy, { recursive: true });
    const before = new Set(readdirSync(copy));
    const kit = join('node_modules', 'drizzle-kit', 'bin.cjs');
    const options = ['--dialect', 'postgresql', '--schema', './src/db/schema/index.ts', '--out', copy];
    const said = execFileSync(process.execPath, [kit, 'generate', ...options], {
      stdio: ['ignore', 'pipe', 'inherit'],
      encoding: 'utf8',
    });
    const made = readdirSync(copy).filter((name) => !before.has(name));
    // It also ends with 0 where it cannot tell a new column from one with a new name.
    return made.length > 0 || !said.includes('No schema changes') ? ['drizzle'] : [];
  } finally {
    rmSync(copy, { recursive: true });
  }
}
