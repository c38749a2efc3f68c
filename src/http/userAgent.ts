// What program a client says that it is.

import { type IncomingMessage } from 'node:http';

/** The longest that is kept, in bytes: a header may have 16 KiB, and every sign-in stores it and every mail repeats it. */
const longest = 512;

/** Null where the client says nothing. */
export function readUserAgent({ headers }: IncomingMessage): string | null {
  return headers['user-agent']?.slice(0, longest) ?? null;
}
