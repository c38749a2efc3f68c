// The list of web origins that may use the passkeys of this service's domain (WebAuthn Level 3 section 5.11). A browser asks
// for it at https://<RP id>/.well-known/webauthn on a page of another domain.

import { type HttpResponse, jsonType } from '../responses.js';

/** @param origins those of WEBAUTHN_ORIGINS; an app is no web origin and is left out */
export function createWebauthnRoute(origins: readonly string[]) {
  const body = `${JSON.stringify({ origins: origins.filter((origin) => origin.startsWith('https://')) })}\n`;
  const listed: HttpResponse = { status: 200, headers: jsonType, body };
  return { allow: 'GET, HEAD', answer: () => listed };
}
