// The headers that the guard passes on, to the server behind and back.

import { describe, expect, it } from 'vitest';

import { withoutHop } from '../../src/guard/forward.js';

describe('GUARD-13 headers of one connection', () => {
  it('are not passed on, nor those that `connection` names', () => {
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

  it('frame the body still where `connection` names the length, so that it is not read as the next request', () => {
    const headers = { connection: 'Content-Length', 'content-length': '30', 'x-kept': '1' };
    expect(withoutHop(headers)).toEqual({ 'content-length': '30', 'x-kept': '1' });
  });
});
