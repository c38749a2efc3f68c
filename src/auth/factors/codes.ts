// Codes as people type them: with spaces, dashes and marks that a copied text brings along, in full-width, Arabic-Indic or
// Persian digits.

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
