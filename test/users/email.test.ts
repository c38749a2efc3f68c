// E-mails as users type them: which are accepted, and which spellings are one e-mail.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { mailboxOf, parseEmail } from '../../src/users/email.js';

const keyOf = (raw: string) => {
  const parsed = parseEmail(raw);
  return parsed.kind === 'ok' ? parsed.key : null;
};

/** Every message that a refused e-mail can get. */
const messages = new Set([
  'Enter an e-mail address.',
  'An e-mail address has at most 254 characters.',
  'An e-mail address has no spaces inside, and no characters that cannot be seen.',
  'An e-mail address is a name, one @ and a domain, such as ada@example.com.',
  'The part of the e-mail address before the @ has a character or a dot that cannot stand there.',
  'The part of the e-mail address before the @ is longer than 64 bytes.',
  'The part of the e-mail address after the @ is not a domain, such as example.com.',
]);

describe('parseEmail', () => {
  it('keeps the e-mail as typed, beside its key', () => {
    const emails: readonly (readonly [string, string])[] = [
      ['ada@example.com', 'ada@example.com'],
      ['Ada.Lovelace+Maths@Example.COM', 'ada.lovelace+maths@example.com'],
      ["o'brien!#$%&*/=?^_`{|}~-@sub.domain.example", "o'brien!#$%&*/=?^_`{|}~-@sub.domain.example"],
      ['a@b.c', 'a@b.c'],
      ['1@2.three', '1@2.three'],
      ['用户@例子.广告', '用户@xn--fsqu00a.xn--4rr70v'],
      ['Ελένη@Παράδειγμα.gr', 'ελένη@xn--hxajbheg2az3al.gr'],
      ['अजय@डाटा.भारत', 'अजय@xn--c2bd1gb.xn--h2brj9c'],
      ['ada@xn--bcher-kva.example', 'ada@xn--bcher-kva.example'],
      ['🐯@example.com', '🐯@example.com'],
    ];
    for (const [typed, key] of emails) {
      expect(parseEmail(typed), typed).toEqual({ kind: 'ok', email: typed, key });
      expect(parseEmail(` \t${typed}\u00a0\n`), typed).toEqual({ kind: 'ok', email: typed, key });
    }
  });

  it('gives all spellings of an e-mail one key', () => {
    const spellings: readonly (readonly string[])[] = [
      [
        'ada@example.com',
        'ADA@EXAMPLE.COM',
        'ａｄａ＠ｅｘａｍｐｌｅ．ｃｏｍ',
        'ⓐda@example.com',
        '𝐚𝐝𝐚@example.com',
        'ada﹫example.com',
      ],
      ['josé@example.com', 'jose\u0301@example.com', 'JOSÉ@example.com', 'JOSE\u0301@example.com'],
      // Lower-casing produces two characters that NFKC composes into one.
      ['ǰ@example.com', 'j\u030c@example.com', 'J\u030c@example.com'],
      ['i\u0307da@example.com', '\u0130da@example.com', 'İda@example.com'],
      ['ọ\u0302@example.com', 'o\u0302\u0323@example.com', 'O\u0323\u0302@example.com', 'Ộ@example.com'],
      ['ﬁ@example.com', 'fi@example.com', 'FI@example.com'],
      // The lower-case form of a sigma depends on the next character.
      ['οδος@example.com', 'ΟΔΟΣ@example.com', 'οδοσ@example.com'],
      ['οδος.α@example.com', 'ΟΔΟΣ.Α@example.com'],
      ['K@example.com', '\u212a@example.com', 'k@example.com'],
      // A domain has two spellings and several dots, and may end with the dot of the root.
      [
        'ada@bücher.example',
        'ada@xn--bcher-kva.example',
        'ADA@BÜCHER.EXAMPLE',
        'ada@XN--BCHER-KVA.Example',
        'ada@bu\u0308cher.example',
        'ada@bücher.example.',
        'ada@ｂücher．ｅｘａｍｐｌｅ．',
        'ada@bücher。example。',
        'ada@xn--bcher-kva｡example',
      ],
      ['ada@straße.example', 'ada@STRAẞE.example', 'ada@xn--strae-oqa.example'],
      ['ada@οδος.example', 'ada@ΟΔΟΣ.example', 'ada@οδοσ.example', mailboxOf('ada@οδος.example')],
    ];
    for (const group of spellings) {
      const keys = group.map(keyOf);
      expect(keys[0]).not.toBeNull();
      expect(new Set(keys).size, group.join(' ')).toBe(1);
    }
  });

  it('keeps e-mails apart that only their provider could know to be one mailbox', () => {
    const others = [
      'ada@example.com',
      'a.da@example.com',
      'ada+x@example.com',
      'аda@example.com',
      'ada@example.org',
      'ada@mail.example.com',
      // Registries sell these as two domains.
      'ada@strasse.example',
      'ada@straße.example',
    ];
    expect(new Set(others.map(keyOf)).size).toBe(others.length);
  });

  it('accepts at most 254 octets, with the domain in ASCII', () => {
    const tooLong = { kind: 'invalid', message: 'An e-mail address has at most 254 characters.' };
    const name = 'x'.repeat(64);
    const domain = (length: number) => `${'d.'.repeat(93)}${'e'.repeat(length - 187)}.`;
    expect(parseEmail(`${name}@${domain(190)}`).kind).toBe('ok');
    expect(parseEmail(`${name}@${domain(191)}`)).toEqual(tooLong);
    // In ASCII the domain is 59 characters longer than as typed.
    expect(parseEmail(`${name}@${'ü.'.repeat(10)}${'d.'.repeat(40)}com`).kind).toBe('ok');
    expect(parseEmail(`${name}@${'ü.'.repeat(30)}com`)).toEqual(tooLong);
    expect(parseEmail(`${' '.repeat(300)}ada@example.com`).kind).toBe('ok');
  });

  it('accepts at most 64 octets before the @, both as typed and in the key', () => {
    const tooLong = {
      kind: 'invalid',
      message: 'The part of the e-mail address before the @ is longer than 64 bytes.',
    };
    const fitting = [
      ['x', 64],
      ['🐯', 16],
      ['é', 32],
      ['e\u0301', 32],
      // Three bytes each, once lower-cased.
      ['İ', 21],
      // Three bytes each as it is mailed to, and two in the key.
      ['ẞ', 21],
    ] as const;
    for (const [unit, count] of fitting) {
      expect(parseEmail(`${unit.repeat(count)}@example.com`).kind, unit).toBe('ok');
      expect(parseEmail(`${unit.repeat(count + 1)}@example.com`), unit).toEqual(tooLong);
    }
  });

  it('refuses 50,000 combining marks quickly, whose normalization would block the server', () => {
    const before = process.cpuUsage();
    expect(parseEmail(`a${'\u0301\u0323'.repeat(25_000)}@example.com`).kind).toBe('invalid');
    // Normalizing them takes over a second.
    expect(process.cpuUsage(before).user).toBeLessThan(500_000);
  });
});

