// Secrets that can be recognized wherever they turn up, and the sieve that finds them, and whatever else must not come
// out: tokens, hashes, addresses of servers.

import { randomBytes } from 'node:crypto';

/** In every secret of a run, and in nothing else. */
export const mark = `hush${randomBytes(9).toString('hex')}`;

let made = 0;

/** A new secret, such as people choose for a password: it keeps to the rules for one. */
export function secret(what: string): string {
  made += 1;
  return `${what} ${mark} ${String(made)}`;
}

/** One that may stand in an address without being written otherwise. */
export function plainSecret(what: string): string {
  return secret(what).replaceAll(' ', '-');
}

interface Kind {
  readonly what: string;
  readonly pattern: RegExp;
}

const kinds: readonly Kind[] = [
  { what: 'a marked secret', pattern: new RegExp(encodings(mark).join('|'), 'gi') },
  { what: 'a token', pattern: /\beyJ[\w-]{8,}(?:\.[\w-]*)?/g },
  { what: 'a hash', pattern: /argon2/gi },
  { what: 'a connection string', pattern: /\b(?:postgres(?:ql)?|smtps?):\/\//gi },
  { what: 'a stack', pattern: /\bat [^\n"]{1,200}:\d+:\d+|node_modules/g },
];

/** What a text of ours may hold in addition: the log has the stack of what failed. */
export type Allowance = 'a stack';

/** What is in the text that must not come out, each with some of what stands around it. */
export function leaks(text: string, allowed?: Allowance): readonly string[] {
  return kinds
    .filter(({ what }) => what !== allowed)
    .flatMap(({ what, pattern }) =>
      Array.from(text.matchAll(pattern), ({ index }) => {
        return `${what}: ${text.slice(Math.max(0, index - 60), index + 60)}`;
      }),
    );
}

/** As it is, in hexadecimal, and in base64 wherever it begins in what was encoded. */
function encodings(text: string): readonly string[] {
  const base64 = [0, 1, 2].map((shift) => {
    const encoded = Buffer.from(`${' '.repeat(shift)}${text}`).toString('base64url');
    // The first and the last character depend on what stands beside it.
    return encoded.slice(shift === 0 ? 0 : shift + 1, -2);
  });
  return [text, Buffer.from(text).toString('hex'), ...base64];
}
