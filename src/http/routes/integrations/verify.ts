// `/verify`: forward authentication, as nginx (`auth_request`), Traefik (`ForwardAuth`), Caddy (`forward_auth`) and Envoy
// (`ext_authz`) ask. The request has the headers of the client; the answer has those of its user.

import { readBearer } from '../../requestHeaders.js';
import { errorResponses, type HttpResponse } from '../../responses.js';
import {
  askFor,
  type IntegrationParts,
  integrationRoute,
  type IntegrationRoute,
  refusalOf,
  sessionHeaders,
} from './parts.js';

/** The method is that of the client's request where the proxy passes it on, as Envoy does. */
const methods = 'GET, HEAD, POST, PUT, PATCH, DELETE';

export function createVerifyRoute(parts: IntegrationParts): IntegrationRoute {
  const path = '/verify';
  const route = integrationRoute(path, methods, async ({ request, target, pending }) => {
    if (!pending.admit()) return errorResponses.busy;
    const token = readBearer(request.headers.authorization, request.rawHeaders);
    const { outcome, report } = await askFor(parts, token);
    if (outcome.kind !== 'active') return refusalOf(outcome, report);
    const headers = Object.entries(sessionHeaders(outcome.user, outcome.session)).flat();
    // Envoy puts the client's path behind its prefix, and takes no other status for a permission.
    const isEnvoy = target.path !== path;
    return { status: isEnvoy ? 200 : 204, headers, body: '', report } satisfies HttpResponse;
  });
  return { ...route, takesPathsBelow: true };
}
