// Every request has an id, which the answer and the log bear. A proxy or client may give one, so that its log and
// ours can be read together; its alphabet is narrow, so that it can break neither a header nor a log.

import { randomUUID } from 'node:crypto';

const allowed = /^[\w.-]{1,64}$/;

/**
 * The id that was given, if it is 1 to 64 of `[A-Za-z0-9._-]`, else a new uuid.
 *
 * @param given the `x-request-id` header; several lines of it come joined by a comma, which is not allowed
 */
export function readRequestId(given: string | string[] | undefined): string {
  return typeof given === 'string' && allowed.test(given) ? given : randomUUID();
}
