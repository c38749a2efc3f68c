// Recovery codes: what a person keeps on paper for the day on which the phone is lost. Each works once. They are shown when
// they are made and kept as hashes.

import { createHash, randomBytes } from 'node:crypto';

import { plainCode } from './codes.js';

const count = 10;

/** 25 characters of 5 random bits each. */
const length = 25;

/** Crockford's base 32: without letters that are taken for digits. */
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** Makes a set of codes, such as `4H7QK-…`, in five groups of five. */
export function newRecoveryCodes(): readonly string[] {
  return Array.from({ length: count }, newCode);
}

function newCode(): string {
  const code = Array.from(randomBytes(length), (byte) => alphabet.charAt(byte % alphabet.length)).join('');
  return (code.match(/.{5}/g) ?? []).join('-');
}

const form = new RegExp(`^[${alphabet}]{${String(length)}}$`);

/** Reads a code as a person types it; null for a text that is none. */
export function parseRecoveryCode(typed: string): string | null {
  const code = plainCode(typed).replaceAll('O', '0').replaceAll(/[IL]/g, '1');
  return form.test(code) ? code : null;
}

/** @param code as {@link newRecoveryCodes} or {@link parseRecoveryCode} gives it */
export function hashRecoveryCode(code: string): string {
  return createHash('sha256').update(code.replaceAll('-', '')).digest('base64url');
}
