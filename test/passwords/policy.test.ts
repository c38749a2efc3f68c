// The password policy: which passwords are accepted when they are set, and how any password is normalized.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { checkPassword, normalizePassword } from '../../src/passwords/policy.js';

const email = 'Ada.Lovelace@example.com';
const check = (password: string, minLength = 8, ownEmail = email) =>
  checkPassword(password, { minLength, email: ownEmail });

describe('a new password', () => {
  it('is accepted in any script, with spaces and control characters', async () => {
    const good = [
      'correct horse battery staple',
      'tally-by-half',
      'zqxvkwpj',
      '        x',
      'пароль из трёх слов',
      '虎符虎符令牌之半',
      '🐯'.repeat(7) + '!',
      'line\nbreak\ttab',
      '\u200b zero width \u202e',
      'ada.lovelace@example.org',
    ];
    for (const password of good) expect(await check(password), password).toEqual({ kind: 'ok', password });
  });

  it('needs 8 to 128 code points', async () => {
    const long = Array.from('虎🐯é-9'.repeat(30));
    const ofLength = (length: number) => long.slice(0, length).join('');
    for (const length of [8, 9, 127, 128])
      expect((await check(ofLength(length))).kind, String(length)).toBe('ok');
    for (const length of [0, 1, 7, 129, 130])
      expect((await check(ofLength(length))).kind, String(length)).toBe('weak');
    expect(await check(ofLength(7))).toMatchObject({
      suggestions: ['Use at least 8 characters.', expect.any(String)],
    });
    expect(await check(ofLength(0))).toMatchObject({
      suggestions: ['Use at least 8 characters.', expect.any(String)],
    });
    expect(await check(ofLength(129))).toEqual({
      kind: 'weak',
      suggestions: ['Use at most 128 characters.'],
    });
  });

  it('needs the minimum length of the settings', async () => {
    expect((await check('elevenchars', 12)).kind).toBe('weak');
    expect((await check('twelve chars', 12)).kind).toBe('ok');
  });

  it('is counted and hashed in NFC', async () => {
    const typed = 'e\u0301'.repeat(64) + 'a\u0323\u0302'.repeat(64);
    expect(await check(typed)).toEqual({ kind: 'ok', password: 'é'.repeat(64) + 'ậ'.repeat(64) });
    expect((await check('o\u0302'.repeat(7))).kind).toBe('weak');
    // The longest input: four code points compose each character.
    const longest = '\u03b1\u0313\u0300\u0345\u03c9\u0313\u0300\u0345'.repeat(64);
    expect(normalizePassword(longest)).toEqual({ kind: 'ok', password: 'ᾂᾢ'.repeat(64) });
  });

  it('is refused when it is common, in any case', async () => {
    for (const password of [
      'password',
      'PassWord',
      '12345678',
      'iloveyou',
      'QWERTYUIOP',
      'trustno1',
      'P@ssw0rd',
    ]) {
      expect((await check(password)).kind, password).toBe('weak');
    }
  });

  it('is refused when it is a repetition or a sequence', async () => {
    const plain = [
      'aaaaaaaa',
      'AAAAaaaa',
      '11111111111',
      'abababab',
      'abcabcabcabc',
      'abcdefgh',
      'hgfedcba',
      'STUVWXYZ',
    ];
    plain.push('🐯🐯🐯🐯🐯🐯🐯🐯', '23456789', 'абвгдежз', '\n'.repeat(9));
    for (const password of plain) expect((await check(password)).kind, password).toBe('weak');
    for (const password of ['abcdefgi', 'aaaaaaab', 'acegikmo', 'abcdabcd']) {
      expect((await check(password)).kind, password).toBe('ok');
    }
  });

  it('is refused when it is the e-mail or its part before the @', async () => {
    const own = [
      'Ada.Lovelace@example.com',
      'ada.lovelace@EXAMPLE.COM',
      ' ada.lovelace@example.com ',
      'ADA.LOVELACE',
    ];
    own.push('ａｄａ．ｌｏｖｅｌａｃｅ');
    for (const password of own) {
      expect((await check(password)).kind, password).toBe('weak');
      expect((await check(password, 8, 'grace@example.com')).kind, password).toBe('ok');
    }
  });

  it('is refused when it is a word of its context with digits, signs or substitutions', async () => {
    const rules = { minLength: 8, email, names: ['Tally Desk'] };
    const weak = ['Lovelace1815', '!!lovelace!!', 'L0ve1ace#99', 'adalovelace7', 'Example-2024'];
    weak.push(
      'tallydesk2026!',
      'Desk-Tally-1',
      '2026TallyDesk',
      'welcome1999!',
      '2021password',
      'Sunshine2019',
    );
    for (const password of weak) expect((await checkPassword(password, rules)).kind, password).toBe('weak');
    const good = [
      'lovelace-engine-garden',
      'a desk, a lamp, a year: 2019',
      'purple42otter',
      'zebra-2019-crossing',
    ];
    for (const password of good) expect((await checkPassword(password, rules)).kind, password).toBe('ok');
  });

  it('is never repeated in the suggestions', async () => {
    for (const password of ['password', 'ada.lovelace', 'x', 'aaaaaaaa', 'xyz'.repeat(50)]) {
      const checked = await check(password);
      const suggestions = checked.kind === 'weak' ? checked.suggestions : [];
      expect(suggestions.length).toBeGreaterThan(0);
      for (const suggestion of suggestions) {
        expect(suggestion).toMatch(/^[A-Z].*\.$/);
        if (password !== 'x') expect(suggestion.toLowerCase()).not.toContain(password);
      }
    }
  });
});

