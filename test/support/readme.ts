// The README and the pages of docs/ as a test sees them: their fenced blocks, each with the prose before it, and tables.

import { readFileSync } from 'node:fs';

export interface Block {
  readonly page: string;
  readonly language: string;
  readonly text: string;
  /** Where its fence is, counted from 1. */
  readonly line: number;
  /** What stands between the block before and this one. */
  readonly prose: string;
}

export interface Page {
  readonly path: string;
  readonly text: string;
}

/** In the order in which their operations are played. */
export const pages: readonly Page[] = [
  'README.md',
  'docs/clients.md',
  'docs/policies.md',
  'docs/accounts.md',
  'docs/errors.md',
  'docs/extending.md',
  'docs/operations.md',
  'docs/configuration.md',
  'docs/how-sessions-work.md',
].map((path) => ({ path, text: readFileSync(path, 'utf8') }));

/** Every fenced block, in its order. */
export const blocks: readonly Block[] = pages.flatMap(({ path: page, text: whole }) =>
  [...whole.matchAll(/^```(.*)\n([^]*?)^```$/gm)].map(({ index, 0: all, 1: language = '', 2: text = '' }) => {
    const before = whole.slice(0, index);
    const proseFrom = before.lastIndexOf('\n```\n') + 1;
    const prose = before.slice(proseFrom) || all;
    return { page, language, text, line: before.split('\n').length, prose };
  }),
);

export function blocksOf(language: string): readonly Block[] {
  return blocks.filter((block) => block.language === language);
}

/** The rows below a table's heading row on any page, each as its cells; throws when there is no such table. */
export function tables(firstHeading: string): readonly (readonly string[])[] {
  const heading = new RegExp(`^\\| ${firstHeading} .*\\n\\|[-| ]+\\|\\n((?:\\|.*\\n)+)`, 'gm');
  const found = pages.flatMap(({ text }) => [...text.matchAll(heading)]);
  if (found.length === 0) throw new Error(`there is no table of ${firstHeading}`);
  return found.flatMap(([, rows = '']) =>
    rows
      .trimEnd()
      .split('\n')
      .map((row) =>
        row
          .slice(1, -1)
          .split('|')
          .map((cell) => cell.trim()),
      ),
  );
}
