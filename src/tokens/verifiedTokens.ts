// Tokens whose signature was verified lately, so that a client's next request costs no HMAC. They are found by the
// whole token, so that no other can be mistaken for one; only claims are kept, and only of genuine tokens.

import { LRUCache } from 'lru-cache';

export interface VerifiedTokens<Claims> {
  /** The claims of a token that was verified before; undefined when it must be verified (again). */
  find(token: string): Claims | undefined;
  add(token: string, claims: Claims): void;
  remove(token: string): void;
}

/** What a cache may hold; beyond it, what was used longest ago goes. */
export interface VerifiedTokensBounds {
  readonly maxTokens: number;
  readonly maxBytes: number;
}

export const defaultBounds: VerifiedTokensBounds = { maxTokens: 10_000, maxBytes: 8 * 1_024 * 1_024 };

/** About what an entry takes besides the token's own text, in bytes. */
const entryBytes = 400;

/** Makes an empty cache. One is made for each keyring, so that none outlives a rotation of the keys. */
export function createVerifiedTokens<Claims extends object>(
  bounds: VerifiedTokensBounds,
): VerifiedTokens<Claims> {
  const cache = new LRUCache<string, Claims>({
    max: bounds.maxTokens,
    maxSize: bounds.maxBytes,
    sizeCalculation: (_claims, token) => token.length + entryBytes,
  });
  return {
    find: (token) => cache.get(token),
    add(token, claims) {
      cache.set(token, claims);
    },
    remove(token) {
      cache.delete(token);
    },
  };
}
