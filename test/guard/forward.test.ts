// The headers that the guard passes on, to the server behind and to the client.

import { describe, expect, it } from 'vitest';

import { withoutHop } from '../../src/guard/forward.js';

describe('GUARD-13 headers that belong to one connection', () => {
  it('MUST NOT be passed on, nor those that `connection` names (RFC 9110, 7.6.1)', () => {
    const headers = {
      connection: 'keep-alive, X-Session-Hint,  x-other',
      'keep-alive': 'timeout=5',
      te: 'trailers',
      'x-session-hint': 'a',
      'x-other': ['b', 'c'],
      accept: '*/*',
      cookie: undefined,
    };
    expect(withoutHop(headers)).toEqual({ accept: '*/*' });
  });

  it('MUST keep content-length although `connection` names it, so that no body is read as the next request', () => {
    const headers = { connection: 'Content-Length', 'content-length': '30', 'x-kept': '1' };
    expect(withoutHop(headers)).toEqual({ 'content-length': '30', 'x-kept': '1' });
  });
});
