// The secrets of a development server, made once and kept in its data folder; and the check that tells a weak secret from
// a random one.

import { randomBytes } from 'node:crypto';
import { lstatSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { OperatorError, systemCode } from '../common/errors.js';
import { makeFolder } from '../common/files.js';

/**
 * Reads a secret in a folder, or makes it. The caller holds the folder for itself.
 *
 * @returns 64 characters of base64url: 48 random bytes
 * @throws {@link OperatorError} when the file cannot be read or made, or is not trusted
 */
export function storedSecret(folder: string, name: 'jwt-secret' | 'data-key'): string {
  const file = join(folder, name);
  try {
    return readSecret(file) ?? makeSecret(file);
  } catch (cause) {
    const code = systemCode(cause);
    if (code === null) throw cause;
    throw new OperatorError(
      'DATA_DIR',
      `${file} cannot be used (${code}). It must be a file that this user may read and write, or not be there.`,
      cause,
    );
  }
}

/** Reads the secret; null when there is none, or one that a full disk has cut short: its tokens would be easy to forge. */
function readSecret(file: string): string | null {
  const stats = lstatSync(file, { throwIfNoEntry: false });
  if (stats === undefined) return null;
  if (stats.isSymbolicLink()) throw untrusted(file, 'It is a link');
  const secret = readFileSync(file, 'utf8').trim();
  if (secret.length < 64) return null;
  // Windows has neither owners nor modes of this kind.
  const uid = process.getuid?.();
  if (uid !== undefined && stats.uid !== uid) throw untrusted(file, 'It belongs to another user');
  if (uid !== undefined && (stats.mode & 0o077) !== 0)
    throw untrusted(file, 'Other users may read or write it');
  return secret;
}

function untrusted(file: string, why: string): OperatorError {
  return new OperatorError(
    'DATA_DIR',
    `${file} is not trusted as a secret. ${why}: remove it if you do not know why, and the node makes a new one.`,
  );
}

function makeSecret(file: string): string {
  const secret = randomBytes(48).toString('base64url');
  makeFolder(dirname(file));
  // The mode below is for a file that is made; one that was there may be open to others.
  rmSync(file, { force: true });
  writeFileSync(file, `${secret}\n`, { mode: 0o600 });
  return secret;
}

// Each bound refuses less than one random secret in a million: of 32 hexadecimal digits, or more in base64.

/** The fewest different characters. One random text of 32 hexadecimal digits in 5,000,000,000 has fewer. */
const minDifferent = 7;

/** The fewest bits that the frequency of the characters leaves. One such text in 500,000,000 has fewer; some 113 are usual. */
const minBits = 80;

/** Words of texts that are copied from examples. Short words count at the edge of a word only: base64 has them by chance. */
const placeholder =
  /change.?(?:me|this|it)|replace.?(?:me|this|it|with)|your.{0,10}(?:own|jwt|secret|super|key)|my.{0,10}(?:super|secret)|(?<![a-z0-9])my.{0,10}(?:jwt|key)(?![a-z0-9])|super.?secret|example|placeholder|password|passw0rd|keyboard.?cat|battery.?staple|lorem.?ipsum|openssl.rand|(?<![a-z0-9])(?:dummy|sample)|(?:dummy|sample)(?![a-z0-9])/i;

/** Tells whether a secret of enough bytes is weak: an example, a repetition, a run, few characters, digits or white space. */
export function isWeakSecret(secret: string): boolean {
  const characters = Array.from(secret.replaceAll(/\s/gu, ''));
  const different = new Set(characters).size;
  return (
    Buffer.byteLength(characters.join('')) < 28 ||
    different < minDifferent ||
    bitsOf(characters) < minBits ||
    /^\d+$/.test(characters.join('')) ||
    placeholder.test(secret) ||
    isPeriodic(Array.from(secret)) ||
    isMostlyRun(characters)
  );
}

/** Returns Shannon's entropy of all characters together, by their frequency, in bits. */
function bitsOf(characters: readonly string[]): number {
  const counts = new Map<string, number>();
  for (const character of characters) counts.set(character, (counts.get(character) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= count * Math.log2(count / characters.length);
  return bits;
}

/** Tells whether the text repeats a part that is at most half of it, the last time perhaps not to its end. */
function isPeriodic(characters: readonly string[]): boolean {
  for (let period = 1; period <= characters.length / 2; period += 1) {
    if (characters.every((character, index) => character === characters[index % period])) return true;
  }
  return false;
}

/** Tells whether most characters follow the one before them in the alphabet, in counting or on a keyboard, up or down. */
function isMostlyRun(characters: readonly string[]): boolean {
  const rows = ['qwertyuiop', 'asdfghjkl', 'zxcvbnm'];
  const follows = (a: string, b: string) =>
    rows.some((row) => row.includes(a + b) || row.includes(b + a)) ||
    Math.abs((a.codePointAt(0) ?? 0) - (b.codePointAt(0) ?? 0)) === 1;
  const lower = characters.map((character) => character.toLowerCase());
  const steps = lower.slice(1).filter((character, index) => follows(lower[index] ?? '', character)).length;
  return steps > characters.length / 2;
}
