// Hufu's own paths in a host's server: the pages of emailed links, the callbacks that providers post, its health and
// readiness, and the origins of passkeys. Any other request is passed on.

import { type IncomingMessage, type ServerResponse } from 'node:http';

import { type LinkOperation } from '../tokens/linkToken.js';
import { parseForm } from '../http/body.js';
import { maxBodyBytes } from '../http/limits.js';
import { isIdentity, isUtf8Form } from '../http/requestHeaders.js';
import {
  bodyTooLarge,
  errorResponses,
  headersOf,
  type HttpResponse,
  methodNotAllowed,
} from '../http/responses.js';
import {
  linkMethods,
  loginCodePath,
  type LinkPages,
  linkInputIn,
  linkOperations,
  linkTokenIn,
} from '../http/routes/emailLinks/routes.js';
import { parseTarget } from '../http/requestHandler.js';
import { createReadyz, healthz, type ReadinessOptions } from '../http/routes/health.js';
import { maxProviderFormBytes, type ProviderForm } from '../http/routes/providers.js';
import { createWebauthnRoute } from '../http/routes/webauthn.js';
import { type ClientInfo } from '../users/types.js';
import { type HostRequest, type KnownOfRequest, type PlainRequest } from './hostRequest.js';

/** A request to one of the paths. */
interface PageRequest {
  readonly method: string;
  readonly search: string;
  readonly clientInfo: ClientInfo;
  header(name: string): string | undefined;
  /** The body as a parser of the host has read it; null where none has. */
  readonly parsed: unknown;
  body(): AsyncIterable<Uint8Array>;
}

interface HostPage {
  readonly allow: string;
  answer(request: PageRequest): HttpResponse | Promise<HttpResponse>;
}

export interface PageHandlers {
  fetch(request: Request, known?: KnownOfRequest): Promise<Response | null>;
  node(request: IncomingMessage, response: ServerResponse, next: (error?: unknown) => void): void;
}

export interface PageOptions extends ReadinessOptions {
  readonly links: LinkPages;
  readonly providerForms: readonly ProviderForm[];
  /** The origins that may use passkeys. Without any there is no `/.well-known/webauthn`. */
  readonly passkeyOrigins: readonly string[];
  /** The prefix of the paths of the pages; empty for none. */
  readonly basePath: string;
  readonly read: (request: HostRequest, known?: KnownOfRequest) => PlainRequest;
}

export function createPageHandlers({
  links,
  providerForms,
  passkeyOrigins,
  basePath,
  read,
  ...readiness
}: PageOptions): PageHandlers {
  const { log } = readiness;
  const pages = new Map<string, HostPage>([
    ['/healthz', healthz],
    ['/readyz', createReadyz(readiness)],
    ...(passkeyOrigins.length === 0
      ? []
      : [['/.well-known/webauthn', createWebauthnRoute(passkeyOrigins)] as const]),
    ...linkOperations.map((operation) => [`/link/${operation}`, linkPage(links, operation)] as const),
    [loginCodePath, { allow: 'GET, HEAD', answer: () => links.loginCode }],
    ...providerForms.map((form) => [form.path, providerPage(form)] as const),
  ]);
  const find = (path: string) =>
    pages.get(path) ?? (path.startsWith(basePath) ? pages.get(path.slice(basePath.length)) : undefined);

  const answer = async (
    page: HostPage,
    request: PageRequest,
    { requestId, isAbandoned }: PlainRequest,
  ): Promise<HttpResponse> => {
    if (!page.allow.split(', ').includes(request.method)) return methodNotAllowed(page.allow);
    try {
      return await page.answer(request);
    } catch (err) {
      // A client that disconnects while it sends is no failure.
      if (!isAbandoned()) log.error({ err, requestId }, 'request failed');
      return errorResponses.internal;
    }
  };

  return {
    async fetch(request, known) {
      const { pathname, search } = new URL(request.url);
      const page = find(pathname);
      if (page === undefined) return null;
      const plain = read(request, known);
      const answered = await answer(page, pageRequestOfFetch(request, search, plain), plain);
      return new Response(request.method === 'HEAD' ? null : answered.body, {
        status: answered.status,
        headers: new Headers(pairsOf(headersOf(answered))),
      });
    },

    node(request, response, next) {
      const { path, search } = parseTarget(request.url ?? '');
      const page = find(path);
      if (page === undefined) {
        next();
        return;
      }
      const plain = read(request);
      answer(page, pageRequestOfNode(request, search, plain), plain)
        .then((answered) => {
          const isUnread = !request.complete;
          const length = ['content-length', String(Buffer.byteLength(answered.body))];
          const closing = isUnread ? ['connection', 'close'] : [];
          response.writeHead(answered.status, [...headersOf(answered), ...length, ...closing]);
          response.end(answered.body);
        })
        .catch(next);
    },
  };
}

