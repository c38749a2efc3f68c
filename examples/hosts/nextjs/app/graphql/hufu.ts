import { createHufu, fromEnvironment } from 'hufu';

// One for the process: Next.js loads a route again when it changes.
const kept = globalThis as { hufu?: ReturnType<typeof createHufu> };

export const hufu = await (kept.hufu ??= createHufu(fromEnvironment()));
