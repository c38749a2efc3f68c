/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
/** How a person proves who they are. */
export type AuthenticationMethod =
  /** A code or a link that was mailed to the account's e-mail address. */
  | 'EMAIL_CODE'
  /** A passkey. */
  | 'PASSKEY'
  /** The account's password. */
  | 'PASSWORD'
  /** An identity provider. */
  | 'PROVIDER'
  /** One of the account's recovery codes. */
  | 'RECOVERY_CODE'
  /** A code from an authenticator app (TOTP). */
  | 'TOTP';

/** A change of the password. */
export type ChangePasswordInput = {
  /** The account's current password. */
  readonly currentPassword: string;
  /** The new password: 8 to 128 characters, unless the server asks for more. */
  readonly newPassword: string;
};

/** The second step of a sign-in: the challenge, and exactly one of `totp`, `recoveryCode` and `passkey`. */
export type CompleteLoginInput = {
  /** The `token` of the challenge that the first step gave. */
  readonly challengeToken: string;
  /** What the browser gave for `passkeyOptions`, as it is. */
  readonly passkey?: object | null | undefined;
  /** One of the account's recovery codes. Case, spaces and dashes make no difference. */
  readonly recoveryCode?: string | null | undefined;
  /** Whether to end the oldest session, if the server asks first: see `SessionLimitReached`. */
  readonly takeover?: boolean;
  /** The 6 digits that the authenticator app shows. Spaces and dashes make no difference. */
  readonly totp?: string | null | undefined;
};

/** A sign-in with a passkey. */
export type CompletePasskeyLoginInput = {
  /** The token of the challenge that `startPasskeyLogin` gave. */
  readonly challengeToken: string;
  /** The device to sign in; if left out, its kind is `OTHER` and it has no name. */
  readonly device?: DeviceInput | null | undefined;
  /** What the browser gave, as it is. */
  readonly response: object;
  /** Whether to end the oldest session, if the server asks first: see `SessionLimitReached`. */
  readonly takeover?: boolean;
};

/** What a person brought back from a provider, to sign in. */
export type CompleteProviderLoginInput = {
  /** The token of the challenge that `startProviderLogin` gave. */
  readonly challengeToken: string;
  /** The parameter `code` of the URL that the person returned to. */
  readonly code: string;
  /** The device to sign in; if left out, its kind is `OTHER` and it has no name. */
  readonly device?: DeviceInput | null | undefined;
  /**
   * A uuid that the client makes for this sign-in, so that it can retry when the response is lost. The same key and
   * challenge within 60 seconds give the same session, as long as that is live. `InvalidInput` for a key that is no uuid.
   */
  readonly idempotencyKey?: string | number | null | undefined;
  /** The parameter `iss` of that URL; leave it out when there is none. */
  readonly iss?: string | null | undefined;
  /** The parameter `state` of that URL. */
  readonly state: string;
  /** Whether to end the oldest session, if the server asks first: see `SessionLimitReached`. */
  readonly takeover?: boolean;
};

/** A proof of who the signed-in user is, as much as a sign-in takes: exactly one of `password` and `passkey`. */
export type ConfirmIdentityInput = {
  /** One of the account's passkeys. */
  readonly passkey?: PasskeyProofInput | null | undefined;
  /** The account's password. */
  readonly password?: string | null | undefined;
  /** With the password, in place of `totp`: one of the account's recovery codes. */
  readonly recoveryCode?: string | null | undefined;
  /** With the password, for an account with a second factor: the 6 digits that the authenticator app shows. */
  readonly totp?: string | null | undefined;
};

/** A device, as the client describes it. */
export type DeviceInput = {
  /** The kind of device. */
  readonly kind?: DeviceKind;
  /**
   * A name that the user recognises, such as `Pixel 9`. Every name is accepted: the server removes invisible characters
   * and cuts the name to 80 characters.
   */
  readonly name?: string | null | undefined;
};

/** Kinds of devices. */
export type DeviceKind =
  /** A program on a desktop or laptop computer. */
  | 'DESKTOP'
  /** An app on a phone. */
  | 'MOBILE'
  /** Any other device, or an unknown one. */
  | 'OTHER'
  /** An app on a tablet. */
  | 'TABLET'
  /** A television, or a box connected to one. */
  | 'TV'
  /** A browser. */
  | 'WEB';

