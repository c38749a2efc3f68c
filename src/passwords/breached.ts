// A set of breached passwords: a file of SHA-1 digests, or the range API that is told five digits of one
// (https://haveibeenpwned.com/API/v3#PwnedPasswords). SHA-1 names entries of the set here; it protects nothing.

import { createHash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

import { OperatorError, systemCode } from '../common/errors.js';
import { type Config } from '../config/index.js';
import { type Log } from '../observability/log.js';

/** Whether a password is in a set of breached ones. Never throws: a set that cannot be asked has none. */
export type BreachedPasswords = (password: string) => Promise<boolean>;

/** The setting that names the file of the set. */
const fileSetting = 'PASSWORD_BREACHED_FILE';

/** How long the range API may take to answer, in milliseconds: a person waits. */
const apiTimeoutMs = 1_500;

/** The most bytes of its answer that are read: with padding a range has some 40 KB. */
const maxAnswerBytes = 1_048_576;

const digestLength = 40;

/** The bytes of a file that are read at once in the end; longer than any line. */
const windowBytes = 4_096;

function digestOf(password: string): string {
  return createHash('sha1').update(password, 'utf8').digest('hex').toUpperCase();
}

/**
 * Opens a file whose lines begin with SHA-1 digests in hexadecimal, in ascending order; a count may follow behind a
 * colon. It is searched on the disk and never read as a whole, so it may have any size.
 *
 * @throws {@link OperatorError} when it cannot be read, or is no such list
 */
export function breachedFile(path: string): BreachedPasswords {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (cause) {
    const code = systemCode(cause) ?? 'unknown error';
    throw new OperatorError(
      fileSetting,
      `${path} cannot be read (${code}). It must be a file that this user may read.`,
      cause,
    );
  }
  const stats = fstatSync(file);
  if (!stats.isFile() || !/^[\dA-F]{40}(?:[:\r\n]|$)/i.test(readAt(file, 0, digestLength + 1))) {
    closeSync(file);
    throw new OperatorError(
      fileSetting,
      `${path} must be a list of SHA-1 digests, one a line, in ascending order.`,
    );
  }
  return (password) => Promise.resolve(contains(file, stats.size, digestOf(password)));
}

/** Halves the part of the file in which the line can be, until one window holds it. */
function contains(file: number, size: number, digest: string): boolean {
  let low = 0;
  let high = size;
  while (high - low > windowBytes) {
    const middle = Math.floor((low + high) / 2);
    const text = readAt(file, middle, windowBytes);
    const lineStart = text.indexOf('\n') + 1;
    const found = text.slice(lineStart, lineStart + digestLength).toUpperCase();
    if (lineStart === 0 || found.length < digestLength || found > digest) high = middle;
    else if (found === digest) return true;
    else low = middle + lineStart;
  }
  const lines = readAt(file, low, high - low + windowBytes).split(/\r?\n/);
  return lines.some((line) => line.slice(0, digestLength).toUpperCase() === digest);
}

function readAt(file: number, position: number, length: number): string {
  const buffer = Buffer.alloc(length);
  return buffer.toString('latin1', 0, readSync(file, buffer, 0, length, position));
}

/**
 * Asks a range API: it gets the first five of 40 digits and answers with all that begin so. One that does not answer in
 * time lets the password pass, and the log says so.
 *
 * @param url the five digits are put behind it, such as `https://api.pwnedpasswords.com/range/`
 */
export function breachedApi(url: string, log: Pick<Log, 'warn'>): BreachedPasswords {
  return async (password) => {
    const digest = digestOf(password);
    try {
      const response = await fetch(new URL(digest.slice(0, 5), url), {
        headers: { 'add-padding': 'true' },
        signal: AbortSignal.timeout(apiTimeoutMs),
        redirect: 'error',
      });
      if (!response.ok) throw new Error(`status ${String(response.status)}`);
      const text = await response.text();
      if (text.length > maxAnswerBytes) throw new Error('the answer is too long');
      // Padding has the count 0.
      const entry = new RegExp(`^${digest.slice(5)}:0*[1-9]`, 'im');
      return entry.test(text);
    } catch (err) {
      log.warn(
        { err },
        'PASSWORD_BREACHED_API does not answer: a password is set that it was not asked about',
      );
      return false;
    }
  };
}

/**
 * Opens the sets of breached passwords that the settings name; null where they name none. The file is asked before the API.
 *
 * @throws {@link OperatorError} as {@link breachedFile} does
 */
export function openBreachedSets(
  { breachedFile: file, breachedApi: api }: Pick<Config['passwords'], 'breachedFile' | 'breachedApi'>,
  log: Pick<Log, 'warn'>,
): BreachedPasswords | null {
  const sets = [
    ...(file === null ? [] : [breachedFile(file)]),
    ...(api === null ? [] : [breachedApi(api, log)]),
  ];
  if (sets.length === 0) return null;
  return async (password) => {
    for (const isBreached of sets) if (await isBreached(password)) return true;
    return false;
  };
}
