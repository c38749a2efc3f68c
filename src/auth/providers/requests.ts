// One request to a provider: how long it may take, how much of the answer is read, and what the libraries need to be told.

import * as openid from 'openid-client';

import { type AuthorizationResponse } from './protocol.js';

/** How long one request to a provider may take, in seconds. An act makes three at most, one after another. */
export const requestTimeoutSeconds = 4;

/** The most bytes of an answer, unpacked: an ID token with hundreds of groups has some 20 KB. */
const maxAnswerBytes = 262_144;

/** A provider broke a rule that is checked here and not in a library. Its message holds nothing that the provider said. */
export class ProviderLie extends Error {
  override readonly name = 'ProviderLie';
}

/** Makes a fetch that follows no redirect and reads no more than {@link maxAnswerBytes}. */
export function boundedFetch(fetch: typeof globalThis.fetch): openid.CustomFetch {
  return async (url, options) => {
    const body = (options.body ?? null) as NonNullable<RequestInit['body']> | null;
    const response = await fetch(url, { ...options, body, redirect: 'manual' });
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
      bytes += chunk.length;
      // Leaving the loop cancels the body, which closes the connection.
      if (bytes > maxAnswerBytes) throw new ProviderLie('the answer is too long');
      chunks.push(chunk);
    }
    const { status, headers } = response;
    return new Response(bytes === 0 ? null : Buffer.concat(chunks), { status, headers });
  };
}

/** The library marks it as deprecated so that it is noticed. config/ lets plain HTTP through for localhost only. */
export const allowPlainHttp = (
  openid as unknown as Readonly<Record<string, (config: openid.Configuration) => void>>
)['allowInsecureRequests'] as (config: openid.Configuration) => void;

/** The library reads a response from the URL that the person was sent to. */
export function responseUrl({ redirectUri, code, state, iss }: AuthorizationResponse): URL {
  const url = new URL(redirectUri);
  url.searchParams.set('code', code);
  url.searchParams.set('state', state);
  if (iss !== null) url.searchParams.set('iss', iss);
  return url;
}
