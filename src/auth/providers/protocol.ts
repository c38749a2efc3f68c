// What the acts need of a provider, whatever its protocol.

/** Whom a provider says it has authenticated, once that has been verified. */
export interface ProvenIdentity {
  /** The one who vouches for the subject. Together with it the key of the identity. */
  readonly issuer: string;
  readonly subject: string;
  /** Null when the provider gives none. It may change and pass to another person: never a key. */
  readonly email: string | null;
  /** Whether the provider says that the person receives mail there. Whether it is believed is a setting. */
  readonly emailVerified: boolean;
  /** The provider's own session; null when it names none. */
  readonly sid: string | null;
}

/** What a person takes to the provider. */
export interface AuthorizationRequest {
  /** Where the provider sends the person back to. */
  readonly redirectUri: string;
  readonly state: string;
  readonly nonce: string;
  /** Of PKCE (RFC 7636). */
  readonly codeVerifier: string;
}

/** What a person brings back. */
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

/** What a protocol does; each function throws when the provider fails or lies. */
export interface ProviderProtocol {
  authorizationUrl(request: AuthorizationRequest): Promise<URL>;
  prove(response: AuthorizationResponse): Promise<ProvenIdentity>;
  /** Null for a provider that sends none. */
  readonly readLogout: ((token: string, now: Date) => Promise<LogoutClaims>) | null;
}
