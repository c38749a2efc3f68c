// The programs as the tests start them that are about what a program does: with all that it imports in a few files, since a
// thousand modules take half of what a start costs. What `npm start` and the image run is tested for itself.

import { resolve } from 'node:path';

export const programs = ['main', 'cli/admin', 'cli/migrate'] as const;

export const programFolder = resolve('node_modules/.cache/hufu/programs');

/** Where a program lies, by its path in dist/ without `.js`. */
export function programPath(name: (typeof programs)[number]): string {
  return resolve(programFolder, `${name}.js`);
}
