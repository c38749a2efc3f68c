// Which route answers a request.

import { type HttpResponse } from './responses.js';
import { type Cors } from './cors.js';
import { type HttpRequest, type Route } from './route.js';
import { methodNotAllowed, problems } from './errorResponses.js';
import { hasDuplicateHeader } from './duplicateHeader.js';

export interface Router {
  /** What {@link Route.answer} of the request's route answers, or why there is none. */
  answer(exchange: HttpRequest): HttpResponse | null | Promise<HttpResponse | null>;
  /** Whether the path is one of ours, and so holds nothing that a client made up. */
  knows(path: string): boolean;
}

export interface RouterOptions {
  readonly routes: readonly (Route & { readonly path: string })[];
  readonly cors: Cors;
  /** Whether the node may be asked by this Host header. */
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
      // RFC 9112 section 3.2: without a Host, or with two, who knows what a proxy took the request for.
      const isLacking = request.headers.host === undefined && request.httpVersion === '1.1';
      if (isLacking || hasDuplicateHeader(request.rawHeaders, 'host')) return problems.host;
      if (!isKnownHost(request.headers.host)) return problems.foreignHost;
      if (expectation === 'unknown') return problems.expectation;
      const route = routes.get(target.path);
      if (route === undefined) return problems.notFound;
      if (!route.methods.has(request.method ?? '')) return methodNotAllowed(route.allow, target.path);
      return request.method === 'OPTIONS' ? options.answer(exchange) : route.answer(exchange);
    },
    knows: (path) => routes.has(path),
  };
}
