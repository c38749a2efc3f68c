import { type IncomingMessage } from 'node:http';

import { describe, expect, test } from 'vitest';

import { createClientAddress } from '../../src/http/clientIp.js';

function request(remoteAddress: string | undefined, forwarded?: string): IncomingMessage {
  const headers = forwarded === undefined ? {} : { 'x-forwarded-for': forwarded };
  return { socket: { remoteAddress }, headers } as unknown as IncomingMessage;
}

describe('with no proxy to believe', () => {
  const clientAddress = createClientAddress(0);
  test.each([
    ['192.0.2.1', undefined, '192.0.2.1'],
    ['192.0.2.1', '198.51.100.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '198.51.100.1', '192.0.2.1'],
    [undefined, '198.51.100.1', null],
  ])('%s says %s: %s', (remote, forwarded, address) => {
    expect(clientAddress(request(remote, forwarded))).toBe(address);
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
    expect(createClientAddress(proxies)(request('10.0.0.9', forwarded))).toBe(address);
  });
});
