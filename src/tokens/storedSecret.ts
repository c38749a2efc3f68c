// The signing secret of a development server: made once, kept beside its embedded database, readable by its owner.

import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Reads the secret in a folder, or makes it. The caller holds the folder for itself.
 *
 * @returns 64 characters of base64url: 48 random bytes
 */
export function storedSecret(folder: string): string {
  const file = join(folder, 'jwt-secret');
  try {
    const secret = readFileSync(file, 'utf8').trim();
    // Shorter is what a full disk left of it: tokens signed with it would be easy to forge.
    if (secret.length >= 64) return secret;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
  const secret = randomBytes(48).toString('base64url');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  // The mode below is for a file that is made; one that was there may be open to others.
  rmSync(file, { force: true });
  writeFileSync(file, `${secret}\n`, { mode: 0o600 });
  return secret;
}
