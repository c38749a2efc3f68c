// The README and the pages of docs/ as a test sees them: their text, their fenced blocks and their tables.

import { readFileSync } from 'node:fs';

import { quotingPages } from '../../.ci/quotes.js';

export interface Block {
  readonly page: string;
  /** Counted from 1, of the opening fence. */
  readonly line: number;
  readonly language: string;
  readonly text: string;
  /** The file of examples/ that the block quotes, with its region; null for a block that quotes none. */
  readonly quoted: string | null;
}

export interface Page {
  readonly path: string;
  readonly text: string;
}

export const pages: readonly Page[] = quotingPages.map((path) => ({
  path,
  text: readFileSync(path, 'utf8'),
}));

/** Returns every fenced block of a page. */
export function blocksOf({ path: page, text: whole }: Page): readonly Block[] {
  return [...whole.matchAll(/^```(.*)\n([^]*?)^```$/gm)].map(({ index, 1: language = '', 2: text = '' }) => {
    const before = whole.slice(0, index);
    const quoted = /<!-- quote: (\S+) -->\n\n$/.exec(before)?.[1] ?? null;
    return { page, language, text, line: before.split('\n').length, quoted };
  });
}

/** Returns the rows of every table whose first heading this is, each as its cells; throws when no page has one. */
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
