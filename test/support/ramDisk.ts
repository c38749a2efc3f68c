// The folder for files that nothing needs after the tests: in memory where there is room. A database is a thousand files, which
// cost ten times as much CPU time on a disk.

import { readFileSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';

const inMemory = '/dev/shm';

/** Several times the largest total of a whole run. */
const enoughBytes = 6 * 1_024 ** 3;

export const ramDisk = hasRoom() ? inMemory : tmpdir();

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