/** A sign-in. */
export type LoginInput = {
  /** The device to sign in; if left out, its kind is `OTHER` and it has no name. */
  readonly device?: DeviceInput | null | undefined;
  /** The account's e-mail address. Case and surrounding spaces make no difference. */
  readonly email: string;
  /**
   * A uuid that the client makes for this sign-in, so that it can retry when the response is lost. The same key, user
   * and password within 60 seconds give the same session and the same `superseded` instead of a newer session, as long
   * as the first one is live. `InvalidInput` for a key that is no uuid.
   */
  readonly idempotencyKey?: string | number | null | undefined;
  /** The account's password. */
  readonly password: string;
  /** Whether to end the oldest session, if the server asks first: see `SessionLimitReached`. */
  readonly takeover?: boolean;
};

/** A sign-in by a mailed code. */
export type LoginWithCodeInput = {
  /** The `token` of the challenge that `requestLoginCode` gave. */
  readonly challengeToken: string;
  /** The 8 digits from the mail or from its link. Spaces and dashes make no difference. */
  readonly code: string;
  /** Whether to end the oldest session, if the server asks first: see `SessionLimitReached`. */
  readonly takeover?: boolean;
};

/** A passkey that was used for `startPasskeyConfirmation`. */
export type PasskeyProofInput = {
  /** The token of the challenge that `startPasskeyConfirmation` gave. */
  readonly challengeToken: string;
  /** What the browser gave, as it is. */
  readonly response: object;
};

/** A new account. */
export type RegisterInput = {
  /** The device to sign in; if left out, its kind is `OTHER` and it has no name. */
  readonly device?: DeviceInput | null | undefined;
  /** The e-mail address to register, at most 254 characters. Case and surrounding spaces make no difference. */
  readonly email: string;
  /**
   * A uuid that the client makes for this registration, so that it can retry when the response is lost. The same key,
   * e-mail address and password within 60 seconds give the same session, as long as that is live. `InvalidInput` for a
   * key that is no uuid.
   */
  readonly idempotencyKey?: string | number | null | undefined;
  /**
   * The new password: 8 to 128 characters, unless the server asks for more. The server stores only a hash and never logs
   * it.
   */
  readonly password: string;
};

/** The account to sign in to by a mailed code. */
export type RequestLoginCodeInput = {
  /** The device to sign in; if left out, its kind is `OTHER` and it has no name. */
  readonly device?: DeviceInput | null | undefined;
  /** The account's e-mail address. Case and surrounding spaces make no difference. */
  readonly email: string;
  /** A uuid that the client makes for this sign-in, as in `LoginInput`. */
  readonly idempotencyKey?: string | number | null | undefined;
};

/** Why a request is signed out. Of several reasons the first one found is given: faults of the token are found first. */
export type SignedOutReason =
  /** The account was deleted. */
  | 'ACCOUNT_DELETED'
  /** The account was disabled by an operator. */
  | 'ACCOUNT_DISABLED'
  /** The session has reached the end of its lifetime. */
  | 'EXPIRED'
  /** The session was not used for too long. */
  | 'IDLE'
  /** The token is forged, altered or malformed, or no session on record has it. */
  | 'INVALID_TOKEN'
  /** The user signed out on the device itself. */
  | 'LOGGED_OUT'
  /** No token was presented. */
  | 'NO_TOKEN'
  /** The password was changed, reset or removed. */
  | 'PASSWORD_CHANGED'
  /** The provider that signed the user in has ended it. */
  | 'PROVIDER_ENDED'
  /** The session was ended from another session, or by an operator. */
  | 'REVOKED'
  /** A newer login replaced the session. */
  | 'SUPERSEDED';

/** A sign-in at a provider. */
export type StartProviderLoginInput = {
  /** The provider's `id`, from `Query.providers`. */
  readonly provider: string | number;
  /** Where the provider sends the person back to: one of the URIs that the operator has configured, exactly. */
  readonly redirectUri: string;
};

export type RegisterFieldsFragment = { readonly token: string, readonly session: { readonly id: string, readonly expiresAt: string }, readonly user: { readonly id: string } };

