// Reads the token out of credentials as an Authorization header or a websocket's parameters hold them. Credentials
// that were meant to carry a token and do not are not the same as none: they have to be refused as an invalid token,
// never served as if nobody had signed in.

/** RFC 6750 section 2.1, with the scheme's name in any case, as RFC 9110 section 11.1 has it. */
const bearer = /^bearer +([\w.~+/-]+=*)$/i;

/** A scheme, then whatever that scheme has to say. */
const otherScheme = /^(?!bearer(?: |$))[!#$%&'*+.^_`|~0-9a-z-]+ +[^ ]/i;

/**
 * - `null`: no token was presented: the text is empty, as clients send it that have no token yet, or of another
 *   scheme, such as Basic.
 * - `''`, which no verifier takes: the text has no scheme, or a token of no possible form.
 * - else the token as it was sent, not yet verified.
 */
export function parseBearer(credentials: string): string | null {
  if (credentials === '') return null;
  const token = bearer.exec(credentials)?.[1];
  if (token !== undefined) return token;
  return otherScheme.test(credentials) ? null : '';
}
