// What a test file opens is closed when the file ends, the newest first.

import { afterAll } from 'vitest';

const closers: (() => Promise<void>)[] = [];

/** Calls `close` after the file's last test. */
export function whenFileEnds(close: () => Promise<void>): void {
  closers.push(close);
}

afterAll(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});
