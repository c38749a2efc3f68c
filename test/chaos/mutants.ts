// Faults put into the program on purpose: the checker is worth something when it finds each of them.

import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { whenFileEnds } from '../support/whenFileEnds.js';

export interface Mutant {
  readonly name: string;
  readonly edits: readonly {
    readonly file: string;
    /** Stands in the file once. */
    readonly from: string;
    readonly to: string;
  }[];
}

export const mutants: readonly Mutant[] = [];

/**
 * Builds the program with the fault in it.
 *
 * @returns the folder that holds its `dist/`
 * @throws when a text that is to be replaced is not there once
 */
export function buildMutant({ name, edits }: Mutant): string {
  const root = mkdtempSync(join(tmpdir(), 'hufu-mutant-'));
  whenFileEnds(() => {
    rmSync(root, { recursive: true, force: true });
    return Promise.resolve();
  });
  cpSync('src', join(root, 'src'), { recursive: true });
  for (const link of ['node_modules', 'drizzle', 'schema.graphql', 'package.json'])
    symlinkSync(resolve(link), join(root, link));
  for (const { file, from, to } of edits) {
    const path = join(root, file);
    const pieces = readFileSync(path, 'utf8').split(from);
    if (pieces.length !== 2)
      throw new Error(`${name}: ${file} has "${from}" ${String(pieces.length - 1)} times`);
    writeFileSync(path, pieces.join(to));
  }
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: { prestart: string } };
  execFileSync('sh', ['-c', scripts.prestart], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, PATH: `${resolve('node_modules/.bin')}:${process.env['PATH'] ?? ''}` },
  });
  return root;
}
