// What every answer tells browsers: nothing here may be sniffed, stored, framed, embedded or taken as a page.
// There is no strict-transport-security: browsers heed it over TLS only, so it belongs to whatever ends TLS.

/** Names and values in turn. */
export const securityHeaders = [
  'cache-control',
  'no-store',
  'x-content-type-options',
  'nosniff',
  'referrer-policy',
  'no-referrer',
  'cross-origin-resource-policy',
  'same-origin',
] as const;

/** The content security policy of whatever is no page. */
export const noPage = "default-src 'none'; frame-ancestors 'none'";
