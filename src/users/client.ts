// The client of a request: where it comes from, and the device that it says it is. The device's name is shown to people,
// in lists of sessions and in mails that warn of a login, so it is one line without characters that deceive.

import { type deviceKinds } from '../db/schema.js';

export type DeviceKind = (typeof deviceKinds)[number];

export interface Device {
  readonly kind: DeviceKind;
  readonly name: string | null;
}

/** Where a request came from; either part may be unknown. */
export interface ClientInfo {
  readonly ip: string | null;
  readonly userAgent: string | null;
}

/** The most code points of a name. */
const maxNameLength = 80;

/**
 * What breaks a line, is not seen, or turns the direction of what is read, to pass for other text. The two joiners may
 * stay: emoji and several scripts are written with them.
 */
const deceptive = /(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** Nothing in it is seen. */
const blank = /^[\s\p{Default_Ignorable_Code_Point}]*$/u;

/** The end of a line and the like: a space says the same. */
const breaks = /[\t\n\v\f\r\u0085\u2028\u2029]+/gu;

/** Longer names are cut before anything else is done with them. */
const maxUnits = 2_048;

/**
 * Reads a device; never throws and never refuses: systems give names that have marks of direction, tabs or many
 * characters, and none keeps its user from signing in. Left out, it is of kind `OTHER`.
 *
 * @returns its name is null where nothing of it is seen; else it has 1 to 80 code points, without what deceives, cut
 *   where no character as a person sees it is broken
 */
export function parseDevice(
  input: { readonly kind: DeviceKind; readonly name?: string | null | undefined } | null | undefined,
): Device {
  const kind = input?.kind ?? 'OTHER';
  const name = (input?.name ?? '')
    .slice(0, maxUnits)
    .replaceAll(breaks, ' ')
    .replaceAll(deceptive, '')
    .trim();
  const short = cut(name).trim();
  return { kind, name: blank.test(short) ? null : short };
}

function cut(name: string): string {
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
