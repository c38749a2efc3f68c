// Updates the quotes of examples/ in the docs: `node .ci/quotes.js`.
// A quote is a comment, `<!-- quote: examples/client/apollo.ts#createApollo -->`, with a fenced block below it. The name after
// `#` is a region of the file, between `#region createApollo` and `#endregion`; without it, the whole file is quoted.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { extname } from 'node:path';
import { pathToFileURL } from 'node:url';

/** The pages that have quotes. */
export const quotingPages = [
  'README.md',
  'README.zh-CN.md',
  ...readdirSync('docs', { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

const quotes = /^(<!-- quote: (\S+?)(?:#(\w+))? -->)\n\n```\w*\n[^]*?^```$/gm;

/**
 * Replaces the text of every quote of a page by the current text of its file.
 *
 * @param {string} page
 */
export function withQuotes(page) {
  return page.replaceAll(
    quotes,
    (
      _quote,
      /** @type {string} */ marker,
      /** @type {string} */ file,
      /** @type {string | undefined} */ region,
    ) => `${marker}\n\n\`\`\`${extname(file).slice(1)}\n${textOf(file, region)}\`\`\``,
  );
}

/**
 * @param {string} file
 * @param {string | undefined} region
 */
function textOf(file, region) {
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  const from = region === undefined ? 0 : lines.findIndex((line) => line.endsWith(`#region ${region}`)) + 1;
  const length = lines.slice(from).findIndex((line) => line.endsWith('#endregion'));
  if (region !== undefined && (from === 0 || length === -1))
    throw new Error(`${file} has no region ${region}`);
  const text = region === undefined ? lines : lines.slice(from, from + length);
  return `${text
    .filter((line) => !/#(?:end)?region\b/.test(line))
    .join('\n')
    .trim()}\n`;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  for (const page of quotingPages) writeFileSync(page, withQuotes(readFileSync(page, 'utf8')));
