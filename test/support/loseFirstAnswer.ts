// A network that loses a response: the server has executed the request, and the client does not know.

import { vi } from 'vitest';

/**
 * Makes the global `fetch` throw in place of its first response, until `vi.unstubAllGlobals()`.
 *
 * @returns a function that counts the requests sent
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
