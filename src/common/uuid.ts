// Uuids (RFC 9562 section 4) as texts and as bytes.

const uuid = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i;

/** Tells whether the text is a uuid of any version, in either case. */
export function isUuid(text: string): boolean {
  return uuid.test(text);
}

/** Returns the 16 bytes of a uuid. */
export function uuidBytes(id: string): Buffer<ArrayBuffer> {
  return Buffer.from(id.replaceAll('-', ''), 'hex');
}

/** Returns the uuid of 16 bytes, in lower case. */
export function uuidOf(bytes: Buffer): string {
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
