import { describe, expect, test } from 'vitest';

import { createClientIp } from '../../src/http/clientIp.js';

const headers = (forwarded?: string) => (forwarded === undefined ? {} : { 'x-forwarded-for': forwarded });

describe('with no proxy to believe', () => {
  const clientIp = createClientIp(0);
  test.each([
    ['192.0.2.1', undefined, '192.0.2.1'],
    ['192.0.2.1', '198.51.100.1', '192.0.2.1'],
  ])('%s says %s: %s', (remote, forwarded, address) => {
    expect(clientIp(remote, headers(forwarded))).toBe(address);
  });
});

describe('proxies are believed, as many as there are', () => {
  test.each([
    [1, '198.51.100.1', '198.51.100.1'],
    [1, '203.0.113.66, 198.51.100.1', '198.51.100.1'],
    [2, '203.0.113.66, 198.51.100.1 , 10.0.0.1', '198.51.100.1'],
    [2, '198.51.100.1', '198.51.100.1'],
    [1, '198.51.100.1:4711', '198.51.100.1'],
    [1, '[2001:db8::1]:4711', '2001:db8::1'],
    [1, '[2001:db8::1]', '2001:db8::1'],
    [1, '2001:db8::1', '2001:db8::1'],
    [1, '::ffff:198.51.100.1', '198.51.100.1'],
    [1, undefined, '10.0.0.9'],
    [1, '', '10.0.0.9'],
    [1, 'unknown', '10.0.0.9'],
    [2, 'nonsense, 10.0.0.1', '10.0.0.1'],
    [2, '203.0.113.66, nonsense', '10.0.0.9'],
  ])('%i of %s: %s', (proxies, forwarded, address) => {
    expect(createClientIp(proxies)('10.0.0.9', headers(forwarded))).toBe(address);
  });
});
