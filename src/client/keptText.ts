// A text that a page leaves in a storage of the browser for another page, such as the token of a challenge.

import { storageOf } from './platform.js';

export interface KeptText {
  keep(text: string): void;
  /** Null where nothing is kept. */
  read(): string | null;
  forget(): void;
}

/** Keeps a text in a storage of the browser; in memory where the browser has none or denies it. */
export function keptText(kind: 'localStorage' | 'sessionStorage', key: string): KeptText {
  const storage = storageOf(kind);
  /** What the storage did not take. It lasts as long as the page. */
  let kept: string | null = null;
  return {
    keep(text) {
      kept = storage === null ? text : null;
      try {
        storage?.setItem(key, text);
      } catch {
        kept = text;
      }
    },
    read() {
      try {
        return kept ?? storage?.getItem(key) ?? null;
      } catch {
        return null;
      }
    },
    forget() {
      kept = null;
      try {
        storage?.removeItem(key);
      } catch {
        // Nothing was kept there.
      }
    },
  };
}
