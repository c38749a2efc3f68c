// Web origins as browsers and apps write them into the Origin header (RFC 6454 section 6.2): `scheme://host[:port]`.

/** Schemes whose pages have no origin of their own (browsers send `null`), or that no page is opened by. */
const schemesWithoutPages = new Set(['file', 'data', 'blob', 'about', 'javascript', 'ws', 'wss', 'ftp']);

/** What is left of a host once `URL` has read it: letters, digits, dots; or an IPv6 in brackets. */
const host = /^(?:[a-z0-9_](?:[a-z0-9._-]*[a-z0-9_.])?|\[[0-9a-f:.]+\])$/;

/** Apps and extensions name themselves, and write their origin as it stands in their settings. */
const ofApp = /^([a-z][a-z0-9+.-]*):\/\/(?:[A-Za-z0-9._~-]+|\[[0-9a-f:.]+\])(?::(\d{1,5}))?$/;

const maxCharacters = 255;

/**
 * The origin as a browser sends it, or null where the text is none that can ever be sent: a pattern, a path, `null`.
 *
 * Web origins are brought into the browser's spelling: lower case, Punycode, no default port, no slash at the end.
 */
export function parseOrigin(value: string): string | null {
  if (value.length > maxCharacters) return null;
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(value)?.[1]?.toLowerCase();
  if (scheme === undefined || schemesWithoutPages.has(scheme)) return null;
  return scheme === 'http' || scheme === 'https' ? parseWebOrigin(value) : parseAppOrigin(value);
}

function parseWebOrigin(value: string): string | null {
  // `URL` reads backslashes as slashes, drops tabs and line ends, and forgives a missing slash.
  if (!/^https?:\/\/[^\s\\/?#@%]+\/?$/i.test(value) || !URL.canParse(value)) return null;
  const { origin, hostname } = new URL(value);
  return host.test(hostname) ? origin : null;
}

function parseAppOrigin(value: string): string | null {
  const [, , port = '0'] = ofApp.exec(value) ?? [];
  return ofApp.test(value) && Number(port) <= 65_535 ? value : null;
}
