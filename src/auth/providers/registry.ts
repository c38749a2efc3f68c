// The providers that the settings name.

import { createHash } from 'node:crypto';

import { type Clock } from '../../common/clock.js';
import { type ProviderConfig } from '../../config/providers.js';
import { type Log } from '../../observability/log.js';
import { type Metrics } from '../../observability/metrics.js';
import { createProviderGate } from './gate.js';
import { createGithubProtocol } from './github.js';
import { createOidcProtocol } from './oidc.js';
import {
  type AuthorizationRequest,
  type AuthorizationResponse,
  type LogoutClaims,
  type ProvenIdentity,
  type ProviderFailure,
} from './protocol.js';
import { boundedFetch } from './requests.js';

/** A provider whose every act is bounded. The requester, such as a network, waits in turn with others. */
export interface Provider {
  readonly id: string;
  /** Whether an e-mail that it calls verified is believed. */
  readonly verifiesEmail: boolean;
  /** Whether it answers by POST, to a route of ours instead of the front end. */
  readonly postsResponse: boolean;
  /** Makes the URL of the provider that the browser is sent to. */
  authorize(requester: string, request: AuthorizationRequest): Promise<Authorization | ProviderFailure>;
  prove(requester: string, response: AuthorizationResponse): Promise<Proven | ProviderFailure>;
  /** Null for a provider that sends none. */
  readonly readLogout:
    ((requester: string, token: string) => Promise<VerifiedLogout | ProviderFailure>) | null;
}

interface Authorization {
  readonly kind: 'authorization';
  readonly url: string;
}

interface Proven {
  readonly kind: 'proven';
  readonly identity: ProvenIdentity;
}

interface VerifiedLogout {
  readonly kind: 'logout';
  readonly claims: LogoutClaims;
}

export interface Providers {
  readonly list: readonly Provider[];
  find(id: string): Provider | undefined;
  /** Whether people may return to the URI. It is compared exactly. */
  mayReturnTo(redirectUri: string): boolean;
  /** The URI of the front end that a state of {@link stateFor} is for; undefined when it is for none. */
  redirectUriOf(state: string): string | undefined;
}

export interface ProviderParts {
  readonly clock: Clock;
  /** How far this machine's wall clock is ahead of the clock of all nodes, in milliseconds. */
  readonly wallClockAheadMs: () => number;
  /** The URL at which providers reach this service; null when it is not set. */
  readonly publicUrl: string | null;
  readonly log: Pick<Log, 'warn'>;
  readonly metrics: Metrics;
  /** Left out, the platform's. */
  readonly fetch?: typeof globalThis.fetch;
}

/** The path of the route that turns a provider's POST into a redirect to the front end. */
export function callbackPath(providerId: string): string {
  return `/providers/${providerId}/callback`;
}

/** The path to which a provider sends its logout tokens. */
export function logoutPath(providerId: string): string {
  return `/providers/${providerId}/logout`;
}

export function createProviders(
  {
    list,
    redirectUris,
  }: { readonly list: readonly ProviderConfig[]; readonly redirectUris: readonly string[] },
  parts: ProviderParts,
): Providers {
  const providers = new Map(list.map((config) => [config.id, createProvider(config, parts)]));
  const allowed = new Set(redirectUris);
  const byName = new Map(redirectUris.map((uri) => [nameOf(uri), uri]));
  return {
    list: [...providers.values()],
    find: (id) => providers.get(id),
    mayReturnTo: (redirectUri) => allowed.has(redirectUri),
    redirectUriOf: (state) => byName.get(state.split('.')[1] ?? ''),
  };
}

/**
 * The state that a person takes to the provider. It names the URI of the front end, so that a provider's POST finds its
 * way back without a cookie; only URIs of the settings have names.
 */
export function stateFor(random: string, redirectUri: string): string {
  return `${random}.${nameOf(redirectUri)}`;
}

function nameOf(redirectUri: string): string {
  return createHash('sha256').update(redirectUri).digest('base64url').slice(0, 16);
}

function createProvider(config: ProviderConfig, parts: ProviderParts): Provider {
  const { clock, publicUrl, fetch: given = globalThis.fetch } = parts;
  const fetch = boundedFetch(given);
  const protocol =
    config.kind === 'github'
      ? createGithubProtocol(config, fetch)
      : createOidcProtocol(config, { ...parts, fetch });
  const gate = createProviderGate(config.id, parts);
  const postsResponse = config.kind === 'apple';
  const callback = `${publicUrl ?? ''}${callbackPath(config.id)}`;
  /** The URI that the provider knows. */
  const returning = <T extends AuthorizationRequest>(request: T): T =>
    postsResponse ? { ...request, redirectUri: callback } : request;
  const { readLogout } = protocol;
  return {
    id: config.id,
    verifiesEmail: config.verifiesEmail,
    postsResponse,
    authorize: (requester, request) =>
      gate(requester, async () => {
        const url = await protocol.authorizationUrl(returning(request));
        return { kind: 'authorization', url: url.href } as const;
      }),
    prove: (requester, response) =>
      gate(requester, async () => {
        const identity = await protocol.prove(returning(response));
        return { kind: 'proven', identity } as const;
      }),
    readLogout:
      readLogout &&
      ((requester, token) =>
        gate(requester, async () => {
          const claims = await readLogout(token, clock.now());
          return { kind: 'logout', claims } as const;
        })),
  };
}
