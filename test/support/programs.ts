// The bundled programs that tests start: a thousand modules would take half of the time of a start. The tests of `npm start` and
// of the image run the modules of dist/.

import { resolve } from 'node:path';

export const programs = ['main', 'cli/admin', 'cli/migrate'] as const;

export const programFolder = resolve('node_modules/.cache/hufu/programs');

/** Returns the path of a bundled program, by its path in dist/ without `.js`. */
export function programPath(name: (typeof programs)[number]): string {
  return resolve(programFolder, `${name}.js`);
}
