// The device that a client names at sign-in: its kind, and a name that is safe to show.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { parseDevice } from '../../src/auth/input.js';

const named = (name: string | null | undefined) => parseDevice({ kind: 'MOBILE', name });
const ok = (name: string | null) => ({ kind: 'MOBILE', name });

describe('parseDevice', () => {
  it('returns OTHER without a name when the client names no device', () => {
    const other = { kind: 'OTHER', name: null };
    expect(parseDevice(undefined)).toEqual(other);
    expect(parseDevice(null)).toEqual(other);
    expect(parseDevice({ kind: 'TV' })).toEqual({ kind: 'TV', name: null });
  });

  it('keeps the name, without the space around it', () => {
    for (const name of [
      'Pixel 9',
      'Anna’s 📱',
      '虎符',
      'नमस्ते',
      '👩‍💻 laptop',
      'می‌خواهم',
      'tab & <b>"quoted"</b>',
      '{{x}}',
    ]) {
      expect(named(name)).toEqual(ok(name));
      expect(named(`\n\t\u00a0 ${name}\u2003\ufeff`)).toEqual(ok(name));
    }
  });

  it('returns no name when no character of it is visible', () => {
    for (const name of [
      null,
      undefined,
      '',
      ' ',
      '\n\t ',
      '\u200d',
      '\u3164',
      '\u2800 \u2800',
      '\ufe0f\u200c',
      '\u00a0\u3000',
    ]) {
      expect(named(name)).toEqual(ok(null));
    }
  });

  it('cuts a name at 80 code points', () => {
    for (const unit of ['x', '🐯', 'é']) {
      expect(named(` ${unit.repeat(80)} `)).toEqual(ok(unit.repeat(80)));
      expect(named(unit.repeat(81))).toEqual(ok(unit.repeat(80)));
    }
    expect(named('x'.repeat(100_000))).toEqual(ok('x'.repeat(80)));
    // The cut never splits a grapheme, except one that is longer than the limit.
    expect(named(`${'x'.repeat(79)}👩‍💻 laptop`)).toEqual(ok('x'.repeat(79)));
    expect(named(`e${'\u0301'.repeat(200)}`)).toEqual(ok(`e${'\u0301'.repeat(79)}`));
  });

  it('removes control and direction characters, and refuses no name', () => {
    const removed = [
      0x00, 0x07, 0x09, 0x0a, 0x0d, 0x1b, 0x7f, 0x85, 0xad, 0x061c, 0x200b, 0x200e, 0x200f, 0x2028, 0x2029,
    ];
    removed.push(
      0x202a,
      0x202b,
      0x202c,
      0x202d,
      0x202e,
      0x2060,
      0x2066,
      0x2067,
      0x2068,
      0x2069,
      0xfeff,
      0xfff9,
      0xe0041,
    );
    for (const point of removed) {
      const space = /[\t\n\r\u0085\u2028\u2029]/.test(String.fromCodePoint(point)) ? ' ' : '';
      expect(named(`My${String.fromCodePoint(point)}phone`), point.toString(16)).toEqual(
        ok(`My${space}phone`),
      );
    }
    for (const half of ['\u{d83d}', '\u{dc2f}', '\u{dc2f}\u{d83d}'])
      expect(named(`My ${half} phone`)).toEqual(ok('My  phone'));
  });

  it('never throws, and returns a name that stays the same when it is parsed again', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 90 }), (name) => {
        const parsed = named(name);
        expect(named(parsed.name)).toEqual(parsed);
        expect(parsed.name ?? '').not.toMatch(/[\p{Cc}\p{Cs}\u2028-\u202e\u2066-\u2069]/u);
      }),
      { numRuns: 300 },
    );
  });
});
