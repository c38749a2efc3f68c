// Reads what a device says of itself. Its name is shown to people, in lists of sessions and in mails that warn of a
// sign-in, so it is one line that reads as what it is.

import { type Device, type DeviceKind } from './types.js';

export type ParsedDevice =
  | { readonly kind: 'ok'; readonly device: Device }
  /** `field` is the path in the input; `message` is a sentence in English that repeats nothing of what was typed. */
  | { readonly kind: 'invalid'; readonly field: string; readonly message: string };

/** The most code points of a name. */
const maxNameLength = 80;

/**
 * What breaks a line, is not seen, or turns the direction of what is read, to pass for other text. The two joiners may
 * stay: emoji and several scripts are written with them.
 */
const deceptive = /(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

/** Nothing in it is seen. */
const blank = /^[\s\p{Default_Ignorable_Code_Point}]*$/u;

/**
 * Parses a device; never throws. Left out, it is of kind `OTHER`; a name in which nothing is seen is no name.
 *
 * - `ok`: `device.name` is trimmed, and has 1 to 80 code points or is null.
 * - `invalid`: the name is too long, or has control or format characters.
 */
export function parseDevice(
  input: { readonly kind: DeviceKind; readonly name?: string | null | undefined } | null | undefined,
): ParsedDevice {
  const kind = input?.kind ?? 'OTHER';
  const name = input?.name?.trim() ?? '';
  if (deceptive.test(name)) return invalid('A device name is one line of text, without control characters.');
  if (blank.test(name)) return { kind: 'ok', device: { kind, name: null } };
  if (Array.from(name).length > maxNameLength) {
    return invalid(`A device name has at most ${String(maxNameLength)} characters.`);
  }
  return { kind: 'ok', device: { kind, name } };
}

function invalid(message: string): ParsedDevice {
  return { kind: 'invalid', field: 'device.name', message };
}