export type LoginFieldsFragment = { readonly token: string, readonly session: { readonly id: string, readonly expiresAt: string }, readonly user: { readonly id: string } };

type ProblemFields_AccountDisabled_Fragment = { readonly __typename: 'AccountDisabled', readonly message: string };

type ProblemFields_AccountExists_Fragment = { readonly __typename: 'AccountExists', readonly methods: ReadonlyArray<AuthenticationMethod>, readonly message: string };

type ProblemFields_AudienceNotAllowed_Fragment = { readonly __typename: 'AudienceNotAllowed', readonly message: string };

type ProblemFields_ChallengeRejected_Fragment = { readonly __typename: 'ChallengeRejected', readonly message: string };

type ProblemFields_CodeRejected_Fragment = { readonly __typename: 'CodeRejected', readonly triesLeft: number, readonly message: string };

type ProblemFields_EmailTaken_Fragment = { readonly __typename: 'EmailTaken', readonly message: string };

type ProblemFields_FactorNotFound_Fragment = { readonly __typename: 'FactorNotFound', readonly message: string };

type ProblemFields_IdentityNotFound_Fragment = { readonly __typename: 'IdentityNotFound', readonly message: string };

type ProblemFields_IdentityTaken_Fragment = { readonly __typename: 'IdentityTaken', readonly message: string };

type ProblemFields_InvalidCredentials_Fragment = { readonly __typename: 'InvalidCredentials', readonly message: string };

type ProblemFields_InvalidInput_Fragment = { readonly __typename: 'InvalidInput', readonly message: string, readonly issues: ReadonlyArray<{ readonly field: string, readonly message: string }> };

type ProblemFields_LastWayIn_Fragment = { readonly __typename: 'LastWayIn', readonly message: string };

type ProblemFields_LinkRejected_Fragment = { readonly __typename: 'LinkRejected', readonly message: string };

type ProblemFields_PasskeyNotFound_Fragment = { readonly __typename: 'PasskeyNotFound', readonly message: string };

type ProblemFields_PasskeyRejected_Fragment = { readonly __typename: 'PasskeyRejected', readonly message: string };

type ProblemFields_PasswordExists_Fragment = { readonly __typename: 'PasswordExists', readonly message: string };

type ProblemFields_ProviderRejected_Fragment = { readonly __typename: 'ProviderRejected', readonly message: string };

type ProblemFields_ProviderUnavailable_Fragment = { readonly __typename: 'ProviderUnavailable', readonly message: string };

type ProblemFields_SecondFactorRequired_Fragment = { readonly __typename: 'SecondFactorRequired', readonly passkeyOptions: object | null, readonly message: string, readonly challenge: { readonly token: string, readonly expiresAt: string, readonly factors: ReadonlyArray<AuthenticationMethod> } };

type ProblemFields_SessionLimitReached_Fragment = { readonly __typename: 'SessionLimitReached', readonly message: string, readonly sessions: ReadonlyArray<{ readonly id: string, readonly lastSeenAt: string, readonly device: { readonly kind: DeviceKind, readonly name: string | null } }> };

type ProblemFields_SessionNotFound_Fragment = { readonly __typename: 'SessionNotFound', readonly message: string };

type ProblemFields_TooManyAttempts_Fragment = { readonly __typename: 'TooManyAttempts', readonly retryAt: string, readonly message: string };

type ProblemFields_TooManyIdentities_Fragment = { readonly __typename: 'TooManyIdentities', readonly message: string };

type ProblemFields_TooManyPasskeys_Fragment = { readonly __typename: 'TooManyPasskeys', readonly message: string };

type ProblemFields_VerifiedEmailRequired_Fragment = { readonly __typename: 'VerifiedEmailRequired', readonly message: string };

type ProblemFields_WeakPassword_Fragment = { readonly __typename: 'WeakPassword', readonly suggestions: ReadonlyArray<string>, readonly message: string };

