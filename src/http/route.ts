// A route takes a request, with the facts that are known before any route has read it, and gives the answer.

import { type IncomingMessage, type ServerResponse } from 'node:http';

import { type PendingRequest } from './capacity.js';
import { type HttpResponse } from './responses.js';

/** `continue`: the client waits for a 100 Continue before it sends the body. */
export type Expectation = 'none' | 'continue' | 'unknown';

/** A request, with the facts that are known before any route has read it. */
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
  /** Whether the route takes the paths below its own as well. */
  readonly takesPathsBelow?: boolean;
  /** The methods it takes, as the `allow` header lists them. */
  readonly allow: string;
  /**
   * Returns the answer, or null when the client went away before the whole request had arrived.
   *
   * An error that it throws becomes an INTERNAL_SERVER_ERROR, with the cause in the log.
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
