// TOTP codes: those of RFC 6238 and of another implementation, as users type them.

import fc from 'fast-check';
import { Secret, TOTP, URI } from 'otpauth';
import { describe, expect, it } from 'vitest';

import { hashRecoveryCode, newRecoveryCodes, parseRecoveryCode } from '../../src/auth/factors/codes.js';
import { base32, findStep, newSeed, parseTotp, totpCode, totpUri } from '../../src/auth/factors/totp.js';

const moments = fc.date({
  min: new Date('1970-01-02T00:00:00Z'),
  max: new Date('2100-01-01T00:00:00Z'),
  noInvalidDate: true,
});
const seeds = fc.uint8Array({ minLength: 20, maxLength: 20 });
const stepOf = (at: Date) => Math.floor(at.getTime() / 30_000);

describe('TOTP-01 a TOTP code', () => {
  it.each([
    [59, '287082'],
    [1_111_111_109, '081804'],
    [1_111_111_111, '050471'],
    [1_234_567_890, '005924'],
    [2_000_000_000, '279037'],
    [20_000_000_000, '353130'],
  ])('MUST be that of RFC 6238, appendix B, at %i s', (seconds, code) => {
    const seed = Buffer.from('12345678901234567890');
    expect(totpCode(seed, Math.floor(seconds / 30))).toBe(code);
  });

  it('MUST equal that of another implementation, which reads the enrolment URI', () => {
    fc.assert(
      fc.property(seeds, moments, fc.string(), fc.string(), (seed, at, issuer, account) => {
        const named = [issuer, account].map(
          (text) => text.replaceAll(/[:%]/g, '').toWellFormed().trim() || 'x',
        );
        const app = URI.parse(totpUri(seed, named[0] ?? '', named[1] ?? ''));
        if (!(app instanceof TOTP)) throw new Error('the URI is of another kind');
        expect(app).toMatchObject({ issuer: named[0], label: named[1], digits: 6, period: 30 });
        expect(app.generate({ timestamp: at.getTime() })).toBe(totpCode(seed, stepOf(at)));
        expect(Secret.fromBase32(base32(seed)).bytes).toEqual(new Uint8Array(seed));
      }),
    );
  });

  it('MUST be accepted one step early and one step late, and not again', () => {
    fc.assert(
      fc.property(seeds, moments, fc.integer({ min: -4, max: 4 }), (seed, at, offset) => {
        const step = stepOf(at) + offset;
        const code = totpCode(seed, step);
        const found = findStep(seed, code, at, 0);
        const isNear = Math.abs(offset) <= 1;
        // Another step may have the same code by chance.
        const others = [-1, 0, 1].filter((one) => totpCode(seed, stepOf(at) + one) === code);
        expect(found !== null).toBe(isNear || others.length > 0);
        if (found !== null && others.length === 1) expect(findStep(seed, code, at, found)).toBeNull();
      }),
    );
  });

  it('MUST have a seed of 160 bits', () => {
    expect(newSeed()).toHaveLength(20);
    expect(newSeed()).not.toEqual(newSeed());
  });
});

describe('TOTP-02 text that a user types', () => {
  it.each([
    '123456',
    '123 456',
    ' 123-456 ',
    '123\u2013456',
    '\u200e123\u00a0456\u200f',
    '１２３４５６',
    '١٢٣٤٥٦',
    '۱۲۳۴۵۶',
    '1２٣۴5 6\n',
  ])('MUST be read as the code 123456: %j', (typed) => {
    expect(parseTotp(typed)).toBe('123456');
  });

  it.each(['', '12345', '1234567', '12345a', '123.456', '+123456', '12345６7', '0x1234'])(
    'MUST be refused when it is no code: %j',
    (typed) => {
      expect(parseTotp(typed)).toBeNull();
    },
  );

  it('MUST be read as six digits or null, without an error', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (typed) => {
        expect(parseTotp(typed) ?? '000000').toMatch(/^\d{6}$/);
        expect(parseRecoveryCode(typed) ?? '0'.repeat(25)).toMatch(/^[0-9A-Z]{25}$/);
      }),
    );
  });
});

describe('TOTP-03 recovery codes', () => {
  it('MUST be ten different codes of 125 bits', () => {
    const codes = newRecoveryCodes();
    expect(new Set(codes).size).toBe(10);
    for (const code of codes) expect(code).toMatch(/^(?:[0-9A-HJKMNP-TV-Z]{5}-){4}[0-9A-HJKMNP-TV-Z]{5}$/);
  });

  it('MUST be read as users copy them from paper', () => {
    fc.assert(
      fc.property(fc.constantFrom(...newRecoveryCodes()), fc.infiniteStream(fc.nat(3)), (code, choices) => {
        const typed = Array.from(code, (character) => {
          const choice = Number(choices.next().value);
          if (character === '-') return ['-', ' ', '', '\u2013'][choice];
          if (choice === 0) return character.toLowerCase();
          if (choice === 1) return { '0': 'O', '1': 'l' }[character] ?? character;
          return character;
        }).join('');
        expect(hashRecoveryCode(parseRecoveryCode(typed) ?? '')).toBe(hashRecoveryCode(code));
      }),
    );
    expect(parseRecoveryCode('U'.repeat(25))).toBeNull();
    expect(parseRecoveryCode('0'.repeat(24))).toBeNull();
  });
});
