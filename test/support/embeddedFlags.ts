/**
 * For a process that opens the embedded database. V8 compiles again what runs often, so that it runs faster; a test is over
 * before that has paid for itself.
 */
export const embeddedFlags = ['--liftoff-only'] as const;
