// The documents that the node remembers, in bounded memory: the least recently used one makes room. Apollo Server uses
// both stores as key-value caches.

import { type DocumentNode } from 'graphql';
import { LRUCache } from 'lru-cache';

/** Apollo Server's interface; it gives times to live in seconds. */
interface Store<V> {
  get(key: string): Promise<V | undefined>;
  set(key: string, value: V, options?: { ttl?: number | null }): Promise<void>;
  delete(key: string): Promise<boolean>;
}

/**
 * Characters of all parsed documents together. A parsed document takes some 90 bytes for each character, and 270 if it was
 * written to do so: at most some 70 MB, whatever clients send.
 */
const maxParsedCharacters = 262_144;

/** Characters of the texts that clients have registered under their hash. */
const maxRegisteredCharacters = 4_194_304;

/** Added for each text: its hash and its entry take more room than a short text. Otherwise half a million would fit. */
const charactersOfEntry = 256;

/** Documents that are parsed and validated, by the hash of their text. */
export function parsedDocuments(): Store<DocumentNode> {
  return store(maxParsedCharacters, (document) => document.loc?.source.body.length ?? maxParsedCharacters);
}

/** Texts of automatic persisted queries, by their SHA-256. Apollo Server registers valid documents only. */
export function registeredDocuments(): Store<string> {
  return store(maxRegisteredCharacters, (text) => charactersOfEntry + text.length);
}

/** A store in which nothing can be registered or found. */
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
