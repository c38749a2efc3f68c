import { describe, expect, test } from 'vitest';

import { createClientIp, plainIp } from '../../src/http/clientIp.js';
import { post, serve } from './harness.js';

const headers = (forwarded?: string) => (forwarded === undefined ? {} : { 'x-forwarded-for': forwarded });

describe('without a trusted proxy, X-Forwarded-For is ignored', () => {
  const clientIp = createClientIp(0);
  test.each([
    ['192.0.2.1', undefined, '192.0.2.1'],
    ['192.0.2.1', '198.51.100.1', '192.0.2.1'],
  ])('from %s with X-Forwarded-For: %s the IP is %s', (remote, forwarded, ip) => {
    expect(clientIp(remote, headers(forwarded))).toBe(ip);
  });
});

describe('with a number of trusted proxies, the entry that the outermost of them has added counts', () => {
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
  ])('%i, X-Forwarded-For: %s: the IP is %s', (proxies, forwarded, ip) => {
    expect(createClientIp(proxies)('10.0.0.9', headers(forwarded))).toBe(ip);
  });
});

describe('with networks of trusted proxies, the last entry outside of them counts', () => {
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
  ])('%o, from %s with X-Forwarded-For: %s: the IP is %s', (networks, remote, forwarded, ip) => {
    expect(createClientIp(networks)(plainIp(remote), headers(forwarded))).toBe(ip);
  });
});

describe('a request through a proxy that is not trusted', () => {
  test.each([
    [0, '10.0.0.9', true],
    [0, '172.17.0.1', true],
    [0, '127.0.0.1', true],
    [0, 'fd00::1', true],
    [['10.0.0.0/8'], '192.168.1.1', true],
    [0, '203.0.113.1', false],
    [1, '10.0.0.9', false],
    [['10.0.0.0/8'], '10.0.0.9', false],
  ])('with TRUST_PROXY=%o from %s is reported: %s', (trusted, remote, isReported) => {
    for (const name of ['x-forwarded-for', 'forwarded']) {
      const seen: string[] = [];
      const clientIp = createClientIp(trusted, (ip) => seen.push(ip));
      clientIp(remote, { [name]: '198.51.100.1' });
      expect(seen).toEqual(isReported ? [remote] : []);
    }
    const seen: string[] = [];
    createClientIp(trusted, (ip) => seen.push(ip))(remote, {});
    expect(seen).toEqual([]);
  });

  test('causes one warning', async () => {
    const { url, lines } = await serve();
    for (let times = 0; times < 3; times += 1)
      await post(url, '{}', { 'x-forwarded-for': '198.51.100.1', forwarded: 'for=198.51.100.1' });
    const warnings = lines.filter(({ level }) => level === 40).map(({ msg }) => String(msg));
    expect(warnings).toEqual([
      expect.stringMatching(/^TRUST_PROXY: .* 127\.0\.0\.1 .*all clients count as one/),
    ]);
  });
});
