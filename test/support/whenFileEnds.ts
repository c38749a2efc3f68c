// Collects what a test file has opened, to close it at the file's end. Not part of the setup file: vitest loads that again for
// each test file, while the modules that open things stay loaded.

const closers: (() => Promise<void>)[] = [];

/** Calls `close` after the file's last test. */
export function whenFileEnds(close: () => Promise<void>): void {
  closers.push(close);
}

/** Calls all of them, the newest first. */
export async function closeAll(): Promise<void> {
  for (const close of closers.splice(0).reverse()) await close();
}