export type ProblemFieldsFragment =
  | ProblemFields_AccountDisabled_Fragment
  | ProblemFields_AccountExists_Fragment
  | ProblemFields_AudienceNotAllowed_Fragment
  | ProblemFields_ChallengeRejected_Fragment
  | ProblemFields_CodeRejected_Fragment
  | ProblemFields_EmailTaken_Fragment
  | ProblemFields_FactorNotFound_Fragment
  | ProblemFields_IdentityNotFound_Fragment
  | ProblemFields_IdentityTaken_Fragment
  | ProblemFields_InvalidCredentials_Fragment
  | ProblemFields_InvalidInput_Fragment
  | ProblemFields_LastWayIn_Fragment
  | ProblemFields_LinkRejected_Fragment
  | ProblemFields_PasskeyNotFound_Fragment
  | ProblemFields_PasskeyRejected_Fragment
  | ProblemFields_PasswordExists_Fragment
  | ProblemFields_ProviderRejected_Fragment
  | ProblemFields_ProviderUnavailable_Fragment
  | ProblemFields_SecondFactorRequired_Fragment
  | ProblemFields_SessionLimitReached_Fragment
  | ProblemFields_SessionNotFound_Fragment
  | ProblemFields_TooManyAttempts_Fragment
  | ProblemFields_TooManyIdentities_Fragment
  | ProblemFields_TooManyPasskeys_Fragment
  | ProblemFields_VerifiedEmailRequired_Fragment
  | ProblemFields_WeakPassword_Fragment
;

export type RegisterMutationVariables = Exact<{
  input: RegisterInput;
}>;


export type RegisterMutation = { readonly register:
    | { readonly __typename: 'EmailTaken', readonly message: string }
    | { readonly __typename: 'InvalidInput', readonly message: string, readonly issues: ReadonlyArray<{ readonly field: string, readonly message: string }> }
    | { readonly __typename: 'RegisterSuccess', readonly token: string, readonly session: { readonly id: string, readonly expiresAt: string }, readonly user: { readonly id: string } }
    | { readonly __typename: 'TooManyAttempts', readonly retryAt: string, readonly message: string }
    | { readonly __typename: 'VerificationRequested', readonly to: string }
    | { readonly __typename: 'WeakPassword', readonly suggestions: ReadonlyArray<string>, readonly message: string }
   };

export type LoginMutationVariables = Exact<{
  input: LoginInput;
}>;


export type LoginMutation = { readonly login:
    | { readonly __typename: 'AccountDisabled', readonly message: string }
    | { readonly __typename: 'InvalidCredentials', readonly message: string }
    | { readonly __typename: 'InvalidInput', readonly message: string, readonly issues: ReadonlyArray<{ readonly field: string, readonly message: string }> }
    | { readonly __typename: 'LoginSuccess', readonly token: string, readonly superseded: ReadonlyArray<{ readonly id: string, readonly device: { readonly kind: DeviceKind, readonly name: string | null } }>, readonly session: { readonly id: string, readonly expiresAt: string }, readonly user: { readonly id: string } }
    | { readonly __typename: 'SecondFactorRequired', readonly passkeyOptions: object | null, readonly message: string, readonly challenge: { readonly token: string, readonly expiresAt: string, readonly factors: ReadonlyArray<AuthenticationMethod> } }
    | { readonly __typename: 'SessionLimitReached', readonly message: string, readonly sessions: ReadonlyArray<{ readonly id: string, readonly lastSeenAt: string, readonly device: { readonly kind: DeviceKind, readonly name: string | null } }> }
    | { readonly __typename: 'TooManyAttempts', readonly retryAt: string, readonly message: string }
   };

export type CompleteLoginMutationVariables = Exact<{
  input: CompleteLoginInput;
}>;


export type CompleteLoginMutation = { readonly completeLogin:
    | { readonly __typename: 'AccountDisabled', readonly message: string }
    | { readonly __typename: 'ChallengeRejected', readonly message: string }
    | { readonly __typename: 'CodeRejected', readonly triesLeft: number, readonly message: string }
    | { readonly __typename: 'InvalidInput', readonly message: string, readonly issues: ReadonlyArray<{ readonly field: string, readonly message: string }> }
    | { readonly __typename: 'LoginSuccess', readonly token: string, readonly session: { readonly id: string, readonly expiresAt: string }, readonly user: { readonly id: string } }
    | { readonly __typename: 'PasskeyRejected', readonly message: string }
    | { readonly __typename: 'SessionLimitReached', readonly message: string, readonly sessions: ReadonlyArray<{ readonly id: string, readonly lastSeenAt: string, readonly device: { readonly kind: DeviceKind, readonly name: string | null } }> }
    | { readonly __typename: 'TooManyAttempts', readonly retryAt: string, readonly message: string }
   };

