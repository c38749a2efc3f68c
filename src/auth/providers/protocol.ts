// The interface between the acts and a provider, whatever its protocol.

/** The person whom a provider has authenticated, once its answer has been verified. */
export interface ProvenIdentity {
  /** The key of the identity is the issuer together with the subject. */
  readonly issuer: string;
  readonly subject: string;
  /** Null when the provider gives none. It may change and pass to another person: never a key. */
  readonly email: string | null;
  /** Whether the provider says that the person receives mail there. Whether it is believed is a setting. */
  readonly emailVerified: boolean;
  /** The provider's own session; null when it names none. */
  readonly sid: string | null;
}

/** The parameters that the browser takes to the provider. */
export interface AuthorizationRequest {
  /** The URI to which the provider sends the browser back. */
  readonly redirectUri: string;
  readonly state: string;
  readonly nonce: string;
  /** Of PKCE (RFC 7636). */
  readonly codeVerifier: string;
}

/** The parameters that the browser brings back. */
export interface AuthorizationResponse extends AuthorizationRequest {
  readonly code: string;
  /** The issuer that the response names (RFC 9207); null when it names none. */
  readonly iss: string | null;
}

/** The claims of a verified logout token (OpenID Connect Back-Channel Logout 1.0 section 2.4). */
export interface LogoutClaims {
  readonly issuer: string;
  /** Null when every session of the provider's `sid` is meant. */
  readonly subject: string | null;
  /** Null when every session of the subject is meant. */
  readonly sid: string | null;
  readonly jti: string;
  readonly issuedAt: Date;
}

export interface ProviderUnavailable {
  readonly kind: 'providerUnavailable';
}

/** The provider refuses, or what it says is not to be believed. */
export interface ProviderRejected {
  readonly kind: 'providerRejected';
}

export type ProviderFailure = ProviderUnavailable | ProviderRejected;

/** The steps of a protocol; each function throws when the provider fails or breaks a rule. */
export interface ProviderProtocol {
  authorizationUrl(request: AuthorizationRequest): Promise<URL>;
  prove(response: AuthorizationResponse): Promise<ProvenIdentity>;
  /** Null for a provider that sends none. */
  readonly readLogout: ((token: string, now: Date) => Promise<LogoutClaims>) | null;
}
