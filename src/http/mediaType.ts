// Whether a body can be read by its headers alone.

/** RFC 9110 section 8.3.1; parameters follow. */
const json = /^application\/json[ \t]*(?=;|$)/i;
const form = /^application\/x-www-form-urlencoded[ \t]*(?=;|$)/i;

/** One parameter with the semicolon before it, or a semicolon alone, from where the last match ended. */
const parameter =
  /;[ \t]*(?:([!#$%&'*+.^_`|~0-9a-z-]+)=(?:([!#$%&'*+.^_`|~0-9a-z-]+)|"((?:[^"\\]|\\.)*)")[ \t]*)?/iy;

/**
 * Whether a content type is JSON in UTF-8. Other parameters than `charset` mean nothing to JSON and are passed over;
 * a malformed list of them is refused.
 */
export function isJson(contentType: string): boolean {
  return contentType === 'application/json' || isInUtf8(json, contentType);
}

/** The same for a form. */
export function isUtf8Form(contentType: string): boolean {
  return isInUtf8(form, contentType);
}

function isInUtf8(expected: RegExp, contentType: string): boolean {
  const type = expected.exec(contentType)?.[0];
  if (type === undefined) return false;
  for (let at = type.length; at < contentType.length; at = parameter.lastIndex) {
    parameter.lastIndex = at;
    const match = parameter.exec(contentType);
    if (match === null) return false;
    const [, name, word, quoted] = match;
    if (name?.toLowerCase() === 'charset' && !isUtf8(word ?? quoted ?? '')) return false;
  }
  return true;
}

function isUtf8(charset: string): boolean {
  // ASCII is UTF-8 too.
  return /^(?:utf-?8|us-ascii)$/i.test(charset);
}

/** Whether a content-encoding header leaves the bytes as they are. */
export function isIdentity(contentEncoding: string | undefined): boolean {
  return contentEncoding === undefined || /^(?:identity)?$/i.test(contentEncoding);
}