export type RequestLoginCodeMutationVariables = Exact<{
  input: RequestLoginCodeInput;
}>;


export type RequestLoginCodeMutation = { readonly requestLoginCode:
    | { readonly __typename: 'InvalidInput', readonly message: string, readonly issues: ReadonlyArray<{ readonly field: string, readonly message: string }> }
    | { readonly __typename: 'LoginCodeRequested', readonly to: string, readonly challenge: { readonly token: string, readonly expiresAt: string } }
    | { readonly __typename: 'TooManyAttempts', readonly retryAt: string, readonly message: string }
   };

export type LoginWithCodeMutationVariables = Exact<{
  input: LoginWithCodeInput;
}>;


export type LoginWithCodeMutation = { readonly loginWithCode:
    | { readonly __typename: 'AccountDisabled', readonly message: string }
    | { readonly __typename: 'ChallengeRejected', readonly message: string }
    | { readonly __typename: 'CodeRejected', readonly triesLeft: number, readonly message: string }
    | { readonly __typename: 'LoginSuccess', readonly token: string, readonly session: { readonly id: string, readonly expiresAt: string }, readonly user: { readonly id: string } }
    | { readonly __typename: 'SecondFactorRequired', readonly passkeyOptions: object | null, readonly message: string, readonly challenge: { readonly token: string, readonly expiresAt: string, readonly factors: ReadonlyArray<AuthenticationMethod> } }
    | { readonly __typename: 'SessionLimitReached', readonly message: string, readonly sessions: ReadonlyArray<{ readonly id: string, readonly lastSeenAt: string, readonly device: { readonly kind: DeviceKind, readonly name: string | null } }> }
    | { readonly __typename: 'TooManyAttempts', readonly retryAt: string, readonly message: string }
   };

export type CompletePasskeyLoginMutationVariables = Exact<{
  input: CompletePasskeyLoginInput;
}>;


export type CompletePasskeyLoginMutation = { readonly completePasskeyLogin:
    | { readonly __typename: 'AccountDisabled', readonly message: string }
    | { readonly __typename: 'LoginSuccess', readonly token: string, readonly session: { readonly id: string, readonly expiresAt: string }, readonly user: { readonly id: string } }
    | { readonly __typename: 'PasskeyRejected', readonly message: string }
    | { readonly __typename: 'SessionLimitReached', readonly message: string, readonly sessions: ReadonlyArray<{ readonly id: string, readonly lastSeenAt: string, readonly device: { readonly kind: DeviceKind, readonly name: string | null } }> }
    | { readonly __typename: 'TooManyAttempts', readonly retryAt: string, readonly message: string }
   };

export type StartProviderLoginMutationVariables = Exact<{
  input: StartProviderLoginInput;
}>;


export type StartProviderLoginMutation = { readonly startProviderLogin:
    | { readonly __typename: 'ProviderLoginStarted', readonly url: string, readonly challenge: { readonly token: string, readonly expiresAt: string } }
    | { readonly __typename: 'ProviderRejected', readonly message: string }
    | { readonly __typename: 'ProviderUnavailable', readonly message: string }
    | { readonly __typename: 'TooManyAttempts', readonly retryAt: string, readonly message: string }
   };

export type CompleteProviderLoginMutationVariables = Exact<{
  input: CompleteProviderLoginInput;
}>;


