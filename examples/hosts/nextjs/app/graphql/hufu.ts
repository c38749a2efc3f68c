import { createHufu, fromEnvironment } from 'hufu';

// One for the process: Next.js loads a route again when it changes.
const kept = globalThis as { hufu?: ReturnType<typeof createHufu> };

/** Not made where the module is loaded: `next build` loads it too, where there is no database. */
export const getHufu = () => (kept.hufu ??= createHufu(fromEnvironment()));
