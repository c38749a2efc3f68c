// Splits the request's target into the path that picks the route, and the query string.

export interface Target {
  readonly path: string;
  /** With its question mark; empty when there is none. */
  readonly search: string;
}

/**
 * Takes a path (`/graphql?query=...`), a whole URL as a client sends it to a proxy (RFC 9112 section 3.2.2 has every
 * server take those), or `*`. Anything else has the path '', which is nowhere.
 */
export function parseTarget(url: string): Target {
  if (!url.startsWith('/')) {
    if (url === '*') return { path: '*', search: '' };
    if (!/^https?:\/\//i.test(url) || !URL.canParse(url)) return { path: '', search: '' };
    const { pathname, search } = new URL(url);
    return { path: pathname, search };
  }
  const mark = url.indexOf('?');
  return mark === -1 ? { path: url, search: '' } : { path: url.slice(0, mark), search: url.slice(mark) };
}
