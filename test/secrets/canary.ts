// Canary secrets that can be recognized in any output, and a scan for them and for other values that must not leak: tokens,
// hashes, connection strings and stacks.

import { randomBytes } from 'node:crypto';

/** Part of every secret of a run, and of no other text. */
export const canary = `hush${randomBytes(9).toString('hex')}`;

let made = 0;

/** Makes a new secret that the password policy accepts. */
export function secret(what: string): string {
  made += 1;
  return `${what} ${canary} ${String(made)}`;
}

/** Makes a secret that needs no escaping in a URL. */
export function plainSecret(what: string): string {
  return secret(what).replaceAll(' ', '-');
}

interface Kind {
  readonly what: string;
  readonly pattern: RegExp;
}

const kinds: readonly Kind[] = [
  { what: 'a canary secret', pattern: new RegExp(encodings(canary).join('|'), 'gi') },
  { what: 'a token', pattern: /\beyJ[\w-]{8,}(?:\.[\w-]*)?/g },
  { what: 'a hash', pattern: /argon2/gi },
  { what: 'a connection string', pattern: /\b(?:postgres(?:ql)?|smtps?):\/\//gi },
  { what: 'a stack', pattern: /\bat [^\n"]{1,200}:\d+:\d+|node_modules/g },
];

/** What the log may contain in addition: the stack of an error. */
export type Allowance = 'a stack';

/** Finds every value in the text that must not leak, with its surroundings. */
export function leaks(text: string, allowed?: Allowance): readonly string[] {
  return kinds
    .filter(({ what }) => what !== allowed)
    .flatMap(({ what, pattern }) =>
      Array.from(text.matchAll(pattern), ({ index }) => {
        return `${what}: ${text.slice(Math.max(0, index - 60), index + 60)}`;
      }),
    );
}

/** Returns the text as it is, in hexadecimal, and in base64 at each of the three offsets. */
function encodings(text: string): readonly string[] {
  const base64 = [0, 1, 2].map((shift) => {
    const encoded = Buffer.from(`${' '.repeat(shift)}${text}`).toString('base64url');
    // The first and the last character depend on the bytes beside it.
    return encoded.slice(shift === 0 ? 0 : shift + 1, -2);
  });
  return [text, Buffer.from(text).toString('hex'), ...base64];
}