describe('parseEmail of other text', () => {
  it.each([
    ['nothing', ['', ' ', '\n', '\ufeff\u00a0']],
    [
      'no, or no single, @',
      [
        'ada',
        'ada.example.com',
        'ada@@example.com',
        'a@b@example.com',
        '@',
        'ada@',
        '@example.com',
        'ada＠x@example.com',
      ],
    ],
    [
      'white space inside',
      [
        'a da@example.com',
        'ada @example.com',
        'ada@ example.com',
        'ada\u00a0x@example.com',
        'ada\u3000x@example.com',
        '¨ada@example.com',
      ],
    ],
    [
      'another line, as a header would have',
      [
        'ada@example.com\r\nBcc: eve@example.com',
        'ada\n@example.com',
        'ada@example\r.com',
        'a\u2028b@example.com',
        'a\u0085b@example.com',
      ],
    ],
    [
      'control or format characters',
      [
        'ada\0@example.com',
        'a\u007fb@example.com',
        'a\u200bda@example.com',
        'ada@exam\u00adple.com',
        'a\u202eda@example.com',
        'a\ufeffda@example.com',
        'a\u{e0041}da@example.com',
      ],
    ],
    [
      'characters that are not seen',
      [
        'a\u3164da@example.com',
        'a\u2800da@example.com',
        'ada\ufe0f@example.com',
        'a\u034fda@example.com',
        'a\ue000da@example.com',
        'a\u0378da@example.com',
        'a\uffffda@example.com',
      ],
    ],
    ['half of a surrogate pair', ['a\ud83dda@example.com', 'ada@\udc2f.com', '\ud83d']],
    [
      'several emails, a name, or a comment',
      [
        'ada@example.com,eve',
        'ada,eve@example.com',
        'ada;eve@example.com',
        '<ada@example.com>',
        'ada<eve@example.com',
        'ada>@example.com',
        '"ada"@example.com',
        'ada(eve)@example.com',
        'ada[1]@example.com',
        'a:da@example.com',
        'a\\da@example.com',
        'mailto:ada@example.com',
        'ada，eve@example.com',
        'ada＜eve@example.com',
        'ada\u037eeve@example.com',
      ],
    ],
    [
      'a dot where none can be',
      [
        '.ada@example.com',
        'ada.@example.com',
        'a..da@example.com',
        'a‥da@example.com',
        'ada@.example.com',
        'ada@example.com..',
        'ada@example。。com',
        'ada@example..com',
        'ada@.',
        '.@example.com',
      ],
    ],
    [
      'no domain',
      [
        'ada@localhost',
        'ada@-example.com',
        'ada@example-.com',
        'ada@exa_mple.com',
        'ada@exam!ple.com',
        'ada@example.com:25',
        'ada@example.com/x',
        'ada@xn--a.com',
        'ada@xn--a-.com',
        'ada@xn--0000h.com',
        'ada@XN--ab-j1t.com',
        'ada@xn--a-ecp.ru',
        'ada@xn--a.bücher.example',
        'ada@\u0301a.com',
        'ada@[127.0.0.1]',
        'ada@[IPv6:::1]',
        'ada@127.0.0.1',
        'ada@1.2',
        'ada@0x7f.1',
        'ada@example.123',
        `ada@${'x'.repeat(64)}.com`,
        `ada@${'ü'.repeat(60)}.com`,
        `a@${'x.'.repeat(124)}${'ü'.repeat(3)}`,
        'ada@xn--bcher-kva',
        'ada@xn--.example',
        'ada@example.com%2e',
      ],
    ],
  ])('is refused: %s', (_what, emails) => {
    for (const text of emails) {
      const parsed = parseEmail(text);
      expect(parsed.kind, JSON.stringify(text)).toBe('invalid');
      expect(messages, JSON.stringify(text)).toContain(parsed.kind === 'invalid' && parsed.message);
    }
  });

  it('refuses every character that could break a mail header or is invisible', () => {
    const harmful = /[\p{C}\p{Z}\s,;:<>()[\]"\\@]/u;
    const taken = { local: 0, domain: 0 };
    const harm: string[] = [];
    for (let point = 0; point < 0xe0200; point++) {
      // Skips ideographs and unassigned code points, up to the tags and variation selectors.
      if (point === 0x20000) point = 0xe0000;
      const character = String.fromCodePoint(point);
      const local = parseEmail(`a${character}b@example.com`);
      const domain = parseEmail(`ada@a${character}b.com`);
      if (local.kind === 'ok') taken.local++;
      if (domain.kind === 'ok') taken.domain++;
      for (const parsed of [local, domain]) {
        if (parsed.kind === 'invalid') continue;
        if (harmful.test(character) || harmful.test(parsed.key.replace('@', '')))
          harm.push(point.toString(16));
        if (keyOf(parsed.key) !== parsed.key) harm.push(`${point.toString(16)} has no key of its own`);
      }
    }
    expect(harm).toEqual([]);
    expect(taken.local).toBeGreaterThan(taken.domain);
    expect(taken.domain).toBeGreaterThan(50_000);
  });
});

describe('parseEmail of random text', () => {
  // Close enough to an e-mail to pass the first rules, with characters that change with case or normalization form.
  const tricky = fc.constantFrom(
    'a',
    'A',
    '.',
    '-',
    '@',
    'İ',
    'ǰ',
    'J',
    '\u030c',
    '\u0307',
    '\u0323',
    'ß',
    'ẞ',
    'Σ',
    'ﬀ',
    'ª',
    'Ⅷ',
    '℡',
    '１',
    'ﷺ',
    'ｶ',
    'ﾞ',
    '각',
    '\u1100',
    '\u1161',
  );
  const part = fc.oneof(
    fc.string({ unit: tricky, minLength: 1, maxLength: 12 }),
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }),
  );
  const email = fc
    .tuple(part, part, fc.constantFrom('com', 'COM', 'рф', 'ＣＯＭ'))
    .map(([local, name, top]) => `${local}@${name}.${top}`);
  const text = fc.oneof(email, part, fc.string({ unit: 'binary' }));

  it('never throws, and the key of a key is the key itself', () => {
    let taken = 0;
    fc.assert(
      fc.property(text, (raw) => {
        const parsed = parseEmail(raw);
        if (parsed.kind === 'invalid') {
          expect(messages).toContain(parsed.message);
          return;
        }
        taken++;
        expect(parsed.email).toBe(raw.trim());
        expect(parseEmail(parsed.key)).toEqual({ kind: 'ok', email: parsed.key, key: parsed.key });
        expect(parsed.key).toBe(parsed.key.normalize('NFKC'));
        expect(parsed.key).toBe(parsed.key.toLowerCase());
        // The mailbox that a mail is sent to.
        const [name = '', domain = ''] = mailboxOf(parsed.email).split('@');
        expect(domain).toMatch(/^(?=.{1,253}$)[a-z\d-]{1,63}(?:\.[a-z\d-]{1,63})+$/);
        expect(Buffer.byteLength(name)).toBeLessThanOrEqual(64);
        expect(keyOf(`${name}@${domain}`)).toBe(parsed.key);
      }),
      { numRuns: 2_000 },
    );
    expect(taken).toBeGreaterThan(100);
  });

  it('gives other spellings the same key', () => {
    const respelled = fc.constantFrom(
      (raw: string) => raw.normalize('NFC'),
      (raw: string) => raw.normalize('NFD'),
      (raw: string) => raw.normalize('NFKC'),
      (raw: string) => raw.normalize('NFKD'),
      (raw: string) => raw.toLowerCase(),
      (raw: string) => ` ${raw}\n`,
      (raw: string) => `${raw}.`,
      (raw: string) => raw.replace(/(?<=@.*)\./gu, '。'),
      mailboxOf,
    );
    fc.assert(
      fc.property(email, respelled, (raw, respell) => {
        fc.pre(raw.trim() === raw && keyOf(raw) !== null);
        expect(keyOf(respell(raw))).toBe(keyOf(raw));
      }),
      { numRuns: 500 },
    );
  });
});
