// Finds the route of a request by its path and its method.

import { type Cors } from './cors.js';
import { hasDuplicateHeader } from './requestHeaders.js';
import { errorResponses, type HttpResponse, methodNotAllowed } from './responses.js';
import { type HttpRequest, type Route, type Target } from './route.js';

export interface Router {
  /** Answers as the request's route does, or says why there is no route. */
  answer(exchange: HttpRequest): HttpResponse | null | Promise<HttpResponse | null>;
  /** Returns the path of the route that takes a path, without any text of the client; null where none does. */
  routeOf(path: string): string | null;
}

export interface RouterOptions {
  readonly routes: readonly (Route & { readonly path: string })[];
  readonly cors: Cors;
  /** Tells whether the node answers to this Host header. */
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

  const withBelow = [...routes.values()].filter(({ takesPathsBelow }) => takesPathsBelow === true);
  const find = (path: string) =>
    routes.get(path) ?? withBelow.find((route) => path.startsWith(`${route.path}/`));

  return {
    answer(exchange) {
      const { request, target, expectation } = exchange;
      // RFC 9112 section 3.2. A proxy in front may have routed a request with no Host, or with two, to another service.
      const isLacking = request.headers.host === undefined && request.httpVersion === '1.1';
      if (isLacking || hasDuplicateHeader(request.rawHeaders, 'host')) return errorResponses.host;
      if (!isKnownHost(request.headers.host)) return errorResponses.foreignHost;
      if (expectation === 'unknown') return errorResponses.expectation;
      const route = find(target.path);
      if (route === undefined) return errorResponses.notFound;
      if (!route.methods.has(request.method ?? '')) return methodNotAllowed(route.allow, target.path);
      return request.method === 'OPTIONS' ? options.answer(exchange) : route.answer(exchange);
    },
    routeOf: (path) => find(path)?.path ?? null,
  };
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
