// Flags of V8 for processes that live for seconds or minutes. What runs often is compiled again, so that it runs faster; most of
// that would not pay for itself before the tests are over.

/** Has it run `times` as often before. Later versions wait longer by themselves, and do not know the flag. */
const wait = (times: number) =>
  process.versions.node.startsWith('20.') ? [`--interrupt-budget=${String(67_584 * times)}`] : [];

/** The baseline compiler alone for the embedded database. */
const embedded = ['--liftoff-only'];

/** For a process that runs tests, by whether it opens the embedded database. */
export const testFlags = (isEmbedded: boolean) => [...wait(20), ...(isEmbedded ? embedded : [])];

/** For a program that a test starts, which may be put under load. */
export const programFlags = (isEmbedded: boolean) => [...wait(4), ...(isEmbedded ? embedded : [])];
