// One request and what is known of it before any route has looked at it.

import { type IncomingMessage, type ServerResponse } from 'node:http';

import { type PendingRequest } from './pendingRequest.js';
import { type HttpResponse } from './responses.js';
import { type Target } from './target.js';

/** `continue`: the client waits for a 100 Continue before it sends the body. */
export type Expectation = 'none' | 'continue' | 'unknown';

export interface HttpRequest {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly requestId: string;
  readonly target: Target;
  readonly expectation: Expectation;
  /** Whose it is, and what it holds. */
  readonly pending: PendingRequest;
}

/** What /graphql takes. */
export const graphqlMethods = 'GET, HEAD, POST, OPTIONS';

export interface Route {
  /** The methods it takes, as the `allow` header lists them. */
  readonly allow: string;
  /**
   * The answer, or null when the client went away before all of the request was here.
   *
   * What it throws becomes an INTERNAL_SERVER_ERROR, with the cause in the log.
   */
  readonly answer: (exchange: HttpRequest) => HttpResponse | null | Promise<HttpResponse | null>;
}
