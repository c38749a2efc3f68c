// Loaded before a node (`node --import`): makes its wall clock wrong and moves it on SIGUSR2. The node's maintenance begins at
// once instead of at a random moment of the first ten minutes.

import { isMainThread } from 'node:worker_threads';

let aheadMs = Number(process.env['TEST_CLOCK_AHEAD_MS']);
const rightNow = Date.now;

Date.now = () => rightNow() + aheadMs;
globalThis.Date = /** @type {DateConstructor} */ (
  class extends Date {
    /** The node constructs dates from nothing, a number or a text. */
    constructor(given = Date.now()) {
      super(given);
    }
  }
);

if (isMainThread) {
  process.on('SIGUSR2', () => {
    aheadMs += Number(process.env['TEST_CLOCK_JUMP_MS']);
    process.stderr.write('The wall clock has jumped.\n');
  });
  Math.random = () => 0;
}
