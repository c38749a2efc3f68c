// The suite itself: a test file that was renamed or removed must not leave its list without a word.

import { existsSync } from 'node:fs';

import { expect, it } from 'vitest';

import { embedded, longest, unit } from './support/projects.js';

it.each([
  ['unit', unit],
  ['embedded', embedded],
  ['longest', longest],
])('SUITE-01 %s MUST name files that exist, each once', (_list, files) => {
  expect(files.filter((file) => !existsSync(file))).toEqual([]);
  expect(new Set(files).size).toBe(files.length);
});