function pageRequestOfFetch(
  { method, headers, body }: Request,
  search: string,
  { clientInfo }: PlainRequest,
): PageRequest {
  return {
    method,
    search,
    clientInfo,
    header: (name) => headers.get(name) ?? undefined,
    parsed: null,
    body: () => body?.values({ preventCancel: true }) ?? none(),
  };
}

function pageRequestOfNode(
  request: IncomingMessage,
  search: string,
  { clientInfo }: PlainRequest,
): PageRequest {
  return {
    method: request.method ?? '',
    search,
    clientInfo,
    header: (name) => {
      const value = request.headers[name];
      return Array.isArray(value) ? value.join(', ') : value;
    },
    parsed: 'body' in request ? request.body : null,
    body: () => request.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>,
  };
}

function linkPage(links: LinkPages, operation: LinkOperation): HostPage {
  return {
    allow: linkMethods,
    async answer(request) {
      const { method, search, clientInfo } = request;
      if (method !== 'POST') return links.show(operation, linkTokenIn(search), clientInfo);
      const fields = await readFields(request, maxBodyBytes);
      return fields instanceof Map ? links.use(operation, linkInputIn(fields), clientInfo) : fields;
    },
  };
}

function providerPage({ take }: ProviderForm): HostPage {
  return {
    allow: 'POST',
    async answer(request) {
      const fields = await readFields(request, maxProviderFormBytes);
      return fields instanceof Map ? take(fields, request.clientInfo) : fields;
    },
  };
}

/**
 * Reads the fields of a form, unless a parser of the host has read them already.
 *
 * @returns the fields, or the response that refuses the form
 */
async function readFields(
  { header, parsed, body }: PageRequest,
  maxBytes: number,
): Promise<Map<string, string> | HttpResponse> {
  if (!isUtf8Form(header('content-type') ?? '')) return errorResponses.formType;
  // Express 4 gives an empty object where no parser has read the body.
  if (typeof parsed === 'object' && parsed !== null && Object.keys(parsed).length > 0)
    return new Map(
      Object.entries(parsed).filter((field): field is [string, string] => typeof field[1] === 'string'),
    );
  if (!isIdentity(header('content-encoding'))) return errorResponses.contentCoding;
  if (Number(header('content-length') ?? 0) > maxBytes) return bodyTooLarge(maxBytes);
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body()) {
    size += chunk.length;
    if (size > maxBytes) return bodyTooLarge(maxBytes);
    chunks.push(chunk);
  }
  const fields = parseForm(Buffer.concat(chunks));
  return fields === null ? errorResponses.formNotUtf8 : new Map(fields);
}

function pairsOf(headers: readonly string[]): [string, string][] {
  return Array.from({ length: headers.length / 2 }, (_, at) => [
    headers[2 * at] ?? '',
    headers[2 * at + 1] ?? '',
  ]);
}

async function* none(): AsyncGenerator<Uint8Array> {
  // A request without a body.
}