export type CompleteProviderLoginMutation = { readonly completeProviderLogin:
    | { readonly __typename: 'AccountDisabled', readonly message: string }
    | { readonly __typename: 'AccountExists', readonly methods: ReadonlyArray<AuthenticationMethod>, readonly message: string }
    | { readonly __typename: 'ChallengeRejected', readonly message: string }
    | { readonly __typename: 'InvalidInput', readonly message: string, readonly issues: ReadonlyArray<{ readonly field: string, readonly message: string }> }
    | { readonly __typename: 'LoginSuccess', readonly token: string, readonly session: { readonly id: string, readonly expiresAt: string }, readonly user: { readonly id: string } }
    | { readonly __typename: 'ProviderRejected', readonly message: string }
    | { readonly __typename: 'ProviderUnavailable', readonly message: string }
    | { readonly __typename: 'RegisterSuccess', readonly token: string, readonly session: { readonly id: string, readonly expiresAt: string }, readonly user: { readonly id: string } }
    | { readonly __typename: 'SecondFactorRequired', readonly passkeyOptions: object | null, readonly message: string, readonly challenge: { readonly token: string, readonly expiresAt: string, readonly factors: ReadonlyArray<AuthenticationMethod> } }
    | { readonly __typename: 'SessionLimitReached', readonly message: string, readonly sessions: ReadonlyArray<{ readonly id: string, readonly lastSeenAt: string, readonly device: { readonly kind: DeviceKind, readonly name: string | null } }> }
    | { readonly __typename: 'TooManyAttempts', readonly retryAt: string, readonly message: string }
    | { readonly __typename: 'VerifiedEmailRequired', readonly message: string }
   };

export type ConfirmIdentityMutationVariables = Exact<{
  input: ConfirmIdentityInput;
}>;


export type ConfirmIdentityMutation = { readonly confirmIdentity:
    | { readonly __typename: 'ConfirmIdentitySuccess', readonly token: string, readonly session: { readonly id: string, readonly expiresAt: string }, readonly user: { readonly id: string } }
    | { readonly __typename: 'InvalidCredentials', readonly message: string }
    | { readonly __typename: 'InvalidInput', readonly message: string, readonly issues: ReadonlyArray<{ readonly field: string, readonly message: string }> }
    | { readonly __typename: 'PasskeyRejected', readonly message: string }
    | { readonly __typename: 'TooManyAttempts', readonly retryAt: string, readonly message: string }
   };

export type ChangePasswordMutationVariables = Exact<{
  input: ChangePasswordInput;
}>;


export type ChangePasswordMutation = { readonly changePassword:
    | { readonly __typename: 'ChangePasswordSuccess', readonly token: string, readonly session: { readonly id: string, readonly expiresAt: string }, readonly user: { readonly id: string } }
    | { readonly __typename: 'InvalidCredentials', readonly message: string }
    | { readonly __typename: 'InvalidInput', readonly message: string, readonly issues: ReadonlyArray<{ readonly field: string, readonly message: string }> }
    | { readonly __typename: 'TooManyAttempts', readonly retryAt: string, readonly message: string }
    | { readonly __typename: 'WeakPassword', readonly suggestions: ReadonlyArray<string>, readonly message: string }
   };

export type LogoutMutationVariables = Exact<{ [key: string]: never; }>;


export type LogoutMutation = { readonly logout: { readonly session: { readonly id: string } | null } };

export type SignedOutFieldsFragment = { readonly sessionId: string | null, readonly reason: SignedOutReason, readonly at: string | null, readonly by: { readonly kind: DeviceKind, readonly name: string | null } | null };

export type SessionStateQueryVariables = Exact<{ [key: string]: never; }>;


export type SessionStateQuery = { readonly session:
    | { readonly __typename: 'Session', readonly id: string }
    | { readonly __typename: 'SignedOut', readonly sessionId: string | null, readonly reason: SignedOutReason, readonly at: string | null, readonly by: { readonly kind: DeviceKind, readonly name: string | null } | null }
   };

export type SessionEndedSubscriptionVariables = Exact<{ [key: string]: never; }>;


export type SessionEndedSubscription = { readonly sessionEnded: { readonly sessionId: string | null, readonly reason: SignedOutReason, readonly at: string | null, readonly by: { readonly kind: DeviceKind, readonly name: string | null } | null } };

