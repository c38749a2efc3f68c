// What is remembered of documents, bounded in memory: the oldest goes when there is no more room. Apollo asks both
// as key-value caches.

import { type DocumentNode } from 'graphql';
import { LRUCache } from 'lru-cache';

/** As Apollo wants it; times to live are in seconds there. */
interface Store<V> {
  get(key: string): Promise<V | undefined>;
  set(key: string, value: V, options?: { ttl?: number | null }): Promise<void>;
  delete(key: string): Promise<boolean>;
}

/**
 * Characters of all remembered documents together. A parsed document takes some 90 times as many bytes, and 270 times
 * where it is made for it, so that this is at most some 70 MB, whatever clients send.
 */
const maxParsedCharacters = 262_144;

/** Characters of the texts that clients have registered under their hash. */
const maxRegisteredCharacters = 4_194_304;

/** What a text counts besides: its hash and its place take more than a short one. Else half a million fit in. */
const charactersOfAPlace = 256;

/** Documents that have been parsed and validated, by their text's hash: they need neither again. */
export function parsedDocuments(): Store<DocumentNode> {
  return store(maxParsedCharacters, (document) => document.loc?.source.body.length ?? maxParsedCharacters);
}

/** Texts of automatic persisted queries, by their SHA-256. Apollo registers valid documents only. */
export function registeredDocuments(): Store<string> {
  return store(maxRegisteredCharacters, (text) => charactersOfAPlace + text.length);
}

/** Where nothing can be registered, and nothing is found. */
export const noDocuments: Store<string> = {
  get: () => Promise.resolve(undefined),
  set: () => Promise.resolve(),
  delete: () => Promise.resolve(false),
};

function store<V extends object | string>(maxSize: number, sizeCalculation: (value: V) => number): Store<V> {
  const cache = new LRUCache<string, V>({ maxSize, sizeCalculation });
  return {
    get: (key) => Promise.resolve(cache.get(key)),
    set(key, value) {
      cache.set(key, value);
      return Promise.resolve();
    },
    delete: (key) => Promise.resolve(cache.delete(key)),
  };
}
