// Reads the file `.env`, and warns of lines that are no settings and of mistyped names.

// The whole module: an import of a name that an older Node lacks ends the process before checkNode.js can speak.
import util from 'node:util';

import { OperatorError } from '../common/errors.js';
import { readTextFile } from '../common/files.js';

export interface EnvFile {
  readonly values: Readonly<Record<string, string>>;
  /** One for each line that is no setting. They name the line's number, never its text. */
  readonly warnings: readonly string[];
}

/**
 * Reads the file; no values where there is none.
 *
 * @throws {@link OperatorError} when the file is there and cannot be read
 */
export function readEnvFile(path: string): EnvFile {
  const file = readTextFile(path);
  if (file.kind === 'missing') return { values: {}, warnings: [] };
  if (file.kind === 'unreadable') {
    throw new OperatorError(
      '.env',
      `it must be a UTF-8 file that this user may read, or not be there. It ${file.why}.`,
    );
  }
  const text = file.text.replaceAll(/\r\n?/g, '\n');
  const stray = strayLines(text);
  // Node's reader takes a stray line for the beginning of the next line's name.
  const lines = text.split('\n').map((line, index) => (stray.includes(index + 1) ? '' : line));
  const parsed = Object.entries(util.parseEnv(lines.join('\n')));
  return {
    values: Object.fromEntries(parsed.map(([name, value]) => [name, value ?? ''])),
    warnings: stray.map(
      (line) => `.env: line ${String(line)} is no setting and is ignored. A setting reads NAME=value.`,
    ),
  };
}

/** An assignment; a value in quotes may go over several lines. */
const assignment = /^[ \t]*(?:export[ \t]+)?[\w.-]+[ \t]*=[ \t]*(?:"[^"]*"|'[^']*'|`[^`]*`|[^\n]*)[^\n]*$/gm;

/** Lists the numbers of the lines that are neither an assignment nor a comment nor blank. */
function strayLines(text: string): readonly number[] {
  const rest = text.replaceAll(assignment, (match) => match.replaceAll(/[^\n]/g, ''));
  return rest.split('\n').flatMap((line, index) => (/^[ \t]*(?:#|$)/.test(line) ? [] : [index + 1]));
}

/** How many letters of a name may be wrong for a warning: in a short one, two would make it another word. */
const maxWrong = (name: string) => (name.length <= 5 ? 1 : 2);

/** Makes a warning for each name that is one or two letters away from a setting's; never with a value. */
export function unknownNames(
  environment: Readonly<Record<string, string | undefined>>,
  known: readonly string[],
): readonly string[] {
  const settings = new Set(known);
  return Object.keys(environment)
    .filter((name) => !settings.has(name) && /^[A-Za-z][\w.-]{2,63}$/.test(name))
    .flatMap((name) => {
      const meant = closest(name.toUpperCase(), known);
      return meant === null ? [] : [`${name} is no setting and is ignored. Is ${meant} meant?`];
    });
}

function closest(name: string, known: readonly string[]): string | null {
  let best: string | null = null;
  let least = Infinity;
  for (const candidate of known) {
    const wrong = distance(name, candidate);
    if (wrong <= maxWrong(candidate) && wrong < least) [best, least] = [candidate, wrong];
  }
  return best;
}

/** Counts the letters that are missing, added, wrong, or swapped with their neighbour (optimal string alignment). */
function distance(a: string, b: string): number {
  const far = 3;
  if (Math.abs(a.length - b.length) >= far) return far;
  let before: readonly number[] = [];
  let last: readonly number[] = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1];
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      row.push(
        Math.min(
          (last[j] ?? 0) + 1,
          (row[j - 1] ?? 0) + 1,
          (last[j - 1] ?? 0) + (same ? 0 : 1),
          swapped ? (before[j - 2] ?? 0) + 1 : Infinity,
        ),
      );
    }
    before = last;
    last = row;
  }
  return last[b.length] ?? far;
}
