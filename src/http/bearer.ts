// Reads the token out of the Authorization header.

import { parseBearer } from '../tokens/bearer.js';
import { hasDuplicateHeader } from './duplicateHeader.js';

/**
 * The outcomes are those of {@link parseBearer}: `null` also when there is no header, `''` also when there are several.
 *
 * @param authorization the header's value, spaces around it removed
 * @param rawHeaders names and values in turn as they were sent, duplicates included
 */
export function readBearer(authorization: string | undefined, rawHeaders: readonly string[]): string | null {
  if (authorization === undefined) return null;
  if (hasDuplicateHeader(rawHeaders, 'authorization')) return '';
  return parseBearer(authorization);
}
