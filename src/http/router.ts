// Which route answers a request.

import { type Cors } from './cors.js';
import { hasDuplicateHeader } from './requestHeaders.js';
import { errorResponses, type HttpResponse, methodNotAllowed } from './responses.js';
import { type HttpRequest, type Route } from './route.js';

export interface Router {
  /** Returns what {@link Route.answer} of the request's route returns, or why there is no route. */
  answer(exchange: HttpRequest): HttpResponse | null | Promise<HttpResponse | null>;
  /** Whether the path is one of ours, and so contains nothing of the client's own. */
  knows(path: string): boolean;
}

export interface RouterOptions {
  readonly routes: readonly (Route & { readonly path: string })[];
  readonly cors: Cors;
  /** Whether the node answers to this Host header. */
  readonly isKnownHost: (host: string | undefined) => boolean;
}

export function createRouter({ routes: given, cors, isKnownHost }: RouterOptions): Router {
  const options: Route = { allow: 'OPTIONS', answer: ({ request }) => cors.preflight(request.headers) };
  const routes = new Map(
    [...given, { path: '*', ...options }].map((route) => [
      route.path,
      { ...route, methods: new Set(route.allow.split(', ')) },
    ]),
  );

  return {
    answer(exchange) {
      const { request, target, expectation } = exchange;
      // RFC 9112 section 3.2. A proxy in front may have routed a request with no Host, or with two, to another service.
      const isLacking = request.headers.host === undefined && request.httpVersion === '1.1';
      if (isLacking || hasDuplicateHeader(request.rawHeaders, 'host')) return errorResponses.host;
      if (!isKnownHost(request.headers.host)) return errorResponses.foreignHost;
      if (expectation === 'unknown') return errorResponses.expectation;
      const route = routes.get(target.path);
      if (route === undefined) return errorResponses.notFound;
      if (!route.methods.has(request.method ?? '')) return methodNotAllowed(route.allow, target.path);
      return request.method === 'OPTIONS' ? options.answer(exchange) : route.answer(exchange);
    },
    knows: (path) => routes.has(path),
  };
}
