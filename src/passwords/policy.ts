// The rules for a password, by NIST SP 800-63B: long enough, and not among the first guesses of an attacker. A password's
// identity is its NFC form, so that every keyboard types the same one.

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
  /** It is empty or too long, so no account has it. */
  | { readonly kind: 'length' };

/**
 * Brings a password that was typed to sign in into the form that is hashed. How short one may be is only asked where
 * it is set, so that a higher minimum locks no user out.
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
  /** The names of the service. */
  readonly names?: readonly string[];
}

/**
 * Checks a password that is to be set.
 *
 * - `ok`: it may be; `password` is the form to hash.
 * - `weak`: it is too short, too long, or among the first guesses of an attacker.
 * - `malformed`: it has a NUL, or half of a surrogate pair.
 */
export async function checkPassword(
  raw: string,
  { minLength, email, names = [] }: PasswordRules,
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
  if (isOfEmail(password, email)) return weak('Use something other than your e-mail.', phrase);
  if (await isCommon(password)) return weak('Use something that no other person would think of.', phrase);
  const context = [...names, ...email.split('@')];
  if (await isContextual(password, context))
    return weak('Use something other than a name, a word or a year that others know of you.', phrase);
  return { kind: 'ok', password };
}

/** The suggestions for a password that is in a set of breached ones. */
export const breachedSuggestions: readonly string[] = [
  'Use another one: this one is in a list of passwords that were stolen elsewhere.',
  phrase,
];

function weak(...suggestions: readonly string[]): CheckedPassword {
  return { kind: 'weak', suggestions };
}

function lengthOf(text: string): number {
  return Array.from(text).length;
}

/** Whether the password is the email or the part before its `@`, in any case. */
function isOfEmail(password: string, email: string): boolean {
  const [typed, own] = [password, email].map((text) => text.normalize('NFKC').trim().toLowerCase());
  return typed === own || typed === own?.split('@', 1)[0];
}

/** The same one to three characters over and over. */
const repetition = /^(.{1,3}?)\1+$/su;

let leaked: Promise<ReadonlySet<string>> | undefined;

/** Whether the password, in whatever case, is among the commonest, one repetition, or one run such as `abcdefgh`. */
async function isCommon(password: string): Promise<boolean> {
  const folded = password.toLowerCase();
  if (repetition.test(folded) || isRun(folded)) return true;
  leaked ??= loadLeaked();
  return (await leaked).has(folded);
}

/** Loads the commonest passwords at the first use, so that no start waits for fifty thousand texts. */
async function loadLeaked(): Promise<ReadonlySet<string>> {
  const { dictionary } = await import('@zxcvbn-ts/language-common');
  return new Set(dictionary['passwords-common']);
}

/** Whether each character follows the one before it in the alphabet or in counting, up or down. */
function isRun(text: string): boolean {
  const points = Array.from(text, (character) => character.codePointAt(0) ?? 0);
  const steps = new Set(points.slice(1).map((point, index) => point - (points[index] ?? 0)));
  const [step = 0] = steps;
  return steps.size === 1 && Math.abs(step) === 1;
}

/** The fewest letters of a part that counts: shorter ones are in many good passwords. */
const minPart = 4;

/** The digits and signs that people put beside a word so that it passes a rule. */
const decoration = /^[\d\W_]*(.*?)[\d\W_]*$/su;

/** A year of a person's life, or the one that is just written. */
const year = /(?:19|20)\d\d/gu;

/**
 * Whether a password is a word of the context with fewer than {@link minPart} letters beside it, or a common one with a
 * year, whatever digits and signs stand around it and whichever letters are replaced in the usual way.
 *
 * @param context the name of the service, the email and its parts
 */
async function isContextual(password: string, context: readonly string[]): Promise<boolean> {
  const sources = context.map(partsOf).filter((parts) => parts.length > 0);
  const folded = fold(password);
  for (const bare of new Set([folded, ...unleet(folded)].map(strip))) {
    if (bare === '') continue;
    if (sources.some((parts) => isMadeOf(bare, parts))) return true;
    // A common word is only weak with something beside it where that is a year; as a whole it has been looked at.
    if (hasYear(folded) && bare !== folded && (await isCommon(bare))) return true;
  }
  return false;
}

/** The words of one name, or of one part of an email, the longest first. */
function partsOf(text: string): string[] {
  const folded = fold(text);
  const parts = [folded, ...folded.split(/[^\p{L}\p{N}]+/u)].filter((part) => part.length >= minPart);
  return parts.toSorted((a, b) => b.length - a.length);
}

function isMadeOf(text: string, parts: readonly string[]): boolean {
  const rest = parts.reduce((left, part) => left.replaceAll(part, ''), text);
  return rest !== text && rest.replaceAll(/[^\p{L}]/gu, '').length < minPart;
}

function fold(text: string): string {
  return text.normalize('NFKC').toLowerCase();
}

function hasYear(text: string): boolean {
  return text.search(year) >= 0;
}

function strip(text: string): string {
  return decoration.exec(text.replaceAll(year, ''))?.[1] ?? '';
}

const replaced: Readonly<Record<string, string>> = {
  '0': 'o',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't',
  '@': 'a',
  $: 's',
  '!': 'i',
};

/** Undoes the usual replacements inside the word, in each way that a 1 is read; what stands around it goes first. */
function unleet(text: string): string[] {
  return ['i', 'l'].map((one) =>
    strip(text).replaceAll(/[013457@$!]/gu, (sign) => (sign === '1' ? one : (replaced[sign] ?? sign))),
  );
}
