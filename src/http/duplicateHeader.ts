// Headers that may stand once only. Node keeps the first of several lines, where a proxy in front might have believed
// the last.

/**
 * @param rawHeaders names and values in turn as they were sent, duplicates included
 * @param name in lower case
 */
export function hasDuplicateHeader(rawHeaders: readonly string[], name: string): boolean {
  let lines = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const sent = rawHeaders[at];
    if (sent?.length === name.length && sent.toLowerCase() === name) lines += 1;
  }
  return lines > 1;
}
