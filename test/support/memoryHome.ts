// Where files lie that nothing outlives: in memory where there is room. A database is a thousand files, which cost ten
// times as much of the processor's time on a disk.

import { readFileSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';

const inMemory = '/dev/shm';

/** Several times what a whole run holds at once. */
const enoughBytes = 6 * 1_024 ** 3;

export const memoryHome = hasRoom() ? inMemory : tmpdir();

function hasRoom(): boolean {
  try {
    const { bavail, bsize } = statfsSync(inMemory);
    // A copy of PostgreSQL's programs may have to run from there.
    const runsPrograms = /^\S+ \/dev\/shm tmpfs rw\b(?!\S*\bnoexec\b)/m.test(
      readFileSync('/proc/mounts', 'utf8'),
    );
    return runsPrograms && bavail * bsize >= enoughBytes;
  } catch {
    // Not every system has it.
    return false;
  }
}
