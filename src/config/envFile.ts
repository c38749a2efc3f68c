// The file `.env`. Node's own reader skips what it does not understand; the operator is told of each such line.

import { parseEnv } from 'node:util';

import { ConfigError } from './errors.js';
import { readTextFile } from './textFile.js';

export interface EnvFile {
  readonly values: Readonly<Record<string, string>>;
  /** One for each line that is no setting. They name the line's number, never its text. */
  readonly warnings: readonly string[];
}

/** @throws {@link ConfigError} when the file is there and cannot be read */
export function readEnvFile(path: string): EnvFile {
  const file = readTextFile(path);
  if (file.kind === 'missing') return { values: {}, warnings: [] };
  if (file.kind === 'unreadable') {
    throw new ConfigError(
      `.env cannot be read. It must be a UTF-8 file that this user may read, or not be there. It ${file.why}.`,
    );
  }
  const text = file.text.replaceAll(/\r\n?/g, '\n');
  const stray = strayLines(text);
  // Node's reader takes a line that is none for the beginning of the next one's name.
  const lines = text.split('\n').map((line, index) => (stray.includes(index + 1) ? '' : line));
  const parsed = Object.entries(parseEnv(lines.join('\n')));
  return {
    values: Object.fromEntries(parsed.map(([name, value]) => [name, value ?? ''])),
    warnings: stray.map(
      (line) => `.env: line ${String(line)} is no setting and is ignored. A setting reads NAME=value.`,
    ),
  };
}

/** An assignment; a value in quotes may go over several lines. */
const assignment = /^[ \t]*(?:export[ \t]+)?[\w.-]+[ \t]*=[ \t]*(?:"[^"]*"|'[^']*'|`[^`]*`|[^\n]*)[^\n]*$/gm;

/** The numbers of the lines that are neither an assignment nor a comment nor blank. */
function strayLines(text: string): readonly number[] {
  const rest = text.replaceAll(assignment, (match) => match.replaceAll(/[^\n]/g, ''));
  return rest.split('\n').flatMap((line, index) => (/^[ \t]*(?:#|$)/.test(line) ? [] : [index + 1]));
}
