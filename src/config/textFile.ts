// Files that people write: UTF-8, with or without a byte order mark, and nothing else.

import { readFileSync } from 'node:fs';

/** A byte order mark is dropped by the decoder. */
const utf8 = new TextDecoder('utf-8', { fatal: true });

export type TextFile =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'missing' }
  /** `why` continues the sentence "The file …". */
  | { readonly kind: 'unreadable'; readonly why: string };

/** Never throws for what is wrong with the file. */
export function readTextFile(path: string): TextFile {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    if (code === 'ENOENT') return { kind: 'missing' };
    return { kind: 'unreadable', why: `cannot be read (${code})` };
  }
  try {
    return { kind: 'text', text: utf8.decode(bytes) };
  } catch {
    return { kind: 'unreadable', why: 'is not UTF-8. Save it as UTF-8' };
  }
}