/** Which object types each union and interface has. */
export const possibleTypes = {
  "ChangePasswordResult": [
    "ChangePasswordSuccess",
    "InvalidCredentials",
    "InvalidInput",
    "TooManyAttempts",
    "WeakPassword"
  ],
  "CompleteIdentityLinkResult": [
    "ChallengeRejected",
    "IdentityLinked",
    "IdentityTaken",
    "ProviderRejected",
    "ProviderUnavailable",
    "TooManyAttempts",
    "TooManyIdentities",
    "VerifiedEmailRequired"
  ],
  "CompleteLoginResult": [
    "AccountDisabled",
    "ChallengeRejected",
    "CodeRejected",
    "InvalidInput",
    "LoginSuccess",
    "PasskeyRejected",
    "SessionLimitReached",
    "TooManyAttempts"
  ],
  "CompletePasskeyLoginResult": [
    "AccountDisabled",
    "LoginSuccess",
    "PasskeyRejected",
    "SessionLimitReached",
    "TooManyAttempts"
  ],
  "CompletePasskeyRegistrationResult": [
    "InvalidInput",
    "PasskeyAdded",
    "PasskeyRejected",
    "TooManyAttempts"
  ],
  "CompleteProviderLoginResult": [
    "AccountDisabled",
    "AccountExists",
    "ChallengeRejected",
    "InvalidInput",
    "LoginSuccess",
    "ProviderRejected",
    "ProviderUnavailable",
    "RegisterSuccess",
    "SecondFactorRequired",
    "SessionLimitReached",
    "TooManyAttempts",
    "VerifiedEmailRequired"
  ],
  "CompleteRegistrationResult": [
    "ChallengeRejected",
    "CodeRejected",
    "EmailTaken",
    "InvalidInput",
    "RegisterSuccess",
    "TooManyAttempts"
  ],
  "ConfirmEmailChangeResult": [
    "ConfirmEmailChangeSuccess",
    "EmailTaken",
    "LinkRejected",
    "TooManyAttempts"
  ],
  "ConfirmIdentityResult": [
    "ConfirmIdentitySuccess",
    "InvalidCredentials",
    "InvalidInput",
    "PasskeyRejected",
    "TooManyAttempts"
  ],
  "ConfirmTotpEnrolmentResult": [
    "ChallengeRejected",
    "CodeRejected",
    "ConfirmTotpEnrolmentSuccess",
    "TooManyAttempts"
  ],
  "DeleteAccountResult": [
    "DeleteAccountSuccess",
    "TooManyAttempts"
  ],
  "EndSessionResult": [
    "EndSessionSuccess",
    "SessionNotFound"
  ],
  "LoginResult": [
    "AccountDisabled",
    "InvalidCredentials",
    "InvalidInput",
    "LoginSuccess",
    "SecondFactorRequired",
    "SessionLimitReached",
    "TooManyAttempts"
  ],
  "LoginWithCodeResult": [
    "AccountDisabled",
    "ChallengeRejected",
    "CodeRejected",
    "LoginSuccess",
    "SecondFactorRequired",
    "SessionLimitReached",
    "TooManyAttempts"
  ],
  "MintTicketResult": [
    "AudienceNotAllowed",
    "MintTicketSuccess",
    "TooManyAttempts"
  ],
  "Problem": [
    "AccountDisabled",
    "AccountExists",
    "AudienceNotAllowed",
    "ChallengeRejected",
    "CodeRejected",
    "EmailTaken",
    "FactorNotFound",
    "IdentityNotFound",
    "IdentityTaken",
    "InvalidCredentials",
    "InvalidInput",
    "LastWayIn",
    "LinkRejected",
    "PasskeyNotFound",
    "PasskeyRejected",
    "PasswordExists",
    "ProviderRejected",
    "ProviderUnavailable",
    "SecondFactorRequired",
    "SessionLimitReached",
    "SessionNotFound",
    "TooManyAttempts",
    "TooManyIdentities",
    "TooManyPasskeys",
    "VerifiedEmailRequired",
    "WeakPassword"
  ],
  "RegisterResult": [
    "EmailTaken",
    "InvalidInput",
    "RegisterSuccess",
    "TooManyAttempts",
    "VerificationRequested",
    "WeakPassword"
  ],
  "RemoveFactorResult": [
    "FactorNotFound",
    "LastWayIn",
    "RemoveFactorSuccess",
    "TooManyAttempts"
  ],
  "RenamePasskeyResult": [
    "InvalidInput",
    "PasskeyNotFound",
    "PasskeyRenamed",
    "TooManyAttempts"
  ],
  "RenewRecoveryCodesResult": [
    "FactorNotFound",
    "RenewRecoveryCodesSuccess",
    "TooManyAttempts"
  ],
  "RequestEmailChangeResult": [
    "EmailRequested",
    "InvalidInput",
    "TooManyAttempts"
  ],
  "RequestEmailVerificationResult": [
    "EmailRequested",
    "TooManyAttempts"
  ],
  "RequestLoginCodeResult": [
    "InvalidInput",
    "LoginCodeRequested",
    "TooManyAttempts"
  ],
  "RequestPasswordResetResult": [
    "EmailRequested",
    "TooManyAttempts"
  ],
  "ResetPasswordResult": [
    "InvalidInput",
    "LinkRejected",
    "ResetPasswordSuccess",
    "TooManyAttempts",
    "WeakPassword"
  ],
  "SessionState": [
    "Session",
    "SignedOut"
  ],
  "SetPasswordResult": [
    "InvalidInput",
    "PasswordExists",
    "SetPasswordSuccess",
    "TooManyAttempts",
    "WeakPassword"
  ],
  "StartIdentityLinkResult": [
    "IdentityLinkStarted",
    "ProviderRejected",
    "ProviderUnavailable",
    "TooManyAttempts"
  ],
  "StartPasskeyConfirmationResult": [
    "PasskeyConfirmationStarted",
    "TooManyAttempts"
  ],
  "StartPasskeyLoginResult": [
    "PasskeyLoginStarted",
    "TooManyAttempts"
  ],
  "StartPasskeyRegistrationResult": [
    "PasskeyRegistrationStarted",
    "TooManyAttempts",
    "TooManyPasskeys"
  ],
  "StartProviderLoginResult": [
    "ProviderLoginStarted",
    "ProviderRejected",
    "ProviderUnavailable",
    "TooManyAttempts"
  ],
  "UnlinkIdentityResult": [
    "IdentityNotFound",
    "IdentityUnlinked",
    "LastWayIn",
    "TooManyAttempts"
  ],
  "VerifyEmailResult": [
    "LinkRejected",
    "TooManyAttempts",
    "VerifyEmailSuccess"
  ]
};

