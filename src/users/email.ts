// Parses an email: the email as typed, and the key that tells accounts apart. All spellings that look and
// are delivered alike have one key, and a key is its own key.

import { domainToASCII, domainToUnicode } from 'node:url';

export type ParsedEmail =
  | {
      readonly kind: 'ok';
      /** As it was typed, without the white space around it. Mail goes to its {@link mailboxOf}. */
      readonly email: string;
      /** The name in NFKC and lower case, the domain in ASCII: unique among the accounts. */
      readonly key: string;
    }
  /** `message` is a sentence in English that repeats nothing of what was typed. */
  | { readonly kind: 'invalid'; readonly message: string };

/** The most octets of an email (RFC 5321, section 4.5.3.1.3, without the angle brackets). */
const maxLength = 254;

/** The most octets before the `@` (RFC 5321, section 4.5.3.1.1). */
const maxLocalLength = 64;

/** The most characters of a domain and of a part of it in ASCII: 255 octets on the wire (RFC 1035, section 2.3.4). */
const maxDomainLength = 253;
const maxLabelLength = 63;

/**
 * The longest text that can be that short in NFKC: a character is composed of four code points at most, each of two
 * UTF-16 units at most. Longer ones are not looked at, since putting marks in order takes quadratic time.
 */
const maxUnits = maxLength * 4 * 2;

/**
 * White space, the blank of Braille, and what is not seen at all: control and format characters, surrogates, unassigned and private
 * ones.
 */
const unseen = /[\s\p{Z}\p{C}\p{Default_Ignorable_Code_Point}\u2800]/u;

/**
 * A part between dots of what may stand before the `@` without quotation marks (RFC 5322, section 3.2.3), and beyond
 * ASCII anything that is seen (RFC 6531, section 3.3). Neither `,` nor `<`, `>`, `;` or `"`, so that one email never
 * becomes several in a mail's header.
 */
const atom = /^[\w!#$%&'*+/=?^`{|}~\u{80}-\u{10ffff}-]+$/u;

/** A part between dots of a domain: letters, digits and hyphens of any script, no hyphen at the ends. */
const label = /^[\p{L}\p{N}](?:[\p{L}\p{M}\p{N}-]*[\p{L}\p{M}\p{N}])?$/u;

/**
 * Parses an email; never throws. It is checked after NFKC. The domain needs a dot, since `ada@gmail` is a typing
 * error far more often than an email, and it is a name: no IP address, in brackets or bare.
 *
 * Case, width, the dots of a domain and its two spellings (`bücher.example` is `xn--bcher-kva.example`) are all that is
 * evened out: a `+tag` or a dot before the `@` makes another email, since only the provider knows whether it does.
 */
export function parseEmail(raw: string): ParsedEmail {
  const email = raw.trim();
  if (email === '') return invalid('Enter an e-mail address.');
  if (email.length > maxUnits) return tooLong;
  const normalized = email.normalize('NFKC');
  const [typedName = '', typedDomain = '', ...more] = normalized.split('@');
  const name = foldCase(typedName);
  if (unseen.test(normalized) || unseen.test(name)) {
    return invalid('An e-mail address has no spaces inside, and no characters that cannot be seen.');
  }
  if (name === '' || typedDomain === '' || more.length > 0) {
    return invalid('An e-mail address is a name, one @ and a domain, such as ada@example.com.');
  }
  if (!name.split('.').every((part) => atom.test(part))) {
    return invalid(
      'The part of the e-mail address before the @ has a character or a dot that cannot stand there.',
    );
  }
  const domain = parseDomain(typedDomain);
  if (domain === null)
    return invalid('The part of the e-mail address after the @ is not a domain, such as example.com.');
  // Folding may change the number of octets, and mail goes to the name as it was typed.
  const nameLength = Math.max(Buffer.byteLength(name), Buffer.byteLength(typedName));
  if (nameLength > maxLocalLength) return nameTooLong;
  if (nameLength + 1 + domain.length > maxLength) return tooLong;
  return { kind: 'ok', email, key: `${name}@${domain}` };
}

/**
 * Gives the form of a parsed email that mail servers take: the name in NFKC with its case, the domain in ASCII. A name that is
 * not ASCII needs a server with SMTPUTF8 (RFC 6531).
 */
export function mailboxOf(email: string): string {
  const [name = '', domain = ''] = email.trim().normalize('NFKC').split('@');
  return `${name}@${toAscii(domain)}`;
}

/**
 * Lower-casing may undo NFKC (`J̌` is two characters, `ǰ` is one), so both are done until nothing changes. It writes a
 * Greek sigma differently at the end of a word, which would tell spellings of one name apart: one form stands for both.
 */
function foldCase(text: string): string {
  const folded = text.normalize('NFKC').toLowerCase().replaceAll('ς', 'σ');
  return folded === text ? folded : foldCase(folded);
}

/** Returns the key of a domain, in ASCII; null for a text that is no domain. */
function parseDomain(typed: string): string | null {
  const ascii = toAscii(typed);
  // Both spellings pass the same folding.
  const key = toAscii(foldCase(domainToUnicode(ascii)));
  const labels = ascii.split('.');
  const isDomain =
    labels.length > 1 &&
    [ascii, key].every(hasDnsLengths) &&
    withoutRoot(typed)
      .split(dot)
      .every((part) => label.test(part)) &&
    // A last part of digits makes it an IP address.
    /\D/.test(labels.at(-1) ?? '');
  return isDomain ? key : null;
}

function hasDnsLengths(ascii: string): boolean {
  return (
    ascii.length <= maxDomainLength &&
    ascii.split('.').every((part) => part !== '' && part.length <= maxLabelLength)
  );
}

/** The separators of the parts of a domain after NFKC: keyboards for Japanese and Chinese write the second (UTS #46). */
const dot = /[.。]/;

/** Removes the dot at the end that stands for the root of all domains. */
function withoutRoot(domain: string): string {
  return domain.replace(/[.。]$/, '');
}

/**
 * Writes a domain in ASCII; empty for a text that no browser or mail server would look up, such as wrong Punycode. Lower case
 * comes first, character by character: Node makes `ss` of a capital `ẞ`, and a whole word's sigma depends on its place.
 */
function toAscii(domain: string): string {
  const lower = Array.from(withoutRoot(domain), (character) => character.toLowerCase()).join('');
  const ascii = domainToASCII(lower);
  return ascii.split('.').every(isAsciiLabel) ? ascii : '';
}

/**
 * Tells whether a label is plain ASCII, or the Punycode of what it stands for (RFC 5891 section 5.4). Node 24.21 and 26.10
 * (ada 4) no longer check the Punycode of a domain that is ASCII already, and nodes of all versions must agree.
 */
function isAsciiLabel(part: string): boolean {
  if (!part.startsWith('xn--')) return true;
  const meant = domainToUnicode(part);
  return meant !== part && domainToASCII(meant) === part;
}

const nameTooLong = invalid('The part of the e-mail address before the @ is longer than 64 bytes.');

const tooLong = invalid(`An e-mail address has at most ${String(maxLength)} characters.`);

function invalid(message: string): { readonly kind: 'invalid'; readonly message: string } {
  return { kind: 'invalid', message };
}
