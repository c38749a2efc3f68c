// Words that an attacker tries first for one account or one service: its name, the email's parts, a common word with
// a year or a few digits beside it.

import { isCommon } from './commonPasswords.js';

/** The fewest letters of a part that counts: shorter ones are in many good passwords. */
const minPart = 4;

/** What people put beside a word so that it passes a rule. */
const decoration = /^[\d\W_]*(.*?)[\d\W_]*$/su;

/** A year of a person's life, or the one that is just written. */
const year = /(?:19|20)\d\d/gu;

/**
 * Whether a password is a word of the context with fewer than {@link minPart} letters beside it, or a common one with a
 * year, whatever digits and signs stand around it and whichever letters are replaced in the usual way.
 *
 * @param context the name of the service, the email and its parts
 */
export async function isContextual(password: string, context: readonly string[]): Promise<boolean> {
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
