// A short run of what `npm run chaos` does for as long as is wanted: the guarantees hold whatever fails.

import { readFileSync } from 'node:fs';

import { expect, test } from 'vitest';

import { promptness } from './checker.js';
import { mutants } from './mutants.js';
import { runChaos } from './run.js';

test('CHAOS-01 no history of three nodes under faults breaks a guarantee', { timeout: 240_000 }, async () => {
  const { history, errors, violations } = await runChaos({ seed: 2, seconds: 20, root: '.' });
  expect(errors).toEqual([]);
  expect(violations.filter(({ rule }) => rule !== promptness)).toEqual([]);
  expect(history.faults.length).toBeGreaterThan(0);
  expect(history.operations.filter(({ result }) => result.kind === 'done').length).toBeGreaterThan(50);
});

test.each(mutants)('CHAOS-02 the fault "$name" fits the code', ({ edits }) => {
  for (const { file, from } of edits) expect(readFileSync(file, 'utf8').split(from)).toHaveLength(2);
});
