// The callbacks and the logout tokens that providers send to this server. No route sets a cookie or reads one: nothing that a
// browser brings proves anything here.

import { type ProviderActs } from '../../auth/providers/acts.js';
import { type ClientInfo } from '../../users/types.js';
import { readForm } from '../body.js';
import { clientInfoOf } from '../requestHeaders.js';
import { errorResponse, errorResponses, type HttpResponse, jsonType } from '../responses.js';
import { type HttpRequest, type Route } from '../route.js';

/** The longest form: a code and a state, or a logout token. */
export const maxProviderFormBytes = 16_384;

/** A form that a provider posts to a path. */
export interface ProviderForm {
  readonly path: string;
  readonly take: (fields: ReadonlyMap<string, string>, clientInfo: ClientInfo) => Promise<HttpResponse>;
}

export function createProviderForms(acts: ProviderActs): readonly ProviderForm[] {
  return [
    ...acts.callbackPaths.map((path) => ({
      path,
      take: (fields: ReadonlyMap<string, string>) => Promise.resolve(callback(acts, fields)),
    })),
    ...acts.logouts.map(({ path, end }) => ({
      path,
      take: async (fields: ReadonlyMap<string, string>, clientInfo: ClientInfo) =>
        logoutResponses[(await end(fields.get('logout_token') ?? '', clientInfo)).kind],
    })),
  ];
}

export function createProviderRoutes(acts: ProviderActs): readonly (Route & { readonly path: string })[] {
  return createProviderForms(acts).map(({ path, take }) => ({
    path,
    allow: 'POST',
    async answer(exchange: HttpRequest) {
      const read = await readForm(exchange, maxProviderFormBytes);
      if (read.kind === 'refused') return read.answer;
      return take(read.fields, clientInfoOf(exchange));
    },
  }));
}

/**
 * Sends the browser on to the front end by GET. The code stands in that URL, as it does where a provider redirects by
 * itself; it is of no use without the challenge's token, which the client that began alone has.
 */
function callback(acts: ProviderActs, form: ReadonlyMap<string, string>): HttpResponse {
  const url = acts.onward(form);
  if (url === null) return unknownResponse;
  return { status: 303, headers: ['location', url], body: '' };
}

const unknownResponse = errorResponse(
  400,
  'BAD_USER_INPUT',
  'This response of a provider belongs to no sign-in that was begun here.',
);

/** OpenID Connect Back-Channel Logout 1.0, section 2.8. */
const logoutResponses = {
  ended: { status: 200, headers: jsonType, body: '{}\n' },
  rejected: { status: 400, headers: jsonType, body: '{"error":"invalid_request"}\n' },
  unavailable: errorResponses.busy,
} as const satisfies Record<string, HttpResponse>;
