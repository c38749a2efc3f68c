// Writes the table of floors into ARCHITECTURE.md: `node .ci/floorsPage.js`.

import { readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

import { format, resolveConfig } from 'prettier';

import { withFloors } from './floors.js';

const page = 'ARCHITECTURE.md';

/** Gives the page with the current table, formatted. */
export async function floorsPage() {
  const options = { ...(await resolveConfig(page)), parser: 'markdown' };
  return format(withFloors(readFileSync(page, 'utf8')), options);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) writeFileSync(page, await floorsPage());