describe('any text as a password', () => {
  it('is malformed with a NUL or half of a surrogate pair, at any length', async () => {
    const pair = '🐯';
    const halves = [pair.slice(0, 1), pair.slice(1), pair.slice(1) + pair.slice(0, 1)];
    for (const bad of ['\0', ...halves]) {
      for (const password of [bad, `correct ${bad} horse`, bad.repeat(5_000)]) {
        expect(normalizePassword(password)).toEqual({ kind: 'malformed' });
        expect(await check(password)).toEqual({ kind: 'malformed' });
      }
    }
  });

  it('is accepted at login with 1 to 128 code points, in NFC', () => {
    expect(normalizePassword('')).toEqual({ kind: 'length' });
    expect(normalizePassword('x')).toEqual({ kind: 'ok', password: 'x' });
    expect(normalizePassword('🐯'.repeat(128))).toEqual({ kind: 'ok', password: '🐯'.repeat(128) });
    expect(normalizePassword('x'.repeat(129))).toEqual({ kind: 'length' });
    expect(normalizePassword('e\u0301')).toEqual({ kind: 'ok', password: '\u00e9' });
    expect(normalizePassword(' Spaced ')).toEqual({ kind: 'ok', password: ' Spaced ' });
  });

  it('equals another only when they are canonically equivalent', () => {
    const text = fc.string({ minLength: 1, maxLength: 8, unit: 'grapheme' });
    const form = fc.constantFrom('NFC', 'NFD', 'NFKC', 'NFKD');
    fc.assert(
      fc.property(text, form, (one, otherForm) => {
        const other = one.normalize(otherForm);
        const [first, second] = [normalizePassword(one), normalizePassword(other)];
        fc.pre(first.kind === 'ok' && second.kind === 'ok');
        expect(first.password === second.password).toBe(one.normalize('NFD') === other.normalize('NFD'));
      }),
    );
    // Compatibility equivalents differ: a ligature, a full-width letter, a superscript.
    for (const [one, other] of [
      ['ﬁ', 'fi'],
      ['Ａ', 'A'],
      ['²', '2'],
      ['A', 'a'],
      [' a', 'a'],
    ] as const) {
      expect(normalizePassword(one)).not.toEqual(normalizePassword(other));
    }
  });

  it('is refused quickly with 50,000 combining marks, whose normalization would block the server', () => {
    const marks = 'a' + '\u0301\u0323'.repeat(25_000);
    const before = process.cpuUsage();
    expect(normalizePassword(marks)).toEqual({ kind: 'length' });
    // Normalizing them takes over a second.
    expect(process.cpuUsage(before).user).toBeLessThan(500_000);
  });
});
