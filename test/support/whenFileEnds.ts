// What is open and has to be closed at a test file's end. Apart from the setup file, which is read again for each
// test file while the modules that open things stay loaded.

const closers: (() => Promise<void>)[] = [];

/** Calls `close` after the file's last test. */
export function whenFileEnds(close: () => Promise<void>): void {
  closers.push(close);
}

/** Calls what has been given, the newest first. */
export async function closeAll(): Promise<void> {
  for (const close of closers.splice(0).reverse()) await close();
}
