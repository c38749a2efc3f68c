import { describe, expect, test } from 'vitest';

import { createClientIp, plainIp } from '../../src/http/clientIp.js';
import { post, serve } from './harness.js';

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

describe('proxies are believed by their networks', () => {
  test.each([
    [['10.0.0.0/8'], '10.0.0.9', '198.51.100.1', '198.51.100.1'],
    [['10.0.0.0/8'], '10.0.0.9', '203.0.113.66, 198.51.100.1', '198.51.100.1'],
    [['10.0.0.0/8'], '10.0.0.9', '203.0.113.66, 198.51.100.1, 10.1.1.1, 10.2.2.2', '198.51.100.1'],
    [['10.0.0.0/8'], '10.0.0.9', '10.1.1.1', '10.1.1.1'],
    [['10.0.0.0/8'], '192.0.2.1', '198.51.100.1', '192.0.2.1'],
    [['10.0.0.0/8'], '::ffff:10.0.0.9', '198.51.100.1', '198.51.100.1'],
    [['::ffff:10.0.0.0/104'], '10.0.0.9', '198.51.100.1', '198.51.100.1'],
    [['192.0.2.1'], '192.0.2.1', '198.51.100.1', '198.51.100.1'],
    [['192.0.2.1'], '192.0.2.2', '198.51.100.1', '192.0.2.2'],
    [['fd00::/8', '10.0.0.0/8'], 'fd12::1', '198.51.100.1, 10.0.0.1', '198.51.100.1'],
    [['fd00::/8'], 'fd12::1', '2001:DB8:0::1', '2001:db8::1'],
    [['10.0.0.0/8'], '10.0.0.9', 'nonsense, 10.0.0.1', '10.0.0.1'],
    [['10.0.0.0/8'], '10.0.0.9', undefined, '10.0.0.9'],
  ])('%o: %s says %s: %s', (networks, remote, forwarded, ip) => {
    expect(
      createClientIp(networks)(
        plainIp(remote),
        forwarded === undefined ? {} : { 'x-forwarded-for': forwarded },
      ),
    ).toBe(ip);
  });
});

describe('a proxy that is not trusted', () => {
  test.each([
    [0, '10.0.0.9', true],
    [0, '172.17.0.1', true],
    [0, '127.0.0.1', true],
    [0, 'fd00::1', true],
    [['10.0.0.0/8'], '192.168.1.1', true],
    [0, '203.0.113.1', false],
    [1, '10.0.0.9', false],
    [['10.0.0.0/8'], '10.0.0.9', false],
  ])('with %o is noticed at %s: %s', (trusted, remote, noticed) => {
    for (const name of ['x-forwarded-for', 'forwarded']) {
      const seen: string[] = [];
      const clientIp = createClientIp(trusted, (ip) => seen.push(ip));
      clientIp(remote, { [name]: '198.51.100.1' });
      expect(seen).toEqual(noticed ? [remote] : []);
    }
    const seen: string[] = [];
    createClientIp(trusted, (ip) => seen.push(ip))(remote, {});
    expect(seen).toEqual([]);
  });

  test('is warned of once', async () => {
    const { url, lines } = await serve();
    for (let times = 0; times < 3; times += 1)
      await post(url, '{}', { 'x-forwarded-for': '198.51.100.1', forwarded: 'for=198.51.100.1' });
    const warnings = lines.filter(({ level }) => level === 40).map(({ msg }) => String(msg));
    expect(warnings).toEqual([
      expect.stringMatching(/^TRUST_PROXY: .* 127\.0\.0\.1 .*all clients count as one/),
    ]);
  });
});
