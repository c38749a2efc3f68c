// Checks the input of a person who signs in or up or sets a password, and brings it into the form that the acts work with.

import { isUuid } from '../common/uuid.js';
import { breachedSuggestions, checkPassword } from '../passwords/policy.js';
import { type Limited } from '../rateLimit/reservations.js';
import { parseEmail } from '../users/email.js';
import { type ClientInfo, type Device, type DeviceKind } from '../users/types.js';
import { type AccountServices } from './services.js';

/** One thing about an input that is not as it must be; `field` is its path, e.g. `device.name`. */
export interface InputIssue {
  readonly field: string;
  readonly message: string;
}

/** The input is not as it must be; nothing was done. */
export interface InvalidInput {
  readonly kind: 'invalidInput';
  readonly issues: readonly InputIssue[];
}

export function invalidInput(...issues: readonly InputIssue[]): InvalidInput {
  return { kind: 'invalidInput', issues };
}

/** The input of every sign-in, whatever proves who the person is. */
export interface SignInInput {
  readonly device?:
    { readonly kind: DeviceKind; readonly name?: string | null | undefined } | null | undefined;
  /** A uuid that the client made for this sign-in. */
  readonly idempotencyKey?: string | null | undefined;
}

export interface CredentialsInput extends SignInInput {
  readonly email: string;
  readonly password: string;
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
  input: Omit<CredentialsInput, 'password'>,
): { readonly kind: 'ok'; readonly identity: Identity } | InvalidInput {
  const email = parseEmail(input.email);
  const device = parseDevice(input.device);
  const retry = parseIdempotencyKey(input.idempotencyKey);
  if (email.kind === 'ok' && retry.kind === 'ok') {
    return {
      kind: 'ok',
      identity: { email: email.email, emailKey: email.key, device, idempotencyKey: retry.key },
    };
  }
  const issues: InputIssue[] = [];
  if (email.kind === 'invalid') issues.push({ field: 'email', message: email.message });
  if (retry.kind === 'invalid') issues.push(retry.issue);
  return invalidInput(...issues);
}

/** Reads the key under which a client may send a sign-in again; null when it gave none. */
export function parseIdempotencyKey(
  given: string | null | undefined,
):
  | { readonly kind: 'ok'; readonly key: string | null }
  | { readonly kind: 'invalid'; readonly issue: InputIssue } {
  const key = given?.toLowerCase() ?? null;
  if (key === null || isUuid(key)) return { kind: 'ok', key };
  return {
    kind: 'invalid',
    issue: { field: 'idempotencyKey', message: 'The idempotency key must be a uuid.' },
  };
}

/** Refuses a password that no keyboard types: with a NUL, or half of a surrogate pair. */
export function malformedPassword(field: string): InvalidInput {
  return invalidInput({
    field,
    message: 'A password must be well-formed Unicode text without NUL characters.',
  });
}

/** A password that is to be set for the account with an email. */
export interface NewPassword {
  readonly password: string;
  /** The path of the password in the input. */
  readonly field: string;
  readonly email: string;
}

/** The new password is too easy to guess; nothing was done. */
export interface WeakPassword {
  readonly kind: 'weakPassword';
  /** Sentences in English, which repeat nothing of the password. */
  readonly suggestions: readonly string[];
}

/**
 * Checks a password that is to be set. Not to be called inside a transaction. What needs no other server is checked first. Each
 * network may have as many passwords looked up in a set of breached ones as it may guess, so that no client can have this
 * server ask another one without end.
 *
 * @returns with `ok`, the form of the password to hash
 * @throws LimiterUnavailable when it cannot be counted
 */
export async function checkNewPassword(
  { passwordRules, isBreached, rateLimits, database }: AccountServices,
  { password: raw, field, email }: NewPassword,
  { ip }: ClientInfo,
): Promise<{ readonly kind: 'ok'; readonly password: string } | WeakPassword | InvalidInput | Limited> {
  const checked = await checkPassword(raw, { ...passwordRules, email });
  if (checked.kind === 'malformed') return malformedPassword(field);
  if (checked.kind === 'weak') return { kind: 'weakPassword', suggestions: checked.suggestions };
  if (isBreached === null) return checked;
  const limited = await rateLimits.breachCheck(database, ip);
  if (limited !== null) return limited;
  return (await isBreached(checked.password))
    ? { kind: 'weakPassword', suggestions: breachedSuggestions }
    : checked;
}

/** The most code points of a device's name. */
const maxNameLength = 80;

/**
 * Characters that break a line, are not seen, or turn the direction of a text so that it passes for another one. The two
 * joiners may stay: emoji and several scripts are written with them.
 */
const deceptive = /(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** A text of which nothing is seen. */
const blank = /^[\s\p{Default_Ignorable_Code_Point}\u2800]*$/u;

/** The end of a line and the like: a space says the same. */
const breaks = /[\t\n\v\f\r\u0085\u2028\u2029]+/gu;

/** Longer names are cut before anything else is done with them. */
const maxUnits = 2_048;

/**
 * Reads the device that a client says it is. Its name is shown to people, in lists of sessions and in mails that warn of a
 * login, so it is one line without characters that deceive. Never throws and never refuses: systems give names that have
 * marks of direction, tabs or many characters, and none keeps its user from signing in. Left out, it is of kind `OTHER`.
 *
 * @returns its name is null where nothing of it is seen; else it has 1 to 80 code points, without what deceives, cut
 *   where no character as a person sees it is broken
 */
export function parseDevice(
  input: { readonly kind: DeviceKind; readonly name?: string | null | undefined } | null | undefined,
): Device {
  return { kind: input?.kind ?? 'OTHER', name: parseLine(input?.name ?? '') };
}

/** Reads a name that a person is shown, as {@link parseDevice} does; null where nothing of it is seen. */
export function parseLine(text: string): string | null {
  const line = text.slice(0, maxUnits).replaceAll(breaks, ' ').replaceAll(deceptive, '').trim();
  const short = cut(line).trim();
  return blank.test(short) ? null : short;
}

function cut(name: string): string {
  // Nearly every name: where its characters end takes 2% of the time that a login takes the main thread.
  if (name.length <= maxNameLength) return name;
  let short = '';
  let length = 0;
  for (const { segment } of new Intl.Segmenter('en', { granularity: 'grapheme' }).segment(name)) {
    const points = Array.from(segment);
    if (length + points.length > maxNameLength) {
      // One character that is longer by itself is no character, but marks in a heap.
      return short === '' ? points.slice(0, maxNameLength).join('') : short;
    }
    short += segment;
    length += points.length;
  }
  return short;
}
