// Secrets at rest: AES-256-GCM, bound to the row that holds them, so that no sealed text can be moved to another row.

import { createCipheriv, createDecipheriv, type KeyObject, randomBytes } from 'node:crypto';

/** Keys of 32 bytes with their names; the current one seals, every one opens. */
export interface SealingKeys {
  readonly current: { readonly kid: string; readonly key: KeyObject };
  find(kid: string): KeyObject | undefined;
}

const algorithm = 'aes-256-gcm';
const nonceBytes = 12;
const tagBytes = 16;

/**
 * Seals a secret: the key's name, a dot, and nonce, tag and ciphertext in base64url.
 *
 * @param row names the table and the row, such as `totp_factors:<id>`
 */
export function seal({ current: { kid, key } }: SealingKeys, row: string, secret: Uint8Array): string {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv(algorithm, key, nonce).setAAD(Buffer.from(row));
  const sealed = Buffer.concat([cipher.update(secret), cipher.final()]);
  return `${kid}.${Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64url')}`;
}

/** Opens a sealed secret; null where no key opens it, or it was sealed for another row. */
export function unseal(keys: SealingKeys, row: string, sealed: string): Buffer | null {
  const [kid = '', text = ''] = sealed.split('.');
  const key = keys.find(kid);
  const bytes = Buffer.from(text, 'base64url');
  if (key === undefined || bytes.length < nonceBytes + tagBytes) return null;
  try {
    const decipher = createDecipheriv(algorithm, key, bytes.subarray(0, nonceBytes), {
      authTagLength: tagBytes,
    })
      .setAAD(Buffer.from(row))
      .setAuthTag(bytes.subarray(nonceBytes, nonceBytes + tagBytes));
    return Buffer.concat([decipher.update(bytes.subarray(nonceBytes + tagBytes)), decipher.final()]);
  } catch {
    return null;
  }
}

/** Tells whether the current key sealed it; else it is to be sealed again, for the rotation to end. */
export function isSealedByCurrent({ current }: SealingKeys, sealed: string): boolean {
  return sealed.startsWith(`${current.kid}.`);
}
