// The credentials that present a token, in a header or in a websocket's parameters.

/** RFC 6750 section 2.1, with the scheme's name in any case, as RFC 9110 section 11.1 has it. */
const bearer = /^bearer +([\w.~+/-]+=*)$/i;

/** Another scheme with its parameters. */
const otherScheme = /^(?!bearer(?: |$))[!#$%&'*+.^_`|~0-9a-z-]+ +[^ ]/i;

/**
 * Reads the token from the credentials of an Authorization header or of a websocket's parameters, without verifying it.
 * Malformed credentials are an invalid token: they are never served as if they were absent.
 *
 * - `null`: no token was presented. The text is empty, as clients without a token send it, or of another scheme, such as
 *   Basic.
 * - `''`, which no verifier accepts: the text has no scheme, or a token of no possible form.
 * - Otherwise the token as the client sent it.
 */
export function parseBearer(credentials: string): string | null {
  if (credentials === '') return null;
  const token = bearer.exec(credentials)?.[1];
  if (token !== undefined) return token;
  return otherScheme.test(credentials) ? null : '';
}

/** The parameters with which a client of graphql-ws connects. */
export interface SocketParameters {
  readonly connectionParams?: Readonly<Record<string, unknown>> | undefined;
}

/** Reads the token from the parameters of a websocket. One in any other form than a text is refused like a forged one. */
export function bearerOf({ connectionParams }: SocketParameters): string | null {
  const given = Object.entries(connectionParams ?? {}).filter(
    ([name]) => name.toLowerCase() === 'authorization',
  );
  if (given.length === 0) return null;
  const [credentials] = given.map(([, value]) => value);
  if (given.length === 1 && credentials == null) return null;
  return given.length === 1 && typeof credentials === 'string' ? parseBearer(credentials.trim()) : '';
}
