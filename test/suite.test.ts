// Checks the lists in test/support/projects.ts, so that no test is left out, and the ids of the guarantees.

import { existsSync, readdirSync, readFileSync } from 'node:fs';

import { expect, it } from 'vitest';

import { embedded, embeddedOnly, longest, unit } from './support/projects.js';

it.each([
  ['unit', unit],
  ['embedded', embedded],
  ['embeddedOnly', embeddedOnly],
  ['longest', longest],
])('SUITE-01 the list %s MUST name files that exist, each once', (_list, files) => {
  expect(files.filter((file) => !existsSync(file))).toEqual([]);
  expect(new Set(files).size).toBe(files.length);
});

it('SUITE-02 a file with tests for the embedded database MUST be in the list `embedded`', () => {
  const files = readdirSync('test', { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.test.ts') && file !== 'suite.test.ts')
    .map((file) => `test/${file}`);
  expect(files.length).toBeGreaterThan(100);
  const forEmbedded = files.filter((file) => readFileSync(file, 'utf8').includes("=== 'pglite'"));
  expect(forEmbedded.filter((file) => !embedded.includes(file))).toEqual([]);
});

it('SUITE-03 the id of a guarantee MUST occur in one file, except SESSION-nn', () => {
  const files = readdirSync('test', { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.test.ts'),
  );
  const titles = /['"`]([A-Z]+-\d\d) /g;
  const places = files.flatMap((file) =>
    [...new Set([...readFileSync(`test/${file}`, 'utf8').matchAll(titles)].map(([, id = '']) => id))].map(
      (id) => ({ id, file }),
    ),
  );
  expect(places.length).toBeGreaterThan(200);
  // SESSION-01 to SESSION-07 are tested on one node and on several.
  const own = places.filter(({ id }) => !id.startsWith('SESSION-'));
  const elsewhere = ({ id, file }: (typeof own)[number]) =>
    own.some((other) => other.id === id && other.file !== file);
  expect(own.filter(elsewhere)).toEqual([]);
});
