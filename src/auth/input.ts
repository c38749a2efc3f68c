// What a person types to sign in or up, checked and brought into the form that the acts work with.

import { isUuid } from '../db/queries.js';
import { parseDevice, type Device, type DeviceKind } from '../users/client.js';
import { parseEmail } from '../users/email.js';

/** One thing about an input that is not as it must be; `field` is its path, e.g. `device.name`. */
export interface InputIssue {
  readonly field: string;
  readonly message: string;
}

export interface CredentialsInput {
  readonly email: string;
  readonly password: string;
  readonly device?:
    { readonly kind: DeviceKind; readonly name?: string | null | undefined } | null | undefined;
  /** A uuid that the client made for this sign-in. */
  readonly idempotencyKey?: string | null | undefined;
}

export interface Identity {
  /** As it was typed, without the white space around it. */
  readonly email: string;
  /** The form that tells accounts apart. */
  readonly emailKey: string;
  readonly device: Device;
  /** In lower case; null when the client gave none. */
  readonly idempotencyKey: string | null;
}

/** Checks all but the password, and gives every issue at once. */
export function parseIdentity(
  input: CredentialsInput,
):
  | { readonly kind: 'ok'; readonly identity: Identity }
  | { readonly kind: 'invalid'; readonly issues: readonly InputIssue[] } {
  const email = parseEmail(input.email);
  const device = parseDevice(input.device);
  const idempotencyKey = input.idempotencyKey?.toLowerCase() ?? null;
  const isKnowable = idempotencyKey === null || isUuid(idempotencyKey);
  if (email.kind === 'ok' && isKnowable) {
    return {
      kind: 'ok',
      identity: { email: email.email, emailKey: email.key, device, idempotencyKey },
    };
  }
  const issues: InputIssue[] = [];
  if (email.kind === 'invalid') issues.push({ field: 'email', message: email.message });
  if (!isKnowable) issues.push({ field: 'idempotencyKey', message: 'The idempotency key must be a uuid.' });
  return { kind: 'invalid', issues };
}

/** The issue of a password that no keyboard types: with a NUL, or half of a surrogate pair. */
export function malformedPassword(field: string): InputIssue {
  return { field, message: 'A password must be well-formed Unicode text without NUL characters.' };
}