/** The object types without an `id`: a cache keeps them inside of their parents. */
export const typesWithoutId = [
  "AccountDisabled",
  "AccountExists",
  "AudienceNotAllowed",
  "Challenge",
  "ChallengeRejected",
  "ChangePasswordSuccess",
  "CodeRejected",
  "ConfirmEmailChangeSuccess",
  "ConfirmIdentitySuccess",
  "ConfirmTotpEnrolmentSuccess",
  "Device",
  "EmailRequested",
  "EmailTaken",
  "EndOtherSessionsPayload",
  "EndSessionSuccess",
  "FactorNotFound",
  "IdentityLinkStarted",
  "IdentityLinked",
  "IdentityNotFound",
  "IdentityTaken",
  "IdentityUnlinked",
  "InputIssue",
  "InvalidCredentials",
  "InvalidInput",
  "LastWayIn",
  "LinkRejected",
  "LoginCodeRequested",
  "LoginSuccess",
  "LogoutPayload",
  "MintTicketSuccess",
  "PageInfo",
  "PasskeyAdded",
  "PasskeyConfirmationStarted",
  "PasskeyLoginStarted",
  "PasskeyNotFound",
  "PasskeyRegistrationStarted",
  "PasskeyRejected",
  "PasskeyRenamed",
  "PasswordExists",
  "ProviderLoginStarted",
  "ProviderRejected",
  "ProviderUnavailable",
  "RegisterSuccess",
  "RemoveFactorSuccess",
  "RenewRecoveryCodesSuccess",
  "ResetPasswordSuccess",
  "SecondFactorRequired",
  "SecurityEventConnection",
  "SecurityEventEdge",
  "SessionConnection",
  "SessionEdge",
  "SessionLimitReached",
  "SessionNotFound",
  "SetPasswordSuccess",
  "SignedOut",
  "StartTotpEnrolmentPayload",
  "TooManyAttempts",
  "TooManyIdentities",
  "TooManyPasskeys",
  "VerificationRequested",
  "VerifiedEmailRequired",
  "VerifyEmailSuccess",
  "WeakPassword"
] as const;

/** The results that have a new token. */
export const signedInTypes = [
  "ChangePasswordSuccess",
  "ConfirmIdentitySuccess",
  "LoginSuccess",
  "RegisterSuccess"
] as const;
