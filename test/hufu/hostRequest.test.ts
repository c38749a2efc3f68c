// The client of a host's request, by whatever the host's server knows of it.

import { describe, expect, test } from 'vitest';

import { createRequestReader, type HostRequest, type KnownOfRequest } from '../../src/hufu/hostRequest.js';

const overNode = (remoteAddress: string, headers = {}) =>
  ({ headers, rawHeaders: [], socket: { remoteAddress, destroyed: false } }) as unknown as HostRequest;
const overFetch = (headers = {}): HostRequest => ({ headers: new Headers(headers) });

const forwarded = { 'x-forwarded-for': '203.0.113.9, 198.51.100.7' };

describe("HUFU-61 a client's IP", () => {
  const ipOf = (request: HostRequest, known?: KnownOfRequest, trustProxy: number | string[] = 0) =>
    createRequestReader(trustProxy)(request, known).clientInfo.ip;

  test('MUST be the one that the host knows, without its port, and never a text that is none', () => {
    for (const request of [overNode('192.0.2.1'), overFetch()]) {
      expect(ipOf(request, { ip: '198.51.100.7:4711' })).toBe('198.51.100.7');
      expect(ipOf(request, { ip: '[2001:db8::1]:4711' })).toBe('2001:db8::1');
      expect(ipOf(request, { ip: '::ffff:198.51.100.7' })).toBe('198.51.100.7');
    }
    for (const ip of ['unknown', '', '198.51.100.7, 192.0.2.9', null]) {
      expect(ipOf(overNode('192.0.2.1'), { ip })).toBe('192.0.2.1');
      expect(ipOf(overFetch(), { ip })).toBeNull();
    }
  });

  test('MUST be the one that counted proxies name, of a request of Fetch as well', () => {
    for (const request of [overNode('10.0.0.1', forwarded), overFetch(forwarded)]) {
      expect(ipOf(request, {}, 1)).toBe('198.51.100.7');
      expect(ipOf(request, {}, 2)).toBe('203.0.113.9');
    }
    // Whether the connection is from a proxy in the networks, a request of Fetch does not tell.
    expect(ipOf(overFetch(forwarded), {}, ['10.0.0.0/8'])).toBeNull();
    expect(ipOf(overFetch(forwarded))).toBeNull();
    expect(ipOf(overFetch(), {}, 1)).toBeNull();
    expect(ipOf(overFetch({ 'x-forwarded-for': 'unknown' }), {}, 1)).toBeNull();
  });

  test('MUST be asked for once where no request tells it', () => {
    const warnings: string[] = [];
    const read = () => createRequestReader(0, (what) => warnings.push(what));
    const told = read();
    told(overNode('192.0.2.1'));
    told(overFetch(), { ip: '198.51.100.7' });
    expect(warnings).toEqual([]);
    told(overFetch());
    told(overFetch());
    read()(overNode('10.0.0.1', forwarded));
    expect(warnings.map((line) => line.split(', so all clients count as one. ', 1)[0])).toEqual([
      'http.trustProxy: a request of Fetch does not say which IP it is from',
      'http.trustProxy: the proxy at 10.0.0.1 is not trusted',
    ]);
  });
});
