// Reads the token out of the Authorization header.

import { parseBearer } from '../tokens/bearer.js';

/**
 * The outcomes are those of {@link parseBearer}: `null` also when there is no header, `''` also when there are several.
 *
 * @param authorization the header's value, spaces around it removed
 * @param rawHeaders names and values in turn as they were sent, duplicates included. Node keeps the first of several
 *   Authorization lines, and a proxy in front might have believed the last.
 */
export function readBearer(authorization: string | undefined, rawHeaders: readonly string[]): string | null {
  if (authorization === undefined) return null;
  if (isRepeated(rawHeaders)) return '';
  return parseBearer(authorization);
}

const headerName = 'authorization';

function isRepeated(rawHeaders: readonly string[]): boolean {
  let lines = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at];
    if (name?.length === headerName.length && name.toLowerCase() === headerName) lines += 1;
  }
  return lines > 1;
}
