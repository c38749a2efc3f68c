// What `npm start` runs once the program is built.

import { readFileSync } from 'node:fs';

/** The command and its arguments, the program's path among them as the checkout has it. */
export function startCommand(): readonly string[] {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: { start: string } };
  return scripts.start.split(' ');
}
