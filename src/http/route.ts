// One request with what is known of it before any route has looked at it, and what a route is.

import { type IncomingMessage, type ServerResponse } from 'node:http';

import { type PendingRequest } from './pendingRequest.js';
import { type HttpResponse } from './responses.js';

/** `continue`: the client waits for a 100 Continue before it sends the body. */
export type Expectation = 'none' | 'continue' | 'unknown';

export interface HttpRequest {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly requestId: string;
  readonly target: Target;
  readonly expectation: Expectation;
  /** The client's IP, and what the request holds of the node's limits. */
  readonly pending: PendingRequest;
}

export interface Route {
  /** The methods it takes, as the `allow` header lists them. */
  readonly allow: string;
  /**
   * Returns the answer, or null when the client went away before the whole request had arrived.
   *
   * What it throws becomes an INTERNAL_SERVER_ERROR, with the cause in the log.
   */
  readonly answer: (exchange: HttpRequest) => HttpResponse | null | Promise<HttpResponse | null>;
}

/** The methods that /graphql takes. */
export const graphqlMethods = 'GET, HEAD, POST, OPTIONS';

export interface Target {
  /** Picks the route. */
  readonly path: string;
  /** The query string with its question mark; empty when there is none. */
  readonly search: string;
}

/**
 * Splits the request's target: a path (`/graphql?query=...`), a whole URL as a client sends it to a proxy (RFC 9112
 * section 3.2.2 has every server take those), or `*`. Anything else gets the path '', which has no route.
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
