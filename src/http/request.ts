// One request from its headers until its answer has been sent or its connection has ended, what it holds of the node
// meanwhile, and what a route is.

import { type IncomingMessage, type ServerResponse } from 'node:http';

import { type HeldBytes, type Holder, type InFlight } from './capacity.js';
import { type HttpResponse } from './responses.js';

/** What a request holds of the node: a permit of the requests in flight, and bytes. */
export class PendingRequest {
  /** Of the client, as the trusted proxies tell it. */
  readonly ip: string;
  readonly response: ServerResponse;
  /** Its answer is all written, whether sent or not. */
  isAnswered = false;
  /** The connection takes no request after it. */
  isLast = false;
  /** It arrived while earlier requests of the connection waited and the node was full. */
  isRefused = false;
  readonly #holder: Holder;
  readonly #heldBytes: HeldBytes;
  readonly #inFlight: InFlight;
  #held = 0;
  #isServed = false;
  #isGone = false;
  #isStream = false;
  #leave: (() => void) | null = null;

  constructor(
    ip: string,
    response: ServerResponse,
    holder: Holder,
    counts: { readonly heldBytes: HeldBytes; readonly inFlight: InFlight },
  ) {
    this.ip = ip;
    this.response = response;
    this.#holder = holder;
    this.#heldBytes = counts.heldBytes;
    this.#inFlight = counts.inFlight;
  }

  get request(): IncomingMessage {
    return this.response.req;
  }

  /** Takes a permit of the requests in flight; false when none is free. */
  admit(): boolean {
    if (this.#leave !== null) return true;
    if (this.#inFlight.isFull(this.ip)) return false;
    this.#leave = this.#inFlight.take(this.ip);
    return true;
  }

  /** Holds bytes of its body, or of its answer. */
  hold(bytes: number): void {
    if (this.#isGone) return;
    this.#held += bytes;
    this.#heldBytes.hold(this.#holder, bytes);
  }

  /** Releases all bytes that it holds. */
  release(): void {
    if (this.#held > 0) this.#heldBytes.release(this.#holder, this.#held);
    this.#held = 0;
  }

  /** Its answer is a stream, which may stay open for days: it is no longer one of the requests in flight. */
  becomesStream(): void {
    this.#isStream = true;
  }

  /** It has been answered, or has no answer. It counts until its answer has been sent, a refusal too. */
  served(): void {
    this.#isServed = true;
    if (this.#isGone || this.#isStream) this.#leaveOnce();
    else this.#leave ??= this.#inFlight.take(this.ip);
  }

  /** Its answer has been sent, or can never be. */
  gone(): void {
    this.#isGone = true;
    this.release();
    if (this.#isServed) this.#leaveOnce();
  }

  #leaveOnce(): void {
    this.#leave?.();
    this.#leave = null;
  }
}

/** `continue`: the client waits for a 100 Continue before it sends the body. */
export type Expectation = 'none' | 'continue' | 'unknown';

/** A request with what is known of it before any route has read it. */
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
  /** Whether it takes the paths below its own as well. */
  readonly takesPathsBelow?: boolean;
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
