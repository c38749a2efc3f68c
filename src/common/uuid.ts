// Uuids as clients send them.

const uuid = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i;

/** Whether the text is a uuid of any version (RFC 9562 section 4), in either case. */
export function isUuid(text: string): boolean {
  return uuid.test(text);
}
