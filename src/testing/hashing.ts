// How tests hash passwords: at the least cost that argon2 takes, for a test has nothing to protect, and in the thread that
// asks, since another one takes a thousand times as long to start.

import { type Hashing } from '../passwords/hasher.js';
import * as work from '../passwords/worker.js';

export const cheapHashing: Hashing = {
  parameters: { memoryKib: 8, passes: 1, lanes: 1 },
  threads: {
    hash: (password, cost) => Promise.resolve(work.hash({ password, cost })),
    verify: (stored, password) => Promise.resolve(work.verify({ stored, password })),
    stopYielding: () => undefined,
    close: () => Promise.resolve(),
  },
};
