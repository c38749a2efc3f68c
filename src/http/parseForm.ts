// A form as browsers send it, `application/x-www-form-urlencoded`. Strict: a password in another charset would be
// stored as something else than was typed.

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** The fields, of several of one name the first; null when the form is not well-formed UTF-8. Never throws. */
export function parseForm(bytes: Uint8Array): ReadonlyMap<string, string> | null {
  const fields = new Map<string, string>();
  try {
    for (const field of utf8.decode(bytes).split('&')) {
      const equals = field.indexOf('=');
      const name = decode(equals === -1 ? field : field.slice(0, equals));
      const value = equals === -1 ? '' : decode(field.slice(equals + 1));
      if (!fields.has(name)) fields.set(name, value);
    }
    return fields;
  } catch {
    return null;
  }
}

/** @throws for an escape that is none, or that is not UTF-8 */
function decode(text: string): string {
  return decodeURIComponent(text.replaceAll('+', ' '));
}
