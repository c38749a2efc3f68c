// The README as a test sees it: its fenced blocks, each with the prose before it, and its tables.

import { readFileSync } from 'node:fs';

export interface Block {
  readonly language: string;
  readonly text: string;
  /** Where its fence is, counted from 1. */
  readonly line: number;
  /** What stands between the block before and this one. */
  readonly prose: string;
}

export const readme = readFileSync('README.md', 'utf8');

/** Every fenced block, in its order. */
export const blocks: readonly Block[] = [...readme.matchAll(/^```(.*)\n([^]*?)^```$/gm)].map(
  ({ index, 0: all, 1: language = '', 2: text = '' }) => {
    const before = readme.slice(0, index);
    const proseFrom = before.lastIndexOf('\n```\n') + 1;
    return { language, text, line: before.split('\n').length, prose: before.slice(proseFrom) || all };
  },
);

export function blocksOf(language: string): readonly Block[] {
  return blocks.filter((block) => block.language === language);
}

/** The rows below a table's heading row, each as its cells; throws when there is no such table. */
export function tables(firstHeading: string): readonly (readonly string[])[] {
  const found = [
    ...readme.matchAll(new RegExp(`^\\| ${firstHeading} .*\\n\\|[-| ]+\\|\\n((?:\\|.*\\n)+)`, 'gm')),
  ];
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
