// Folders and text files, as operators and the node itself make them.

import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

import { systemCode } from './errors.js';

/**
 * Makes a folder and the missing folders above it, for its owner alone. Node's own recursive way never returns where a
 * file system takes no folders, such as `/proc` (Node 20).
 *
 * @throws the file system's error
 */
export function makeFolder(folder: string): void {
  const missing: string[] = [];
  let path = resolve(folder);
  while (!existsSync(path) && path !== dirname(path)) {
    missing.unshift(path);
    path = dirname(path);
  }
  for (const one of missing) {
    try {
      mkdirSync(one, { mode: 0o700 });
    } catch (error) {
      // Another process may have made it meanwhile.
      if (systemCode(error) !== 'EEXIST') throw error;
    }
  }
  if (!statSync(folder).isDirectory()) mkdirSync(folder);
}

/** The decoder drops a byte order mark. */
const utf8 = new TextDecoder('utf-8', { fatal: true });

export type TextFile =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'missing' }
  /** `why` continues the sentence "The file …". */
  | { readonly kind: 'unreadable'; readonly why: string };

/**
 * Reads a file that a person wrote: UTF-8, with or without a byte order mark. Never throws: the outcome says why it cannot be
 * read.
 */
export function readTextFile(path: string): TextFile {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    const code = systemCode(error) ?? 'unknown error';
    if (code === 'ENOENT') return { kind: 'missing' };
    return { kind: 'unreadable', why: `cannot be read (${code})` };
  }
  try {
    return { kind: 'text', text: utf8.decode(bytes) };
  } catch {
    return { kind: 'unreadable', why: 'is not UTF-8. Save it as UTF-8' };
  }
}
