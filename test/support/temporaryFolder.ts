// A folder that is removed when the test file ends.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { whenFileEnds } from './whenFileEnds.js';

export function temporaryFolder(home = tmpdir()): string {
  const folder = mkdtempSync(join(home, 'hufu-test-'));
  whenFileEnds(() => {
    rmSync(folder, { recursive: true, force: true });
    return Promise.resolve();
  });
  return folder;
}
