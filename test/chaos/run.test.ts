// A short run of what `npm run chaos` does for as long as is wanted: the guarantees hold whatever fails.

import { expect, test } from 'vitest';

import { promptness } from './checker.js';
import { runChaos } from './run.js';

test('CHAOS-03 no history of three nodes under faults breaks a guarantee', { timeout: 240_000 }, async () => {
  const { history, violations } = await runChaos({ seed: 2, seconds: 20, root: '.' });
  // How soon a device is told says more of a busy machine than of the code; LIVE-05 asks for a second where nothing else runs.
  expect(violations.filter(({ rule }) => rule !== promptness)).toEqual([]);
  expect(history.faults.length).toBeGreaterThan(0);
  expect(history.operations.filter(({ result }) => result.kind === 'done').length).toBeGreaterThan(10);
});
