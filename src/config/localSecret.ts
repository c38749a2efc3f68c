// The signing secret of a development server: made once, kept beside its embedded database, readable by its owner.

import { randomBytes } from 'node:crypto';
import { lstatSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { makeFolder } from '../common/makeFolder.js';

/** The file cannot be read or made. The message is for the operator. */
export class StoredSecretUnusable extends Error {
  override readonly name = 'StoredSecretUnusable';
}

/**
 * Reads the secret in a folder, or makes it. The caller holds the folder for itself.
 *
 * @returns 64 characters of base64url: 48 random bytes
 * @throws {@link StoredSecretUnusable}
 */
export function storedSecret(folder: string): string {
  const file = join(folder, 'jwt-secret');
  try {
    return readSecret(file) ?? makeSecret(file);
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : null;
    if (code === null) throw cause;
    throw new StoredSecretUnusable(
      `DATA_DIR: ${file} cannot be used (${code}). It must be a file that this user may read and write, or not be there.`,
      { cause },
    );
  }
}

/** Null when there is none, or too little of one: what a full disk left would sign tokens that are easy to forge. */
function readSecret(file: string): string | null {
  const stats = lstatSync(file, { throwIfNoEntry: false });
  if (stats === undefined) return null;
  if (stats.isSymbolicLink()) throw unusable(file, 'It is a link');
  const secret = readFileSync(file, 'utf8').trim();
  if (secret.length < 64) return null;
  // Windows has neither owners nor modes of this kind.
  const uid = process.getuid?.();
  if (uid !== undefined && stats.uid !== uid) throw unusable(file, 'It belongs to another user');
  if (uid !== undefined && (stats.mode & 0o077) !== 0)
    throw unusable(file, 'Other users may read or write it');
  return secret;
}

function unusable(file: string, why: string): StoredSecretUnusable {
  return new StoredSecretUnusable(
    `DATA_DIR: ${file} is not trusted to sign tokens. ${why}: remove it if you do not know why, and a new one is made.`,
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
