// Cursors of lists: opaque to a client, the entry's uuid to the server. They stay good while other entries come and go.

/** @param id a uuid */
export function cursorOf(id: string): string {
  return Buffer.from(id.replaceAll('-', ''), 'hex').toString('base64url');
}

/** The uuid in a cursor; null when it is not one that {@link cursorOf} could have made. */
export function parseCursor(cursor: string): string | null {
  const bytes = Buffer.from(cursor, 'base64url');
  if (bytes.length !== 16 || bytes.toString('base64url') !== cursor) return null;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
