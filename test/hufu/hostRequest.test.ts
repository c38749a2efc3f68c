// The client's IP of a request that a host's server has read.

import { describe, expect, test } from 'vitest';

import { createRequestReader, type HostRequest, type KnownOfRequest } from '../../src/hufu/hostRequest.js';

const overNode = (remoteAddress: string | undefined, headers = {}) =>
  ({ headers, rawHeaders: [], socket: { remoteAddress, destroyed: false } }) as unknown as HostRequest;
const overFetch = (headers = {}): HostRequest => ({ headers: new Headers(headers) });

const forwarded = { 'x-forwarded-for': '203.0.113.9, 198.51.100.7' };

test('HUFU-73 a request of any framework MUST be read', () => {
  const headers = { authorization: 'Bearer a.b.c', 'user-agent': 'Firefox' };
  const rawHeaders = Object.entries(headers).flat();
  const node = { headers, rawHeaders, socket: { remoteAddress: '192.0.2.1', destroyed: false } };
  const fetched = new Request('http://localhost/graphql', { headers });
  // Requests of frameworks have headers of their own beside the platform's request, and Hono's has none.
  const koa = { headers, socket: node.socket, req: node, get: (name: string) => name };
  const fastify = { headers, socket: node.socket, raw: node };
  const hono = { header: (name: string) => name, raw: fetched };
  for (const request of [node, fetched, koa, { ...koa, request: koa }, fastify, hono])
    expect(createRequestReader(0)(request as unknown as HostRequest)).toMatchObject({
      bearer: 'a.b.c',
      clientInfo: { userAgent: 'Firefox', ip: request === fetched || request === hono ? null : '192.0.2.1' },
    });
});

describe("HUFU-61 a client's IP", () => {
  const ipOf = (request: HostRequest, known?: KnownOfRequest, trustProxy: number | string[] = 0) =>
    createRequestReader(trustProxy)(request, known).clientInfo.ip;

  test('MUST be the IP that the host gives, without its port, and never another text', () => {
    for (const request of [overNode('192.0.2.1'), overFetch()]) {
      expect(ipOf(request, { ip: '198.51.100.7:4711' })).toBe('198.51.100.7');
      expect(ipOf(request, { ip: '[2001:db8::1]:4711' })).toBe('2001:db8::1');
      expect(ipOf(request, { ip: '::ffff:198.51.100.7' })).toBe('198.51.100.7');
    }
    // A host without types may pass anything.
    for (const ip of ['unknown', '', '198.51.100.7, 192.0.2.9', null, 7, ['198.51.100.7']]) {
      const known = { ip } as KnownOfRequest;
      expect(ipOf(overNode('192.0.2.1'), known)).toBe('192.0.2.1');
      expect(ipOf(overFetch(), known)).toBeNull();
    }
    expect(createRequestReader(0)(overNode('192.0.2.1'), null).clientInfo.ip).toBe('192.0.2.1');
  });

  test('MUST be the IP that the counted proxies name, for a Fetch request as well', () => {
    // A proxy on this machine may connect over a Unix socket, which has no IP; an adapter may write any text.
    const unnamed = [overNode(undefined, forwarded), overNode('', forwarded), overNode('a proxy', forwarded)];
    for (const request of [overNode('10.0.0.1', forwarded), overFetch(forwarded), ...unnamed]) {
      expect(ipOf(request, {}, 1)).toBe('198.51.100.7');
      expect(ipOf(request, {}, 2)).toBe('203.0.113.9');
    }
    // These requests do not tell whether the connection is from a trusted network.
    for (const request of [overFetch(forwarded), ...unnamed]) {
      expect(ipOf(request, {}, ['10.0.0.0/8'])).toBeNull();
      expect(ipOf(request)).toBeNull();
    }
    expect(ipOf(overFetch(), {}, 1)).toBeNull();
    expect(ipOf(overFetch({ 'x-forwarded-for': 'unknown' }), {}, 1)).toBeNull();
  });

  test('MUST be an error with the remedy when a host passes no request', () => {
    const socket = { remoteAddress: '192.0.2.1' };
    const wrong = [null, 'a secret', {}, { headers: {} }, { headers: null, rawHeaders: [], socket }];
    for (const given of [...wrong, { headers: {}, rawHeaders: [], socket: null }])
      expect(() => createRequestReader(0)(given as unknown as HostRequest)).toThrow(
        "hufu.context() takes the server's request",
      );
  });

  test('MUST be missed with one warning per Hufu when no request tells it', () => {
    const warnings: string[] = [];
    const read = () => createRequestReader(0, (what) => warnings.push(what));
    const reader = read();
    reader(overNode('192.0.2.1'));
    reader(overFetch(), { ip: '198.51.100.7' });
    expect(warnings).toEqual([]);
    reader(overFetch());
    reader(overFetch());
    read()(overNode('10.0.0.1', forwarded));
    expect(warnings.map((line) => line.split(', so all clients count as one. ', 1)[0])).toEqual([
      'http.trustProxy: a request of Fetch does not say which IP it is from',
      'http.trustProxy: the proxy at 10.0.0.1 is not trusted',
    ]);
  });
});
