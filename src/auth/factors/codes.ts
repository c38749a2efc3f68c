// Codes as people type them: with spaces, dashes and marks that a copied text brings along, in full-width, Arabic-Indic or
// Persian digits. And recovery codes: what a person keeps on paper for the day on which the phone is lost. Each works once.
// They are shown when they are made and kept as hashes.

import { createHash, randomBytes } from 'node:crypto';

/** Longer texts are no code. */
const maxLength = 200;

/** The first digits of the scripts whose digits keyboards type; full-width ones are normalised by NFKC. */
const zeros = [0x0660, 0x06f0] as const;

const foreignDigit = /[\u0660-\u0669\u06f0-\u06f9]/g;

/** White space, dashes, and what is not seen. */
const separators = /[\s\p{Pd}\p{Cf}\u2212]+/gu;

/** Gives a code in ASCII digits and upper-case letters, without what separates its parts. */
export function plainCode(typed: string): string {
  if (typed.length > maxLength) return '';
  return typed.normalize('NFKC').replaceAll(separators, '').replaceAll(foreignDigit, toAscii).toUpperCase();
}

/** Reads the code from a mail: its 8 digits; null for what is no code. */
export function readMailedCode(typed: string): string | null {
  const code = plainCode(typed);
  return /^\d{8}$/.test(code) ? code : null;
}

function toAscii(digit: string): string {
  const point = digit.charCodeAt(0);
  return String(Math.min(...zeros.map((zero) => point - zero).filter((value) => value >= 0)));
}

/** How many recovery codes an account gets. */
const count = 10;

/** 25 characters of 5 random bits each. */
const length = 25;

/** Crockford's base 32: without letters that are taken for digits. */
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** Makes a set of recovery codes, such as `4H7QK-…`, in five groups of five. */
export function newRecoveryCodes(): readonly string[] {
  return Array.from({ length: count }, newCode);
}

function newCode(): string {
  const code = Array.from(randomBytes(length), (byte) => alphabet.charAt(byte % alphabet.length)).join('');
  return (code.match(/.{5}/g) ?? []).join('-');
}

const form = new RegExp(`^[${alphabet}]{${String(length)}}$`);

/** Reads a recovery code as a person types it; null for a text that is none. */
export function parseRecoveryCode(typed: string): string | null {
  const code = plainCode(typed).replaceAll('O', '0').replaceAll(/[IL]/g, '1');
  return form.test(code) ? code : null;
}

/** Hashes a recovery code for its row. @param code as {@link newRecoveryCodes} or {@link parseRecoveryCode} gives it */
export function hashRecoveryCode(code: string): string {
  return createHash('sha256').update(code.replaceAll('-', '')).digest('base64url');
}
