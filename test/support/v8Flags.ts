// Flags of V8 for processes that live for seconds or minutes. V8 compiles hot code again to make it faster, which mostly does not
// pay off before the tests end.

/** Makes V8 wait until code has run `times` as often. Later versions wait longer by default and do not know the flag. */
const wait = (times: number) =>
  process.versions.node.startsWith('20.') ? [`--interrupt-budget=${String(67_584 * times)}`] : [];

/** Only the baseline compiler for the WebAssembly of the embedded database. */
const embedded = ['--liftoff-only'];

/** For a process that runs tests. */
export const testFlags = (isEmbedded: boolean) => [...wait(20), ...(isEmbedded ? embedded : [])];

/** For a program that a test starts and may put under load. */
export const programFlags = (isEmbedded: boolean) => [...wait(4), ...(isEmbedded ? embedded : [])];
