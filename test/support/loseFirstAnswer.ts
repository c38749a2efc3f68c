// A network that loses an answer: the server has done what it was asked, and the client does not know.

import { vi } from 'vitest';

/**
 * Has the global `fetch` throw in place of the first answer, until `vi.unstubAllGlobals()`.
 *
 * @returns tells how many requests were sent
 */
export function loseFirstAnswer(): () => number {
  const { fetch } = globalThis;
  let sent = 0;
  vi.stubGlobal('fetch', async (...parameters: Parameters<typeof fetch>) => {
    const response = await fetch(...parameters);
    sent += 1;
    if (sent === 1) throw new TypeError('fetch failed');
    return response;
  });
  return () => sent;
}
