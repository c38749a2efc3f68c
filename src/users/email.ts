// Reads an e-mail address that somebody typed: the address as typed, and the key that tells accounts apart. All
// spellings that look and are delivered alike come to one key, and a key is its own key.

import { domainToASCII } from 'node:url';

export type ParsedEmail =
  | {
      readonly kind: 'ok';
      /** As it was typed, without the white space around it. Mail goes to its NFKC form. */
      readonly email: string;
      /** NFKC and lower-case: what makes an account the only one of its address. */
      readonly key: string;
    }
  /** `message` is a sentence in English that repeats nothing of what was typed. */
  | { readonly kind: 'invalid'; readonly message: string };

/** The most characters of an address (RFC 5321, section 4.5.3.1.3, without the angle brackets). */
const maxLength = 254;

/**
 * The longest text that can be that short in NFKC: a character is composed of four code points at most, each of two
 * UTF-16 units at most. Longer ones are not looked at, since putting marks in order takes quadratic time.
 */
const maxUnits = maxLength * 4 * 2;

/** White space, and what is not seen at all: control and format characters, surrogates, unassigned and private ones. */
const unseen = /[\s\p{Z}\p{C}\p{Default_Ignorable_Code_Point}]/u;

/**
 * A part between dots of what may stand before the `@` without quotation marks (RFC 5322, section 3.2.3), and beyond
 * ASCII anything that is seen (RFC 6531, section 3.3). Neither `,` nor `<`, `>`, `;` or `"`, so that one address never
 * becomes several in a mail's header.
 */
const atom = /^[\w!#$%&'*+/=?^`{|}~\u{80}-\u{10ffff}-]+$/u;

/** A part between dots of a domain: letters, digits and hyphens of any script, no hyphen at the ends. */
const label = /^[\p{L}\p{N}](?:[\p{L}\p{M}\p{N}-]*[\p{L}\p{M}\p{N}])?$/u;

/**
 * Parses an address; never throws. It is checked after NFKC. The domain needs a dot, since `ada@gmail` is a slip of
 * the hand far more often than an address, and it is a name: no IP address, in brackets or bare.
 *
 * Case, width and the like are all that is evened out: a `+tag` or a dot before the `@` makes another address, since
 * whether it does only the provider knows.
 */
export function parseEmail(raw: string): ParsedEmail {
  const email = raw.trim();
  if (email === '') return invalid('Enter an e-mail address.');
  if (email.length > maxUnits) return tooLong;
  const key = keyOf(email);
  if (unseen.test(key)) {
    return invalid('An e-mail address has no spaces inside, and no characters that cannot be seen.');
  }
  if (Array.from(key).length > maxLength) return tooLong;

  const [local = '', domain = '', ...more] = key.split('@');
  if (local === '' || domain === '' || more.length > 0) {
    return invalid('An e-mail address is a name, one @ and a domain, such as ada@example.com.');
  }
  if (!local.split('.').every((part) => atom.test(part))) {
    return invalid(
      'The part of the e-mail address before the @ has a character or a dot that cannot stand there.',
    );
  }
  if (!isDomain(domain))
    return invalid('The part of the e-mail address after the @ is not a domain, such as example.com.');
  return { kind: 'ok', email, key };
}

/**
 * Lower-casing may undo NFKC (`J̌` is two characters, `ǰ` is one), so both are done until nothing changes. It writes a
 * Greek sigma differently at the end of a word, which would tell spellings of one address apart: one form stands for
 * both.
 */
function keyOf(text: string): string {
  const key = text.normalize('NFKC').toLowerCase().replaceAll('ς', 'σ');
  return key === text ? key : keyOf(key);
}

function isDomain(domain: string): boolean {
  // Also refuses what no browser or mail server would look up: wrong Punycode for one.
  const ascii = domainToASCII(domain);
  const labels = ascii.split('.');
  return (
    labels.length > 1 &&
    ascii.length <= 253 &&
    labels.every((part) => part.length <= 63) &&
    domain.split('.').every((part) => label.test(part)) &&
    // A last part of digits makes it an IP address.
    /\D/.test(labels.at(-1) ?? '')
  );
}

const tooLong = invalid(`An e-mail address has at most ${String(maxLength)} characters.`);

function invalid(message: string): { readonly kind: 'invalid'; readonly message: string } {
  return { kind: 'invalid', message };
}
