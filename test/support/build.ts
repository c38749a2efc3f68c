// Global setup: builds when the sources or package.json are newer than dist/, so that a process which a test starts runs the
// code in src/.

import { execSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, resolve, sep } from 'node:path';
import { pathToFileURL } from 'node:url';

import { build, type Plugin } from 'esbuild';

import { programFolder, programPath, programs } from './programs.js';
import './provided.js';

export async function setup(): Promise<void> {
  const sourcesAtMs = Math.max(changedAtMs('src'), statSync('package.json').mtimeMs);
  if (!existsSync('dist') || changedAtMs('dist') <= sourcesAtMs)
    execSync('npm run --silent build', { stdio: ['ignore', 'ignore', 'inherit'] });
  const main = programPath('main');
  if (!existsSync(main) || statSync(main).mtimeMs <= changedAtMs('dist')) await bundle();
}

/** Bundles each program with all that it imports, except packages that read files beside their modules. */
async function bundle(): Promise<void> {
  const require =
    "import { createRequire as requireOf } from 'node:module'; const require = requireOf(import.meta.url);";
  await build({
    entryPoints: programs.map((name) => `dist/${name}.js`),
    outdir: programFolder,
    outbase: 'dist',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    external: ['@electric-sql/*', '@node-rs/argon2', '@opentelemetry/*', 'pino'],
    plugins: [originalUrl, dynamicImports],
    // For packages that are CommonJS.
    banner: { js: require },
    logLevel: 'error',
  });
}

/** Keeps the URL of each module in dist/, so that it finds the files beside it. */
const originalUrl: Plugin = {
  name: 'original url',
  setup({ onLoad }) {
    onLoad({ filter: /\.js$/ }, async ({ path }) => {
      if (!path.startsWith(resolve('dist') + sep)) return null;
      const text = await readFile(path, 'utf8');
      return { contents: text.replaceAll('import.meta.url', JSON.stringify(pathToFileURL(path).href)) };
    });
  },
};

/** Leaves dynamic imports to Node, which finds the named exports of CommonJS. */
const dynamicImports: Plugin = {
  name: 'dynamic imports',
  setup({ onResolve }) {
    onResolve({ filter: /^[^./]/ }, ({ kind }) => (kind === 'dynamic-import' ? { external: true } : null));
  },
};

/** Returns when a file in the folder was last written. */
function changedAtMs(folder: string): number {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return Math.max(0, ...paths.map((path) => statSync(join(folder, path)).mtimeMs));
}
