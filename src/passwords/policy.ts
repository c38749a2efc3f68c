// What a password must be. The rules are those of NIST SP 800-63B: long enough, not among the first that anybody would
// try, and anything else goes. A password's identity is its NFC form, so that every keyboard types the same one.

import { type BreachedPasswords } from './breached.js';
import { isCommon } from './commonPasswords.js';
import { isContextual } from './contextWords.js';

/** The most code points a password may have, in NFC. */
const maxPasswordLength = 128;

/**
 * The longest text that can be that short in NFC: a character is composed of four code points at most, each of two
 * UTF-16 units at most. Longer ones are not looked at, since putting marks in order takes quadratic time.
 */
const maxUnits = maxPasswordLength * 4 * 2;

const phrase = 'Use three or four words that have nothing to do with one another.';

/** A password brought into the form that is hashed. */
export type NormalizedPassword =
  | { readonly kind: 'ok'; readonly password: string }
  /** It has a NUL, or half of a surrogate pair: no keyboard types that. */
  | { readonly kind: 'malformed' }
  /** It is empty or too long, so it is nobody's. */
  | { readonly kind: 'length' };

/**
 * Brings a password that was typed to sign in into the form that is hashed. How short one may be is only asked where
 * it is set, so that nobody is locked out when the least length is raised.
 */
export function normalizePassword(raw: string): NormalizedPassword {
  if (!raw.isWellFormed() || raw.includes('\0')) return { kind: 'malformed' };
  if (raw === '' || raw.length > maxUnits) return { kind: 'length' };
  const password = raw.normalize('NFC');
  return lengthOf(password) > maxPasswordLength ? { kind: 'length' } : { kind: 'ok', password };
}

export type CheckedPassword =
  | { readonly kind: 'ok'; readonly password: string }
  /** `suggestions` are sentences in English; they never repeat what was typed. */
  | { readonly kind: 'weak'; readonly suggestions: readonly string[] }
  | { readonly kind: 'malformed' };

export interface PasswordRules {
  /** In code points. */
  readonly minLength: number;
  /** The account's own: neither it nor a part of it is a password for it. */
  readonly email: string;
  /** What the service is called. */
  readonly names?: readonly string[];
  /** A set of breached passwords; left out for none. */
  readonly isBreached?: BreachedPasswords;
}

/**
 * Checks a password that is to be set.
 *
 * - `ok`: it may be; `password` is the form to hash.
 * - `weak`: it is too short, too long, or among the first that anybody would try.
 * - `malformed`: it has a NUL, or half of a surrogate pair.
 *
 */
export async function checkPassword(
  raw: string,
  { minLength, email, names = [], isBreached }: PasswordRules,
): Promise<CheckedPassword> {
  const normalized = normalizePassword(raw);
  if (normalized.kind === 'malformed') return normalized;
  if (normalized.kind === 'length' && raw !== '') {
    return weak(`Use at most ${String(maxPasswordLength)} characters.`);
  }
  if (normalized.kind === 'length' || lengthOf(normalized.password) < minLength) {
    return weak(`Use at least ${String(minLength)} characters.`, phrase);
  }
  const { password } = normalized;
  if (isOfEmail(password, email)) return weak('Use something other than your e-mail address.', phrase);
  if (await isCommon(password)) return weak('Use something that nobody else would think of.', phrase);
  const context = [...names, ...email.split('@')];
  if (await isContextual(password, context))
    return weak('Use something other than a name, a word or a year that others know of you.', phrase);
  if (isBreached !== undefined && (await isBreached(password)))
    return weak('Use another one: this one is in a list of passwords that were stolen elsewhere.', phrase);
  return { kind: 'ok', password };
}

function weak(...suggestions: readonly string[]): CheckedPassword {
  return { kind: 'weak', suggestions };
}

function lengthOf(text: string): number {
  return Array.from(text).length;
}

/** Whether the password is the address or the part before its `@`, in any case. */
function isOfEmail(password: string, email: string): boolean {
  const [typed, address] = [password, email].map((text) => text.normalize('NFKC').trim().toLowerCase());
  return typed === address || typed === address?.split('@', 1)[0];
}
