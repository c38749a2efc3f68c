import { describe, expect, it } from 'vitest';

import { plainName } from '../../src/mail/templates.js';
import { knownProgram } from '../../src/mail/userAgent.js';

describe('text of a client in a mail', () => {
  it.each([
    ['Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', 'Firefox on Linux'],
    ['Your account is locked, call 0900 or see https://evil.example/ now', null],
    ['https://evil.example/x (you must pay) Chrome/1', 'Chrome'],
    ['', null],
    [null, null],
  ])('keeps only known program names of a user agent: %j', (userAgent, expected) => {
    expect(knownProgram(userAgent)).toBe(expected);
  });

  it.each([
    ['Anna’s 📱 Pixel 9', 'Anna s Pixel 9'],
    ['虎符 नमस्ते', '虎符 नमस्ते'],
    ['https://evil.example/pay?now=1', 'https evil example pay now 1'],
    ['evil⒈com\nFrom: the bank', 'evil1 com From the bank'],
    ['\u202e!!!', null],
    ['x'.repeat(500), 'x'.repeat(40)],
    [null, null],
  ])('keeps only letters, digits and spaces of a device name: %j', (name, expected) => {
    expect(plainName(name)).toBe(expected);
  });
});
