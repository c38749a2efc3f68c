// The headers by which servers behind a gateway learn whose request it is.

import { type Session } from '../../../sessions/types.js';
import { type User } from '../../../users/types.js';

/** What all of them begin with. A gateway must never pass on one that a client has sent. */
export const headerPrefix = 'x-hufu-';

export function sessionHeaders(user: User, session: Session): Readonly<Record<string, string>> {
  return {
    'x-hufu-user-id': user.id,
    'x-hufu-session-id': session.id,
    'x-hufu-email': asHeader(user.email),
    'x-hufu-methods': session.methods.join(','),
  };
}

/** UTF-8 as Node writes it: a header's characters are bytes (RFC 9110 section 5.5). */
function asHeader(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}
