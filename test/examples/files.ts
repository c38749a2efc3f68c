// Lists and reads the files of examples/ for the tests that run them.

import { readdirSync, readFileSync } from 'node:fs';

const generated = 'examples/client/generated/';

/** Every file of examples/ that is written by hand, by its path from the root. */
export const exampleFiles: readonly string[] = readdirSync('examples', {
  recursive: true,
  withFileTypes: true,
})
  .filter((entry) => entry.isFile())
  .map(({ parentPath, name }) => `${parentPath}/${name}`)
  .filter((path) => !path.startsWith(generated))
  .sort();

/** @param path below examples/ */
export const example = (path: string): string => readFileSync(`examples/${path}`, 'utf8');

export const filesOf = (extension: string): readonly string[] =>
  exampleFiles.filter((path) => path.endsWith(`.${extension}`));
