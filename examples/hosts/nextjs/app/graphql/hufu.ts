import { createHufu, fromEnvironment } from 'hufu';

// One Hufu for the process, since Next.js loads a route again when it changes.
const kept = globalThis as { hufu?: ReturnType<typeof createHufu> };

/** Creates Hufu at the first call, since `next build` loads this module without a database. */
export const getHufu = () => (kept.hufu ??= createHufu(fromEnvironment()));
