// Reads from an answer that a session is opened, or is over. An answer may come from any server, or from an older or newer
// Hufu: a part that cannot be read says nothing.

import { signedInTypes } from './generated.js';
import { type Ended, readEnded } from './reasons.js';
import { type SignedInState } from './store.js';

/** Tells whether the body of a request may be a mutation; a persisted document, which has no text there, may be one. */
export function isMutation(body: unknown): boolean {
  if (typeof body !== 'string' || body === '') return false;
  return /\bmutation\b/.test(body) || !/"query"\s*:/.test(body);
}

/** Reads an answer to an operation of the app's own. */
export async function readAnswer(response: Response) {
  const isJson = /json/i.test(response.headers.get('content-type') ?? '');
  const answer: unknown = isJson
    ? await response
        .clone()
        .json()
        .catch(() => null)
    : null;
  const { data, errors } = fieldsOf(answer);
  return {
    results: Object.values(fieldsOf(data)),
    /** The end of the session for which the request is refused; null where the answer says nothing of the session. */
    ended: (Array.isArray(errors) ? errors : []).map(endedIn).find((found) => found !== null) ?? null,
  };
}

function endedIn(error: unknown): Ended | null {
  const { extensions } = fieldsOf(error);
  return fieldsOf(extensions)['code'] === 'UNAUTHENTICATED' ? readEnded(extensions) : null;
}

export interface Opened {
  readonly state: SignedInState;
  /** Whether the session takes the place of the one whose token was sent, and is of the same person. */
  readonly isReplacement: boolean;
}

/** Reads the session that the result of a mutation opens; null where it opens none. */
export function readOpened(result: unknown): Opened | null {
  const { __typename: name, token, session, user } = fieldsOf(result);
  // The types may have a prefix.
  const type = signedInTypes.find((type) => typeof name === 'string' && name.endsWith(type));
  const sessionId = idOf(session);
  if (type === undefined || typeof token !== 'string' || sessionId === null) return null;
  return {
    state: { status: 'signedIn', token, sessionId, userId: idOf(user) },
    isReplacement: type === 'ChangePasswordSuccess' || type === 'ConfirmIdentitySuccess',
  };
}

function idOf(node: unknown): string | null {
  const { id } = fieldsOf(node);
  return typeof id === 'string' ? id : null;
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return Object(value) as Readonly<Record<string, unknown>>;
}
