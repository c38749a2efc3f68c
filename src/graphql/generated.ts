import type { GraphQLResolveInfo, GraphQLScalarType, GraphQLScalarTypeConfig } from 'graphql';
import type { SecondFactorNode, SessionNode, UserNode } from './results.js';
import type { Context } from './context.js';
export type Maybe<T> = T | null;
export type InputMaybe<T> = Maybe<T>;
export type Omit<T, K extends keyof T> = Pick<T, Exclude<keyof T, K>>;
export type RequireFields<T, K extends keyof T> = Omit<T, K> & { [P in K]-?: NonNullable<T[P]> };
/** All built-in and custom scalars, mapped to their actual values */
export type Scalars = {
  ID: { input: string; output: string; }
  String: { input: string; output: string; }
  Boolean: { input: boolean; output: boolean; }
  Int: { input: number; output: number; }
  Float: { input: number; output: number; }
  /** What `toJSON()` of a passkey that was used gives in a browser: an `AuthenticationResponseJSON` of WebAuthn. */
  AuthenticationResponseJSON: { input: unknown; output: unknown; }
  /** A moment in UTC in the format of RFC 3339, with milliseconds: `2026-01-31T09:30:00.000Z`. */
  DateTime: { input: Date; output: Date; }
  /**
   * What a browser's `PublicKeyCredential.parseCreationOptionsFromJSON` and the helpers for passkeys take: a
   * `PublicKeyCredentialCreationOptionsJSON` of WebAuthn.
   */
  PublicKeyCredentialCreationOptionsJSON: { input: object; output: object; }
  /**
   * What a browser's `PublicKeyCredential.parseRequestOptionsFromJSON` and the helpers for passkeys take: a
   * `PublicKeyCredentialRequestOptionsJSON` of WebAuthn.
   */
  PublicKeyCredentialRequestOptionsJSON: { input: object; output: object; }
  /** What `toJSON()` of a new passkey gives in a browser: a `RegistrationResponseJSON` of WebAuthn. */
  RegistrationResponseJSON: { input: unknown; output: unknown; }
};

/** The password is correct, but an operator has disabled the account. */
export type AccountDisabled = Problem & {
  readonly __typename?: 'AccountDisabled';
  /** A sentence in English for the person. Programs use `__typename`. */
  readonly message: Scalars['String']['output'];
};

/**
 * An account has the e-mail address that the provider vouches for, and the identity is not linked to it. Sign in to the
 * account in one of its ways, then link the identity.
 */
export type AccountExists = Problem & {
  readonly __typename?: 'AccountExists';
  /** A sentence in English for the person. Programs use `__typename`. */
  readonly message: Scalars['String']['output'];
  /** The ways in that the account has. */
  readonly methods: ReadonlyArray<AuthenticationMethod>;
};

/** The service mints no tickets for the audience. */
export type AudienceNotAllowed = Problem & {
  readonly __typename?: 'AudienceNotAllowed';
  /** A sentence in English for the person. Programs use `__typename`. */
  readonly message: Scalars['String']['output'];
};

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

/** Something that was begun and waits for its next step. */
export type Challenge = {
  readonly __typename?: 'Challenge';
  /** When the challenge ends: 10 minutes after it began, or with the link in its mail. */
  readonly expiresAt: Scalars['DateTime']['output'];
  /** The methods that complete it. One of them is enough. */
  readonly factors: ReadonlyArray<AuthenticationMethod>;
  /**
   * Proves to the next step that this device began. It works once, and ends at the fifth wrong code. Keep it in memory
   * only; never put it into a URL.
   */
  readonly token: Scalars['String']['output'];
};

/**
 * The challenge does not work: it has expired, was used, had too many wrong codes, is for another mutation, or the password
 * or a factor has changed since. The result does not reveal which. Begin again with the first step.
 */
export type ChallengeRejected = Problem & {
  readonly __typename?: 'ChallengeRejected';
  /** A sentence in English for the person. Programs use `__typename`. */
  readonly message: Scalars['String']['output'];
};

/** A change of the password. */
export type ChangePasswordInput = {
  /** The account's current password. */
  readonly currentPassword: Scalars['String']['input'];
  /** The new password: 8 to 128 characters, unless the server asks for more. */
  readonly newPassword: Scalars['String']['input'];
};

/** The result of changing the password. */
export type ChangePasswordResult = ChangePasswordSuccess | InvalidCredentials | InvalidInput | TooManyAttempts | WeakPassword;

/** The password is changed, and a new session is open. */
export type ChangePasswordSuccess = {
  readonly __typename?: 'ChangePasswordSuccess';
  /** Every session that the change ended, newest first, including the request's own. */
  readonly endedSessions: ReadonlyArray<Session>;
  /** When the token and its session expire. */
  readonly expiresAt: Scalars['DateTime']['output'];
  /** The session that replaced the old one. */
  readonly session: Session;
  /** Send it as `Authorization: Bearer <token>` from now on; the request's own token is refused. */
  readonly token: Scalars['String']['output'];
  /** The account whose password was changed. */
  readonly user: User;
};

/** The code is wrong, or has been used already. */
export type CodeRejected = Problem & {
  readonly __typename?: 'CodeRejected';
  /** A sentence in English for the person. Programs use `__typename`. */
  readonly message: Scalars['String']['output'];
  /** How many more wrong codes the challenge allows; with 0 it has ended. */
  readonly triesLeft: Scalars['Int']['output'];
};

/** What a person brought back from a provider, to link it. */
export type CompleteIdentityLinkInput = {
  /** The token of the challenge that `startIdentityLink` gave. */
  readonly challengeToken: Scalars['String']['input'];
  /** The parameter `code` of the URL that the person returned to. */
  readonly code: Scalars['String']['input'];
  /** The parameter `iss` of that URL; leave it out when there is none. */
  readonly iss?: InputMaybe<Scalars['String']['input']>;
  /** The parameter `state` of that URL. */
  readonly state: Scalars['String']['input'];
};

/** The result of linking an identity. */
export type CompleteIdentityLinkResult = ChallengeRejected | IdentityLinked | IdentityTaken | ProviderRejected | ProviderUnavailable | TooManyAttempts | TooManyIdentities | VerifiedEmailRequired;

/** The second step of a sign-in: the challenge, and exactly one of `totp`, `recoveryCode` and `passkey`. */
export type CompleteLoginInput = {
  /** The `token` of the challenge that the first step gave. */
  readonly challengeToken: Scalars['String']['input'];
  /** What the browser gave for `passkeyOptions`, as it is. */
  readonly passkey?: InputMaybe<Scalars['AuthenticationResponseJSON']['input']>;
  /** One of the account's recovery codes. Case, spaces and dashes make no difference. */
  readonly recoveryCode?: InputMaybe<Scalars['String']['input']>;
  /** Whether to end the oldest session, if the server asks first: see `SessionLimitReached`. */
  readonly takeover: Scalars['Boolean']['input'];
  /** The 6 digits that the authenticator app shows. Spaces and dashes make no difference. */
  readonly totp?: InputMaybe<Scalars['String']['input']>;
};

/**
 * The result of the second step of a sign-in. After `SessionLimitReached` the challenge stays open: the same code works
 * again, with `takeover`.
 */
export type CompleteLoginResult = AccountDisabled | ChallengeRejected | CodeRejected | InvalidInput | LoginSuccess | PasskeyRejected | SessionLimitReached | TooManyAttempts;

/** A sign-in with a passkey. */
export type CompletePasskeyLoginInput = {
  /** The token of the challenge that `startPasskeyLogin` gave. */
  readonly challengeToken: Scalars['String']['input'];
  /** The device to sign in; if left out, its kind is `OTHER` and it has no name. */
  readonly device?: InputMaybe<DeviceInput>;
  /** What the browser gave, as it is. */
  readonly response: Scalars['AuthenticationResponseJSON']['input'];
  /** Whether to end the oldest session, if the server asks first: see `SessionLimitReached`. */
  readonly takeover: Scalars['Boolean']['input'];
};

/**
 * The result of a sign-in with a passkey. After `SessionLimitReached` the challenge stays open: the same `response` works
 * again, with `takeover`.
 */
export type CompletePasskeyLoginResult = AccountDisabled | LoginSuccess | PasskeyRejected | SessionLimitReached | TooManyAttempts;

/** A new passkey. */
export type CompletePasskeyRegistrationInput = {
  /** The token of the challenge that `startPasskeyRegistration` gave. */
  readonly challengeToken: Scalars['String']['input'];
  /**
   * A name that the user recognises, such as that of the device. The server removes invisible characters and cuts the name
   * to 80 characters. `InvalidInput` where nothing is left.
   */
  readonly name: Scalars['String']['input'];
  /** What the browser gave, as it is. */
  readonly response: Scalars['RegistrationResponseJSON']['input'];
};

/** The result of adding a passkey. */
export type CompletePasskeyRegistrationResult = InvalidInput | PasskeyAdded | PasskeyRejected | TooManyAttempts;

/** What a person brought back from a provider, to sign in. */
export type CompleteProviderLoginInput = {
  /** The token of the challenge that `startProviderLogin` gave. */
  readonly challengeToken: Scalars['String']['input'];
  /** The parameter `code` of the URL that the person returned to. */
  readonly code: Scalars['String']['input'];
  /** The device to sign in; if left out, its kind is `OTHER` and it has no name. */
  readonly device?: InputMaybe<DeviceInput>;
  /**
   * A uuid that the client makes for this sign-in, so that it can retry when the response is lost. The same key and
   * challenge within 60 seconds give the same session, as long as that is live. `InvalidInput` for a key that is no uuid.
   */
  readonly idempotencyKey?: InputMaybe<Scalars['ID']['input']>;
  /** The parameter `iss` of that URL; leave it out when there is none. */
  readonly iss?: InputMaybe<Scalars['String']['input']>;
  /** The parameter `state` of that URL. */
  readonly state: Scalars['String']['input'];
  /** Whether to end the oldest session, if the server asks first: see `SessionLimitReached`. */
  readonly takeover: Scalars['Boolean']['input'];
};

/** The result of a sign-in at a provider. */
export type CompleteProviderLoginResult = AccountDisabled | AccountExists | ChallengeRejected | InvalidInput | LoginSuccess | ProviderRejected | ProviderUnavailable | RegisterSuccess | SecondFactorRequired | SessionLimitReached | TooManyAttempts | VerifiedEmailRequired;

/** The end of a registration: the challenge, and exactly one of `code` and `linkToken`. */
export type CompleteRegistrationInput = {
  /** The `token` of the challenge that `register` gave. */
  readonly challengeToken: Scalars['String']['input'];
  /** The 8 digits from the mail. Spaces and dashes make no difference. */
  readonly code?: InputMaybe<Scalars['String']['input']>;
  /** The text after `token=` in the link. */
  readonly linkToken?: InputMaybe<Scalars['String']['input']>;
};

/** The result of completing a registration. */
export type CompleteRegistrationResult = ChallengeRejected | CodeRejected | EmailTaken | InvalidInput | RegisterSuccess | TooManyAttempts;

/** The emailed link that confirms a new e-mail address. */
export type ConfirmEmailChangeInput = {
  /** The text after `token=` in the link. */
  readonly token: Scalars['String']['input'];
};

/** The result of confirming a new e-mail address. */
export type ConfirmEmailChangeResult = ConfirmEmailChangeSuccess | EmailTaken | LinkRejected | TooManyAttempts;

/** The account has the new e-mail address. */
export type ConfirmEmailChangeSuccess = {
  readonly __typename?: 'ConfirmEmailChangeSuccess';
  /** The account with the e-mail address. */
  readonly user: User;
};

/** A proof of who the signed-in user is, as much as a sign-in takes: exactly one of `password` and `passkey`. */
export type ConfirmIdentityInput = {
  /** One of the account's passkeys. */
  readonly passkey?: InputMaybe<PasskeyProofInput>;
  /** The account's password. */
  readonly password?: InputMaybe<Scalars['String']['input']>;
  /** With the password, in place of `totp`: one of the account's recovery codes. */
  readonly recoveryCode?: InputMaybe<Scalars['String']['input']>;
  /** With the password, for an account with a second factor: the 6 digits that the authenticator app shows. */
  readonly totp?: InputMaybe<Scalars['String']['input']>;
};

/** The result of proving once more who the user is. */
export type ConfirmIdentityResult = ConfirmIdentitySuccess | InvalidCredentials | InvalidInput | PasskeyRejected | TooManyAttempts;

/** The user has proved who they are, and a fresh session is open. */
export type ConfirmIdentitySuccess = {
  readonly __typename?: 'ConfirmIdentitySuccess';
  /** When the token and its session expire. */
  readonly expiresAt: Scalars['DateTime']['output'];
  /** The session that replaced the old one. */
  readonly session: Session;
  /** Send it as `Authorization: Bearer <token>` from now on; the request's own token is refused. */
  readonly token: Scalars['String']['output'];
  /** The account of the user. */
  readonly user: User;
};

/** The end of setting up an authenticator app. */
export type ConfirmTotpEnrolmentInput = {
  /** The `token` of the challenge that `startTotpEnrolment` gave. */
  readonly challengeToken: Scalars['String']['input'];
  /** The 6 digits that the authenticator app shows. Spaces and dashes make no difference. */
  readonly code: Scalars['String']['input'];
};

/** The result of adding an authenticator app. */
export type ConfirmTotpEnrolmentResult = ChallengeRejected | CodeRejected | ConfirmTotpEnrolmentSuccess | TooManyAttempts;

/** The authenticator app is added. */
export type ConfirmTotpEnrolmentSuccess = {
  readonly __typename?: 'ConfirmTotpEnrolmentSuccess';
  /** Ten recovery codes, for the day on which the app is lost. Each works once. They are never shown again. */
  readonly recoveryCodes: ReadonlyArray<Scalars['String']['output']>;
  /** The account, with its `factors`. */
  readonly user: User;
};

/** The result of deleting an account. */
export type DeleteAccountResult = DeleteAccountSuccess | TooManyAttempts;

/** The account is deleted. */
export type DeleteAccountSuccess = {
  readonly __typename?: 'DeleteAccountSuccess';
  /** The id that the account had. */
  readonly id: Scalars['ID']['output'];
};

/** A device, as it described itself at the sign-in. */
export type Device = {
  readonly __typename?: 'Device';
  /** The kind of device. */
  readonly kind: DeviceKind;
  /** A name for the user, such as `Pixel 9`; null when the client gave none. */
  readonly name?: Maybe<Scalars['String']['output']>;
};

/** A device, as the client describes it. */
export type DeviceInput = {
  /** The kind of device. */
  readonly kind: DeviceKind;
  /**
   * A name that the user recognises, such as `Pixel 9`. Every name is accepted: the server removes invisible characters
   * and cuts the name to 80 characters.
   */
  readonly name?: InputMaybe<Scalars['String']['input']>;
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

/** The request for a mail is accepted. It does not say whether a mail goes out. */
export type EmailRequested = {
  readonly __typename?: 'EmailRequested';
  /** The e-mail address, as the client sent it. */
  readonly to: Scalars['String']['output'];
};

/** An account with the e-mail address already exists. */
export type EmailTaken = Problem & {
  readonly __typename?: 'EmailTaken';
  /** A sentence in English for the person. Programs use `__typename`. */
  readonly message: Scalars['String']['output'];
};

/** The result of ending the other sessions. */
export type EndOtherSessionsPayload = {
  readonly __typename?: 'EndOtherSessionsPayload';
  /** The sessions that ended, newest first; empty when there were no others. */
  readonly sessions: ReadonlyArray<Session>;
  /** The signed-in account; ask for its `sessions` to update a list. */
  readonly user: User;
};

/** A session to end. */
export type EndSessionInput = {
  /** The session's id, as `User.sessions` gives it. */
  readonly id: Scalars['ID']['input'];
};

/** The result of ending a session. */
export type EndSessionResult = EndSessionSuccess | SessionNotFound;

/** The session has ended. */
export type EndSessionSuccess = {
  readonly __typename?: 'EndSessionSuccess';
  /** The ended session. */
  readonly session: Session;
  /** The signed-in account; ask for its `sessions` to update a list. */
  readonly user: User;
};

/**
 * The values of an error's `extensions.code`, apart from Apollo Server's own codes for requests that cannot be parsed or
 * do not fit the schema. No field has this type: it is here so that generated code knows the values.
 */
export type ErrorCode =
  /**
   * An argument has a value that no correct client sends, or is an e-mail address that cannot exist. If a person can
   * cause the error, the message is for that person.
   */
  | 'BAD_USER_INPUT'
  /** Only the signed-in owner may see this. */
  | 'FORBIDDEN'
  /** A fault of the server. Its log has the cause under the id in the response's `x-request-id` header. */
  | 'INTERNAL_SERVER_ERROR'
  /** The operator has not set up what the operation is for, such as passkeys: do not offer it. */
  | 'NOT_ENABLED'
  /**
   * Too many requests, where the operation has no result that says so; too many attempts are a `TooManyAttempts` result.
   * `extensions.retryAt` says when to try again.
   */
  | 'RATE_LIMITED'
  /**
   * The service cannot answer at the moment, because its database cannot be reached or it is overloaded. Try again.
   * Operations that send mail also fail with this code while the server is not configured to send mail.
   */
  | 'SERVICE_UNAVAILABLE'
  /**
   * The user has to prove first who they are: the last proof is older than `extensions.maxAgeSeconds`, or from before the
   * account had a second factor. `extensions.factors` lists the `AuthenticationMethod`s by which they can. With `PASSWORD`
   * or `PASSKEY` call `confirmIdentity`; with the password send a code as well if `TOTP` is in the list. With any other
   * method sign in again by it. Then send the request again with the new token.
   */
  | 'STEP_UP_REQUIRED'
  /**
   * The request needs a live session and has none. `extensions.reason` is a `SignedOutReason`. For a token that was once
   * valid, `extensions.at` says when its session ended; for `SUPERSEDED`, `extensions.by` has the `kind` and `name` of
   * the device that signed in instead.
   */
  | 'UNAUTHENTICATED';

/** A second factor of an account. */
export type Factor = {
  readonly __typename?: 'Factor';
  /** When it was added. */
  readonly createdAt: Scalars['DateTime']['output'];
  /** The factor's uuid. */
  readonly id: Scalars['ID']['output'];
  /** When it last completed a sign-in; null before the first one. */
  readonly lastUsedAt?: Maybe<Scalars['DateTime']['output']>;
  /** What it is: `TOTP` for an authenticator app. */
  readonly method: AuthenticationMethod;
};

/** The account has no second factor with this id, or none at all. */
export type FactorNotFound = Problem & {
  readonly __typename?: 'FactorNotFound';
  /** A sentence in English for the person. Programs use `__typename`. */
  readonly message: Scalars['String']['output'];
};

/** An identity at a provider: a person who signs in to it there is signed in to the account here. */
export type Identity = {
  readonly __typename?: 'Identity';
  /** When the identity was linked. */
  readonly createdAt: Scalars['DateTime']['output'];
  /** The e-mail address that the provider named when the identity was linked; null when it named none. */
  readonly email?: Maybe<Scalars['String']['output']>;
  /** The identity's uuid. The provider does not know it. */
  readonly id: Scalars['ID']['output'];
  /** When it last signed in; null before the first time. */
  readonly lastUsedAt?: Maybe<Scalars['DateTime']['output']>;
  /** The provider's name, one of `Query.providers` unless the operator has removed it. */
  readonly provider: Scalars['String']['output'];
};

/** The person may go to the provider now. */
export type IdentityLinkStarted = {
  readonly __typename?: 'IdentityLinkStarted';
  /** What to complete the link with, beside what the provider sends back. */
  readonly challenge: Challenge;
  /** The provider's page: open it in the browser in which the person returns. */
  readonly url: Scalars['String']['output'];
};

/** The identity is linked. */
export type IdentityLinked = {
  readonly __typename?: 'IdentityLinked';
  /** The identity. */
  readonly identity: Identity;
  /** The signed-in account; ask for its `identities` to update a list. */
  readonly user: User;
};

/** The account has no linked identity with this id. */
export type IdentityNotFound = Problem & {
  readonly __typename?: 'IdentityNotFound';
  /** A sentence in English for the person. Programs use `__typename`. */
  readonly message: Scalars['String']['output'];
};

/** The identity is linked to another account. */
export type IdentityTaken = Problem & {
  readonly __typename?: 'IdentityTaken';
  /** A sentence in English for the person. Programs use `__typename`. */
  readonly message: Scalars['String']['output'];
};

/** The identity is unlinked. */
export type IdentityUnlinked = {
  readonly __typename?: 'IdentityUnlinked';
  /** The signed-in account; ask for its `identities` to update a list. */
  readonly user: User;
};

/** A fault of one field of the input. */
export type InputIssue = {
  readonly __typename?: 'InputIssue';
  /** The field's path inside the input, such as `email` or `device.name`. */
  readonly field: Scalars['String']['output'];
  /** A sentence in English for the person. It never repeats the value. */
  readonly message: Scalars['String']['output'];
};

/**
 * The e-mail address or the password is wrong, or the e-mail address has to be verified first. The result does not
 * reveal which.
 */
export type InvalidCredentials = Problem & {
  readonly __typename?: 'InvalidCredentials';
  /** A sentence in English for the person. Programs use `__typename`. */
  readonly message: Scalars['String']['output'];
};

/** One or more fields of the input are not valid. */
export type InvalidInput = Problem & {
  readonly __typename?: 'InvalidInput';
  /** The faults, field by field; at least one. */
  readonly issues: ReadonlyArray<InputIssue>;
  /** A sentence in English for the person. Programs use `__typename`. */
  readonly message: Scalars['String']['output'];
};

/** It is the account's only way in: without it the user could not sign in again. Add another one first, such as a password. */
export type LastWayIn = Problem & {
  readonly __typename?: 'LastWayIn';
  /** A sentence in English for the person. Programs use `__typename`. */
  readonly message: Scalars['String']['output'];
};

/** The link does not work. */
export type LinkRejected = Problem & {
  readonly __typename?: 'LinkRejected';
  /** A sentence in English for the person. Programs use `__typename`. */
  readonly message: Scalars['String']['output'];
  /** Why it does not work. */
  readonly reason: LinkRejection;
};

/** Why a link does not work. */
export type LinkRejection =
  /** The link has expired, or the account has changed since the link was mailed. */
  | 'EXPIRED'
  /** The server made no such link for this purpose: it is cut short, altered, or for something else. */
  | 'INVALID'
  /** The link has already been used. */
  | 'USED';

/** The request for a code is accepted. It does not say whether a mail goes out. */
export type LoginCodeRequested = {
  readonly __typename?: 'LoginCodeRequested';
  /** What `loginWithCode` completes, with the code from the mail. Keep its token in the browser that asked, for the link. */
  readonly challenge: Challenge;
  /** The e-mail address, as the client sent it. */
  readonly to: Scalars['String']['output'];
};

/** A sign-in. */
export type LoginInput = {
  /** The device to sign in; if left out, its kind is `OTHER` and it has no name. */
  readonly device?: InputMaybe<DeviceInput>;
  /** The account's e-mail address. Case and surrounding spaces make no difference. */
  readonly email: Scalars['String']['input'];
  /**
   * A uuid that the client makes for this sign-in, so that it can retry when the response is lost. The same key, user
   * and password within 60 seconds give the same session and the same `superseded` instead of a newer session, as long
   * as the first one is live. `InvalidInput` for a key that is no uuid.
   */
  readonly idempotencyKey?: InputMaybe<Scalars['ID']['input']>;
  /** The account's password. */
  readonly password: Scalars['String']['input'];
  /** Whether to end the oldest session, if the server asks first: see `SessionLimitReached`. */
  readonly takeover: Scalars['Boolean']['input'];
};

/** The result of a sign-in. */
export type LoginResult = AccountDisabled | InvalidCredentials | InvalidInput | LoginSuccess | SecondFactorRequired | SessionLimitReached | TooManyAttempts;

/** The user is signed in. */
export type LoginSuccess = {
  readonly __typename?: 'LoginSuccess';
  /** When the token and its session expire. */
  readonly expiresAt: Scalars['DateTime']['output'];
  /** The session that was opened. */
  readonly session: Session;
  /** The sessions that the new one replaced; empty when there was room. */
  readonly superseded: ReadonlyArray<Session>;
  /** Send it as `Authorization: Bearer <token>`. Store it like a password: it is enough to be signed in. */
  readonly token: Scalars['String']['output'];
  /** The user who signed in. */
  readonly user: User;
};

/** A sign-in by a mailed code. */
export type LoginWithCodeInput = {
  /** The `token` of the challenge that `requestLoginCode` gave. */
  readonly challengeToken: Scalars['String']['input'];
  /** The 8 digits from the mail or from its link. Spaces and dashes make no difference. */
  readonly code: Scalars['String']['input'];
  /** Whether to end the oldest session, if the server asks first: see `SessionLimitReached`. */
  readonly takeover: Scalars['Boolean']['input'];
};

/** The result of signing in by a mailed code. */
export type LoginWithCodeResult = AccountDisabled | ChallengeRejected | CodeRejected | LoginSuccess | SecondFactorRequired | SessionLimitReached | TooManyAttempts;

/** The result of signing out. */
export type LogoutPayload = {
  readonly __typename?: 'LogoutPayload';
  /** The session that ended; null when the request had no live session. */
  readonly session?: Maybe<Session>;
  /** The account that was signed out; null when the request had no live session. */
  readonly user?: Maybe<User>;
};

/** The server that a ticket is for. */
export type MintTicketInput = {
  /** The name of the server, as the operator of the service has set it. */
  readonly audience: Scalars['String']['input'];
};

/** The result of minting a ticket. */
export type MintTicketResult = AudienceNotAllowed | MintTicketSuccess | TooManyAttempts;

/** The ticket is minted. */
export type MintTicketSuccess = {
  readonly __typename?: 'MintTicketSuccess';
  /** From when on that server refuses it. */
  readonly expiresAt: Scalars['DateTime']['output'];
  /** Send it as `Authorization: Bearer <ticket>` to the server that it is for. */
  readonly ticket: Scalars['String']['output'];
};

/** Changes. */
export type Mutation = {
  readonly __typename?: 'Mutation';
  /**
   * Changes the password of the signed-in user. Every session of the account ends as `PASSWORD_CHANGED`, and a new
   * session replaces the request's own. Every link that was mailed before stops working. `UNAUTHENTICATED` without a
   * live session.
   */
  readonly changePassword: ChangePasswordResult;
  /**
   * Links the identity that the person brought back from a provider: it signs in to this account from now on. Only the
   * session that began the link completes it. `UNAUTHENTICATED` without a live session.
   */
  readonly completeIdentityLink: CompleteIdentityLinkResult;
  /**
   * Completes a sign-in that answered `SecondFactorRequired`. Its device, `idempotencyKey` and `takeover` hold here as
   * well. After a wrong code the challenge stays open; the fifth one ends it. Sent again within 60 seconds after it
   * succeeded, it gives the same session as long as that is live. A token that the request carries is ignored.
   */
  readonly completeLogin: CompleteLoginResult;
  /**
   * Signs in with a passkey, by the same rules as `login`. The passkey proves two factors, so no other one is asked for.
   * Sent again within 60 seconds after it succeeded, it gives the same session as long as that is live. A token that the
   * request carries is ignored. `BAD_USER_INPUT` for a `response` that no browser gives, `NOT_ENABLED` if
   * the server has no passkeys.
   */
  readonly completePasskeyLogin: CompletePasskeyLoginResult;
  /**
   * Adds the passkey that the browser has made. Every challenge from before stops working. Only the session
   * that began it can complete it. `BAD_USER_INPUT` for a `response` that no browser gives, `UNAUTHENTICATED` without a
   * live session, `NOT_ENABLED` if the server has no passkeys.
   */
  readonly completePasskeyRegistration: CompletePasskeyRegistrationResult;
  /**
   * Signs in with what the person brought back from a provider, by the same rules as `login`. A person whom no account knows
   * gets a new one without a password, if the provider vouches for their e-mail address. Each challenge and each code work
   * once: after any other result than a sign-in the person begins again. A token that the request carries is ignored.
   */
  readonly completeProviderLogin: CompleteProviderLoginResult;
  /**
   * Completes a registration that answered `VerificationRequested`, with the code or the link from the mail: creates the
   * account, with its e-mail address verified, and signs it in. Every other registration of the e-mail address is void
   * then. Sent again within 60 seconds after it succeeded, it gives the same session as long as that is live. A token that
   * the request carries is ignored.
   */
  readonly completeRegistration: CompleteRegistrationResult;
  /**
   * Gives the account the e-mail address that the link was mailed to, and mails a notice to the old one. Every other
   * link stops working; sessions stay live. `TooManyAttempts` after too many links that this server never made. Do not
   * select the user's sessions here: if the request has no session of that user, their error makes the whole `data` null,
   * although the change is made.
   */
  readonly confirmEmailChange: ConfirmEmailChangeResult;
  /**
   * Proves once more who the signed-in user is. A fresh session takes the place of the request's own, which ends as
   * `SUPERSEDED`, so that a copy of its token stops working. A mutation that changes a way in to the account needs this
   * when the last proof is older than 10 minutes; see `STEP_UP_REQUIRED`. `UNAUTHENTICATED` without a live session.
   */
  readonly confirmIdentity: ConfirmIdentityResult;
  /**
   * Adds the authenticator app with its first code. From then on every sign-in needs a second factor. An app that was
   * added before no longer works, and neither do recovery codes from before. `UNAUTHENTICATED` without a live session.
   */
  readonly confirmTotpEnrolment: ConfirmTotpEnrolmentResult;
  /**
   * Deletes the signed-in user's account for good. Its sessions end as `ACCOUNT_DELETED`, and no record names the person
   * any more. `STEP_UP_REQUIRED` when the user's last proof is older than 10 minutes, `UNAUTHENTICATED` without a
   * live session.
   */
  readonly deleteAccount: DeleteAccountResult;
  /**
   * Ends every live session of the user except the request's own as `REVOKED`, and notifies their devices at once.
   * `UNAUTHENTICATED` without a live session.
   */
  readonly endOtherSessions: EndOtherSessionsPayload;
  /**
   * Ends one of the user's live sessions and notifies its device at once. Another session ends as `REVOKED`, the request's
   * own session as `LOGGED_OUT`. `UNAUTHENTICATED` without a live session.
   */
  readonly endSession: EndSessionResult;
  /**
   * Signs in with an e-mail address and a password. If the account has a second factor, nothing changes yet, and
   * `completeLogin` asks for it. If the account has no room for one more session, the older session
   * ends as `SUPERSEDED` and its device is refused from its next request on. A token that the request carries is
   * ignored, so a stale token never blocks signing in again.
   */
  readonly login: LoginResult;
  /**
   * Signs in with the code from the mail, on the device that asked for it, by the same rules as `login`. The first code on
   * an account whose e-mail address was never verified removes its password and every other way in, and ends its sessions.
   * A token that the request carries is ignored. `NOT_ENABLED` if the server does not sign in by mailed codes.
   */
  readonly loginWithCode: LoginWithCodeResult;
  /**
   * Ends the session of the request's token as `LOGGED_OUT`. A token without a live session is no error: there is
   * nothing to end.
   */
  readonly logout: LogoutPayload;
  /**
   * Mints a ticket: a proof of the request's session for a server that verifies it by itself, with the keys at
   * `/.well-known/jwks.json`. It is valid for at most 60 seconds. This server itself does not accept it.
   * `UNAUTHENTICATED` without a live session. `TooManyAttempts` after 3,600 tickets of the account in an hour, unless the
   * operator has set another limit.
   */
  readonly mintTicket: MintTicketResult;
  /** Creates an account and signs it in, by the same rules as `login`. A token that the request carries is ignored. */
  readonly register: RegisterResult;
  /**
   * Removes an authenticator app or a passkey. Without an app the recovery codes are removed too. `STEP_UP_REQUIRED` when
   * the user's last proof is older than 10 minutes, `UNAUTHENTICATED` without a live session.
   */
  readonly removeFactor: RemoveFactorResult;
  /** Gives one of the signed-in user's passkeys another name. `UNAUTHENTICATED` without a live session. */
  readonly renamePasskey: RenamePasskeyResult;
  /**
   * Makes ten new recovery codes. All earlier ones stop working. `FactorNotFound` for an account without a second
   * factor. `STEP_UP_REQUIRED` when the user's last proof is older than 10 minutes, `UNAUTHENTICATED` without a live
   * session.
   */
  readonly renewRecoveryCodes: RenewRecoveryCodesResult;
  /**
   * Mails a link for `confirmEmailChange` to a new e-mail address. The account keeps its own until the link is used. The
   * result does not reveal whether another account has the new one. `STEP_UP_REQUIRED` when the user's last proof is
   * older than 10 minutes, `UNAUTHENTICATED` without a live session, `SERVICE_UNAVAILABLE` if the server cannot send
   * mail.
   */
  readonly requestEmailChange: RequestEmailChangeResult;
  /**
   * Mails a link for `verifyEmail`, which proves that the person receives mail at the e-mail address. Without input the
   * link goes to the signed-in user; `UNAUTHENTICATED` without a live session. With input no session is needed, and the
   * result is always the same: a mail goes out only if an account has the e-mail address and has not verified it yet.
   * `SERVICE_UNAVAILABLE` if the server cannot send mail.
   */
  readonly requestEmailVerification: RequestEmailVerificationResult;
  /**
   * Mails a code for `loginWithCode`, and a link that has it, to the account with this e-mail address. The result and its
   * time are the same whether or not there is such an account. `NOT_ENABLED` if the server does not sign in by mailed codes,
   * `SERVICE_UNAVAILABLE` if it cannot send mail.
   */
  readonly requestLoginCode: RequestLoginCodeResult;
  /**
   * Mails a link for `resetPassword` to the account with this e-mail address. The result and its time are the same
   * whether or not there is such an account. `SERVICE_UNAVAILABLE` if the server cannot send mail.
   */
  readonly requestPasswordReset: RequestPasswordResetResult;
  /**
   * Sets a new password with the token from the link. Every session of the account ends as `PASSWORD_CHANGED`, every
   * other link stops working, and the e-mail address that the link was mailed to counts as verified. Opens no session.
   * `TooManyAttempts` after too many links that this server never made.
   */
  readonly resetPassword: ResetPasswordResult;
  /**
   * Sets the password of an account without one, as one more way in; see `User.hasPassword`. Sessions stay live, links that
   * were mailed before stop working. `STEP_UP_REQUIRED` when the user's last proof is older than 10 minutes,
   * `UNAUTHENTICATED` without a live session.
   */
  readonly setPassword: SetPasswordResult;
  /**
   * Begins to link an identity at a provider to the signed-in user's account: send the person to `url`, then call
   * `completeIdentityLink`. `BAD_USER_INPUT` for a provider or a URI that the server is not configured for,
   * `STEP_UP_REQUIRED` when the user's last proof is older than 10 minutes, `UNAUTHENTICATED` without a live session.
   */
  readonly startIdentityLink: StartIdentityLinkResult;
  /**
   * Begins to prove who the signed-in user is by a passkey: give `options` to the browser, then call `confirmIdentity`.
   * `UNAUTHENTICATED` without a live session, `NOT_ENABLED` if the server has no passkeys.
   */
  readonly startPasskeyConfirmation: StartPasskeyConfirmationResult;
  /**
   * Begins a sign-in with a passkey: give `options` to the browser, then call `completePasskeyLogin`. No e-mail address is
   * needed, since the passkey names its account. A token that the request carries is ignored. `NOT_ENABLED` if the server
   * has no passkeys.
   */
  readonly startPasskeyLogin: StartPasskeyLoginResult;
  /**
   * Begins to add a passkey to the signed-in user's account: give `options` to the browser, then call
   * `completePasskeyRegistration`. `STEP_UP_REQUIRED` when the user's last proof is older than 10 minutes,
   * `UNAUTHENTICATED` without a live session, `NOT_ENABLED` if the server has no passkeys.
   */
  readonly startPasskeyRegistration: StartPasskeyRegistrationResult;
  /**
   * Begins a sign-in at a provider: send the person to `url`, then call `completeProviderLogin` with what the provider sends
   * back to `redirectUri`. A token that the request carries is ignored. `BAD_USER_INPUT` for a provider or a URI that the
   * server is not configured for.
   */
  readonly startProviderLogin: StartProviderLoginResult;
  /**
   * Begins to set up an authenticator app (TOTP). Nothing changes until `confirmTotpEnrolment`; an enrolment that was
   * begun before is void. `STEP_UP_REQUIRED` when the user's last proof is older than 10 minutes, `UNAUTHENTICATED`
   * without a live session, `SERVICE_UNAVAILABLE` if the server is not configured for it.
   */
  readonly startTotpEnrolment: StartTotpEnrolmentPayload;
  /**
   * Unlinks an identity: the person can no longer sign in with it. Sessions stay live. `STEP_UP_REQUIRED` when the user's
   * last proof is older than 10 minutes, `UNAUTHENTICATED` without a live session.
   */
  readonly unlinkIdentity: UnlinkIdentityResult;
  /**
   * Verifies an e-mail address with the token from the link. Works with and without a session, and opens none.
   * `TooManyAttempts` after too many links that this server never made.
   */
  readonly verifyEmail: VerifyEmailResult;
};


/** Changes. */
export type MutationChangePasswordArgs = {
  input: ChangePasswordInput;
};


/** Changes. */
export type MutationCompleteIdentityLinkArgs = {
  input: CompleteIdentityLinkInput;
};


/** Changes. */
export type MutationCompleteLoginArgs = {
  input: CompleteLoginInput;
};


/** Changes. */
export type MutationCompletePasskeyLoginArgs = {
  input: CompletePasskeyLoginInput;
};


/** Changes. */
export type MutationCompletePasskeyRegistrationArgs = {
  input: CompletePasskeyRegistrationInput;
};


/** Changes. */
export type MutationCompleteProviderLoginArgs = {
  input: CompleteProviderLoginInput;
};


/** Changes. */
export type MutationCompleteRegistrationArgs = {
  input: CompleteRegistrationInput;
};


/** Changes. */
export type MutationConfirmEmailChangeArgs = {
  input: ConfirmEmailChangeInput;
};


/** Changes. */
export type MutationConfirmIdentityArgs = {
  input: ConfirmIdentityInput;
};


/** Changes. */
export type MutationConfirmTotpEnrolmentArgs = {
  input: ConfirmTotpEnrolmentInput;
};


/** Changes. */
export type MutationEndSessionArgs = {
  input: EndSessionInput;
};


/** Changes. */
export type MutationLoginArgs = {
  input: LoginInput;
};


/** Changes. */
export type MutationLoginWithCodeArgs = {
  input: LoginWithCodeInput;
};


/** Changes. */
export type MutationMintTicketArgs = {
  input: MintTicketInput;
};


/** Changes. */
export type MutationRegisterArgs = {
  input: RegisterInput;
};


/** Changes. */
export type MutationRemoveFactorArgs = {
  input: RemoveFactorInput;
};


/** Changes. */
export type MutationRenamePasskeyArgs = {
  input: RenamePasskeyInput;
};


/** Changes. */
export type MutationRequestEmailChangeArgs = {
  input: RequestEmailChangeInput;
};


/** Changes. */
export type MutationRequestEmailVerificationArgs = {
  input?: InputMaybe<RequestEmailVerificationInput>;
};


/** Changes. */
export type MutationRequestLoginCodeArgs = {
  input: RequestLoginCodeInput;
};


/** Changes. */
export type MutationRequestPasswordResetArgs = {
  input: RequestPasswordResetInput;
};


/** Changes. */
export type MutationResetPasswordArgs = {
  input: ResetPasswordInput;
};


/** Changes. */
export type MutationSetPasswordArgs = {
  input: SetPasswordInput;
};


/** Changes. */
export type MutationStartIdentityLinkArgs = {
  input: StartIdentityLinkInput;
};


/** Changes. */
export type MutationStartProviderLoginArgs = {
  input: StartProviderLoginInput;
};


/** Changes. */
export type MutationUnlinkIdentityArgs = {
  input: UnlinkIdentityInput;
};


/** Changes. */
export type MutationVerifyEmailArgs = {
  input: VerifyEmailInput;
};

/** Where a page is in its list. */
export type PageInfo = {
  readonly __typename?: 'PageInfo';
  /** The cursor of the page's last entry; null when the page is empty. */
  readonly endCursor?: Maybe<Scalars['String']['output']>;
  /** Whether older entries follow this page. */
  readonly hasNextPage: Scalars['Boolean']['output'];
  /** Whether newer entries precede this page. */
  readonly hasPreviousPage: Scalars['Boolean']['output'];
  /** The cursor of the page's first entry; null when the page is empty. */
  readonly startCursor?: Maybe<Scalars['String']['output']>;
};

/** A passkey of the user, with which the user signs in without a password. */
export type Passkey = {
  readonly __typename?: 'Passkey';
  /** When it was added. */
  readonly createdAt: Scalars['DateTime']['output'];
  /** Stays the same for the life of the passkey. It is not the id by which browsers know it. */
  readonly id: Scalars['ID']['output'];
  /** When it was last used; null before the first time. */
  readonly lastUsedAt?: Maybe<Scalars['DateTime']['output']>;
  /** The name that the user gave it. */
  readonly name: Scalars['String']['output'];
  /** Whether it was synced to other devices when it was last used; a passkey that is not is lost with its device. */
  readonly synced: Scalars['Boolean']['output'];
};

/** The account has a new passkey. */
export type PasskeyAdded = {
  readonly __typename?: 'PasskeyAdded';
  /** The new passkey. */
  readonly passkey: Passkey;
  /** The signed-in account; ask for its `passkeys` to update a list. */
  readonly user: User;
};

/** The browser may ask for one of the user's passkeys now. */
export type PasskeyConfirmationStarted = {
  readonly __typename?: 'PasskeyConfirmationStarted';
  /** What to complete it with. */
  readonly challenge: Challenge;
  /** For `navigator.credentials.get`. */
  readonly options: Scalars['PublicKeyCredentialRequestOptionsJSON']['output'];
};

/** The browser may ask for a passkey now. */
export type PasskeyLoginStarted = {
  readonly __typename?: 'PasskeyLoginStarted';
  /** What to complete it with. */
  readonly challenge: Challenge;
  /** For `navigator.credentials.get`, also with `mediation: 'conditional'`. */
  readonly options: Scalars['PublicKeyCredentialRequestOptionsJSON']['output'];
};

/** The user has no passkey with this id. */
export type PasskeyNotFound = Problem & {
  readonly __typename?: 'PasskeyNotFound';
  /** A sentence in English for the person. Programs use `__typename`. */
  readonly message: Scalars['String']['output'];
};

/** A passkey that was used for `startPasskeyConfirmation`. */
export type PasskeyProofInput = {
  /** The token of the challenge that `startPasskeyConfirmation` gave. */
  readonly challengeToken: Scalars['String']['input'];
  /** What the browser gave, as it is. */
  readonly response: Scalars['AuthenticationResponseJSON']['input'];
};

/** The browser may make a passkey now. */
export type PasskeyRegistrationStarted = {
  readonly __typename?: 'PasskeyRegistrationStarted';
  /** What to complete it with. */
  readonly challenge: Challenge;
  /** For `navigator.credentials.create`. */
  readonly options: Scalars['PublicKeyCredentialCreationOptionsJSON']['output'];
};

/** The passkey is refused. */
export type PasskeyRejected = Problem & {
  readonly __typename?: 'PasskeyRejected';
  /** A sentence in English for the person. Programs use `__typename`. */
  readonly message: Scalars['String']['output'];
  /** Why it is refused. */
  readonly reason: PasskeyRejection;
};

/** Why a passkey is refused. */
export type PasskeyRejection =
  /** Its signature counter went back: the passkey may have been copied. */
  | 'COPIED'
  /** The e-mail address has to be verified first. The link to do so is mailed again. */
  | 'EMAIL_NOT_VERIFIED'
  /** The challenge is over, or has been used: start again. */
  | 'EXPIRED'
  /**
   * It does not prove that the passkey was used here: another page, another domain, a user who was not verified, or a wrong
   * signature.
   */
  | 'INVALID'
  /** No account has it: its owner has removed it. `PublicKeyCredential.signalUnknownCredential` makes a browser forget it. */
  | 'UNKNOWN';

/** The passkey has another name. */
export type PasskeyRenamed = {
  readonly __typename?: 'PasskeyRenamed';
  /** The passkey. */
  readonly passkey: Passkey;
};

/** The account has a password already: `changePassword` changes it. */
export type PasswordExists = Problem & {
  readonly __typename?: 'PasswordExists';
  /** A sentence in English for the person. Programs use `__typename`. */
  readonly message: Scalars['String']['output'];
};

/** A failure that a person can correct or needs to know about. Faults of the client are errors instead. */
export type Problem = {
  /** A sentence in English for the person. Programs use `__typename`. */
  readonly message: Scalars['String']['output'];
};

/** A provider that people can sign in with. */
export type Provider = {
  readonly __typename?: 'Provider';
  /** The operator's name for it, such as `google`. */
  readonly id: Scalars['ID']['output'];
};

/** The person may go to the provider now. */
export type ProviderLoginStarted = {
  readonly __typename?: 'ProviderLoginStarted';
  /** What to complete the sign-in with, beside what the provider sends back. */
  readonly challenge: Challenge;
  /** The provider's page: open it in the browser in which the person returns. */
  readonly url: Scalars['String']['output'];
};

/** The provider refuses the code, or its answer fails a check. Begin again. */
export type ProviderRejected = Problem & {
  readonly __typename?: 'ProviderRejected';
  /** A sentence in English for the person. Programs use `__typename`. */
  readonly message: Scalars['String']['output'];
};

/** The provider does not answer, or too many sign-ins wait for it. Try again later, or sign in in another way. */
export type ProviderUnavailable = Problem & {
  readonly __typename?: 'ProviderUnavailable';
  /** A sentence in English for the person. Programs use `__typename`. */
  readonly message: Scalars['String']['output'];
};

/** Reads. A query changes nothing. */
export type Query = {
  readonly __typename?: 'Query';
  /**
   * The signed-in user. Without a live session `me` is null, and the error `UNAUTHENTICATED` says why in
   * `extensions.reason`. `SERVICE_UNAVAILABLE` when the database cannot be reached.
   */
  readonly me?: Maybe<User>;
  /** The providers that people can sign in with, in the operator's order; empty if there are none. */
  readonly providers: ReadonlyArray<Provider>;
  /**
   * The live session of the request's token, or the reason why there is none. A missing, forged or ended token is a
   * result here, never an error. `SERVICE_UNAVAILABLE` when the database cannot be reached.
   */
  readonly session: SessionState;
};

/** A new account. */
export type RegisterInput = {
  /** The device to sign in; if left out, its kind is `OTHER` and it has no name. */
  readonly device?: InputMaybe<DeviceInput>;
  /** The e-mail address to register, at most 254 characters. Case and surrounding spaces make no difference. */
  readonly email: Scalars['String']['input'];
  /**
   * A uuid that the client makes for this registration, so that it can retry when the response is lost. The same key,
   * e-mail address and password within 60 seconds give the same session, as long as that is live. `InvalidInput` for a
   * key that is no uuid.
   */
  readonly idempotencyKey?: InputMaybe<Scalars['ID']['input']>;
  /**
   * The new password: 8 to 128 characters, unless the server asks for more. The server stores only a hash and never logs
   * it.
   */
  readonly password: Scalars['String']['input'];
};

/** The result of a registration. */
export type RegisterResult = EmailTaken | InvalidInput | RegisterSuccess | TooManyAttempts | VerificationRequested | WeakPassword;

/** The account is created and signed in. */
export type RegisterSuccess = {
  readonly __typename?: 'RegisterSuccess';
  /** When the token and its session expire. */
  readonly expiresAt: Scalars['DateTime']['output'];
  /** The session that was opened. */
  readonly session: Session;
  /** Send it as `Authorization: Bearer <token>`. Store it like a password: it is enough to be signed in. */
  readonly token: Scalars['String']['output'];
  /** The new account. */
  readonly user: User;
};

/** An authenticator app or a passkey to remove. */
export type RemoveFactorInput = {
  /** Its id, as `User.factors` or `User.passkeys` gives it. */
  readonly id: Scalars['ID']['input'];
};

/** The result of removing a second factor. */
export type RemoveFactorResult = FactorNotFound | LastWayIn | RemoveFactorSuccess | TooManyAttempts;

/** The second factor is removed. */
export type RemoveFactorSuccess = {
  readonly __typename?: 'RemoveFactorSuccess';
  /** The account, with its `factors`. */
  readonly user: User;
};

/** Another name for a passkey. */
export type RenamePasskeyInput = {
  /** The passkey's id, as `User.passkeys` gives it. */
  readonly id: Scalars['ID']['input'];
  /** The new name, by the same rules as the first one. */
  readonly name: Scalars['String']['input'];
};

/** The result of renaming a passkey. */
export type RenamePasskeyResult = InvalidInput | PasskeyNotFound | PasskeyRenamed | TooManyAttempts;

/** The result of making new recovery codes. */
export type RenewRecoveryCodesResult = FactorNotFound | RenewRecoveryCodesSuccess | TooManyAttempts;

/** New recovery codes are made. */
export type RenewRecoveryCodesSuccess = {
  readonly __typename?: 'RenewRecoveryCodesSuccess';
  /** Ten recovery codes. Each works once. They are never shown again. */
  readonly recoveryCodes: ReadonlyArray<Scalars['String']['output']>;
  /** The account, with its `factors`. */
  readonly user: User;
};

/** A change of the e-mail address. */
export type RequestEmailChangeInput = {
  /** The new e-mail address. */
  readonly newEmail: Scalars['String']['input'];
};

/** The result of requesting a change of the e-mail address. */
export type RequestEmailChangeResult = EmailRequested | InvalidInput | TooManyAttempts;

/** The e-mail address to verify. */
export type RequestEmailVerificationInput = {
  /** The account's e-mail address; case makes no difference. `BAD_USER_INPUT` when no account can have it. */
  readonly email: Scalars['String']['input'];
};

/** The result of requesting a link that verifies an e-mail address. */
export type RequestEmailVerificationResult = EmailRequested | TooManyAttempts;

/** The account to sign in to by a mailed code. */
export type RequestLoginCodeInput = {
  /** The device to sign in; if left out, its kind is `OTHER` and it has no name. */
  readonly device?: InputMaybe<DeviceInput>;
  /** The account's e-mail address. Case and surrounding spaces make no difference. */
  readonly email: Scalars['String']['input'];
  /** A uuid that the client makes for this sign-in, as in `LoginInput`. */
  readonly idempotencyKey?: InputMaybe<Scalars['ID']['input']>;
};

/** The result of requesting a code for signing in. */
export type RequestLoginCodeResult = InvalidInput | LoginCodeRequested | TooManyAttempts;

/** The account whose password to reset. */
export type RequestPasswordResetInput = {
  /** The account's e-mail address; case makes no difference. `BAD_USER_INPUT` when no account can have it. */
  readonly email: Scalars['String']['input'];
};

/** The result of requesting a link that resets a password. */
export type RequestPasswordResetResult = EmailRequested | TooManyAttempts;

/** The emailed link that resets a password, and the new password. */
export type ResetPasswordInput = {
  /** The new password: 8 to 128 characters, unless the server asks for more. After a refused one the link still works. */
  readonly newPassword: Scalars['String']['input'];
  /** The text after `token=` in the link. */
  readonly token: Scalars['String']['input'];
};

/** The result of resetting a password. */
export type ResetPasswordResult = InvalidInput | LinkRejected | ResetPasswordSuccess | TooManyAttempts | WeakPassword;

/** The password is reset, and every session has ended. */
export type ResetPasswordSuccess = {
  readonly __typename?: 'ResetPasswordSuccess';
  /** The account whose password was reset. */
  readonly user: User;
};

/**
 * The first factor is correct, and the account has a second one. No session has been opened or ended. Show a field for
 * the code, and send the code with `completeLogin`.
 */
export type SecondFactorRequired = Problem & {
  readonly __typename?: 'SecondFactorRequired';
  /** What `completeLogin` completes. */
  readonly challenge: Challenge;
  /** A sentence in English for the person. Programs use `__typename`. */
  readonly message: Scalars['String']['output'];
  /** For `navigator.credentials.get`; null where no passkey completes it. */
  readonly passkeyOptions?: Maybe<Scalars['PublicKeyCredentialRequestOptionsJSON']['output']>;
};

/**
 * One act on an account, done or tried. A successful act and its event are committed together, so neither exists without
 * the other. A refusal for a wrong password or for too many attempts may appear a moment after its response.
 */
export type SecurityEvent = {
  readonly __typename?: 'SecurityEvent';
  /** When it happened. */
  readonly at: Scalars['DateTime']['output'];
  /** The device, as it described itself; null for emailed links and for operators. */
  readonly device?: Maybe<Device>;
  /** The event's uuid. */
  readonly id: Scalars['ID']['output'];
  /** The client's IP; null when it is unknown, and for operators. */
  readonly ipAddress?: Maybe<Scalars['String']['output']>;
  /** What was done or tried. */
  readonly kind: SecurityEventKind;
  /** The result. */
  readonly outcome: SecurityEventOutcome;
  /**
   * The id of the session that did it, or that a sign-in opened; null when there was none. The history may no longer
   * have this session.
   */
  readonly sessionId?: Maybe<Scalars['ID']['output']>;
  /** The beginning of the client's User-Agent header; null when it sent none. */
  readonly userAgent?: Maybe<Scalars['String']['output']>;
};

/** A page of security events. */
export type SecurityEventConnection = {
  readonly __typename?: 'SecurityEventConnection';
  /** The events of this page with their cursors, newest first. */
  readonly edges: ReadonlyArray<SecurityEventEdge>;
  /** Whether the list goes on, and where. */
  readonly pageInfo: PageInfo;
};

/** A security event and its place in the list. */
export type SecurityEventEdge = {
  readonly __typename?: 'SecurityEventEdge';
  /** Marks this place: pass it as `after` to continue from here. It is opaque. */
  readonly cursor: Scalars['String']['output'];
  /** The event at this place. */
  readonly node: SecurityEvent;
};

/** What a security event is about. */
export type SecurityEventKind =
  /** A passkey was added. */
  | 'ADD_PASSKEY'
  /** An authenticator app was added. */
  | 'ADD_TOTP'
  /** The password was changed with the current one. */
  | 'CHANGE_PASSWORD'
  /** The e-mail address was changed with an emailed link. */
  | 'CONFIRM_EMAIL_CHANGE'
  /** A signed-in user proved once more who they are. */
  | 'CONFIRM_IDENTITY'
  /** A deletion of the account was requested. */
  | 'DELETE_ACCOUNT'
  /** Every other session was ended from one session. */
  | 'END_OTHER_SESSIONS'
  /** A session was ended from another one. */
  | 'END_SESSION'
  /** An identity at a provider was linked. */
  | 'LINK_IDENTITY'
  /** A sign-in: its first step, its second, or both in one. */
  | 'LOGIN'
  /** A device signed out. */
  | 'LOGOUT'
  /** An operator disabled the account, which ended every session. */
  | 'OPERATOR_DISABLE'
  /** An operator enabled the account again. */
  | 'OPERATOR_ENABLE'
  /** An operator ended every session. */
  | 'OPERATOR_END_SESSIONS'
  /** An operator removed every second factor, which ended every session. */
  | 'OPERATOR_RESET_FACTORS'
  /** A provider ended a session that it had opened. */
  | 'PROVIDER_LOGOUT'
  /** The account was created; with `EMAIL_TAKEN`, another registration used its e-mail address. */
  | 'REGISTER'
  /** A second factor was removed. */
  | 'REMOVE_FACTOR'
  /** A passkey was removed: by the user, or, without a session, by the link in the mail about it. */
  | 'REMOVE_PASSKEY'
  /** A passkey got another name. */
  | 'RENAME_PASSKEY'
  /** New recovery codes were made. */
  | 'RENEW_RECOVERY_CODES'
  /** A change of the e-mail address was requested; the account keeps its own until the new one is confirmed. */
  | 'REQUEST_EMAIL_CHANGE'
  /** The password was reset with an emailed link. */
  | 'RESET_PASSWORD'
  /** The first password was set. */
  | 'SET_PASSWORD'
  /** An identity at a provider was unlinked. */
  | 'UNLINK_IDENTITY'
  /** A recovery code was used in place of another second factor. */
  | 'USE_RECOVERY_CODE'
  /** The e-mail address was verified with an emailed link, or with the first emailed code. */
  | 'VERIFY_EMAIL';

/** The result of an act. */
export type SecurityEventOutcome =
  /** It was refused: the password was correct, but an operator has disabled the account. At most one event a minute is recorded. */
  | 'ACCOUNT_DISABLED'
  /** It was refused: the signature counter of the passkey went back, so it may have been copied. At most one event a minute is recorded. */
  | 'COPIED_PASSKEY'
  /** It was refused: the password was correct, but the e-mail address was not verified yet. At most one event a minute is recorded. */
  | 'EMAIL_NOT_VERIFIED'
  /** It was refused: this account already has the e-mail address. At most one event a minute is recorded. */
  | 'EMAIL_TAKEN'
  /** It was refused: another account has the identity. */
  | 'IDENTITY_TAKEN'
  /** It was refused: the account would have had no way in left. At most one event a minute is recorded. */
  | 'LAST_WAY_IN'
  /** The first factor was correct, and a second one was asked for. */
  | 'SECOND_FACTOR_REQUIRED'
  /** It was refused: the password was correct, but the account had as many sessions as allowed. At most one event a minute is recorded. */
  | 'SESSION_LIMIT_REACHED'
  /** It was refused: the session's last proof was too old. At most one event a minute is recorded. */
  | 'STEP_UP_REQUIRED'
  /** It was done. */
  | 'SUCCEEDED'
  /** It was refused unchecked after too many attempts. At most one event a minute is recorded. */
  | 'TOO_MANY_ATTEMPTS'
  /** It was refused: the code of the second factor was wrong. */
  | 'WRONG_CODE'
  /** It was refused: what was sent for one of the account's passkeys does not prove that the passkey was used here. */
  | 'WRONG_PASSKEY'
  /** It was refused: the password was wrong. */
  | 'WRONG_PASSWORD';

/** One sign-in on one device. An ended session stays on record and never becomes live again. */
export type Session = {
  readonly __typename?: 'Session';
  /** Whether this is the session of the request's token, or the one that this request opened. */
  readonly current: Scalars['Boolean']['output'];
  /** The device, as it described itself at the sign-in. */
  readonly device: Device;
  /** Why the session ended; null while it is live. */
  readonly endReason?: Maybe<SignedOutReason>;
  /** When the session ended; null while it is live. */
  readonly endedAt?: Maybe<Scalars['DateTime']['output']>;
  /** When the session expires. Nothing extends it. */
  readonly expiresAt: Scalars['DateTime']['output'];
  /** The session's uuid, which is also in its token. */
  readonly id: Scalars['ID']['output'];
  /** The IP of the sign-in; null when it is unknown. */
  readonly ipAddress?: Maybe<Scalars['String']['output']>;
  /** When the session was last used, accurate to one minute. */
  readonly lastSeenAt: Scalars['DateTime']['output'];
  /** How the person has proved who they are on this session; at least one method. */
  readonly methods: ReadonlyArray<AuthenticationMethod>;
  /** When the person last proved who they are on this session. */
  readonly provedAt: Scalars['DateTime']['output'];
  /** When the session was opened. */
  readonly signedInAt: Scalars['DateTime']['output'];
  /** The newer session that replaced this one; null when none did. */
  readonly supersededBy?: Maybe<Session>;
  /** The client's User-Agent header; null when it sent none. */
  readonly userAgent?: Maybe<Scalars['String']['output']>;
};

/** A page of sessions. */
export type SessionConnection = {
  readonly __typename?: 'SessionConnection';
  /** The sessions of this page with their cursors, newest first. */
  readonly edges: ReadonlyArray<SessionEdge>;
  /** Whether the list goes on, and where. */
  readonly pageInfo: PageInfo;
};

/** A session and its place in the list. */
export type SessionEdge = {
  readonly __typename?: 'SessionEdge';
  /** Marks this place: pass it as `after` to continue from here. It is opaque. */
  readonly cursor: Scalars['String']['output'];
  /** The session at this place. */
  readonly node: Session;
};

/** Every factor is correct, but the account has as many sessions as allowed, and the server does not end one by itself. */
export type SessionLimitReached = Problem & {
  readonly __typename?: 'SessionLimitReached';
  /** A sentence in English for the person. Programs use `__typename`. */
  readonly message: Scalars['String']['output'];
  /** The live sessions that take up the limit, newest first. */
  readonly sessions: ReadonlyArray<Session>;
};

/** The user has no live session with this id: it belongs to another user, has already ended, or never existed. */
export type SessionNotFound = Problem & {
  readonly __typename?: 'SessionNotFound';
  /** A sentence in English for the person. Programs use `__typename`. */
  readonly message: Scalars['String']['output'];
};

/** The live session of a token, or the reason why there is none. */
export type SessionState = Session | SignedOut;

/** The first password of an account. */
export type SetPasswordInput = {
  /** The new password: 8 to 128 characters, unless the server asks for more. */
  readonly newPassword: Scalars['String']['input'];
};

/** The result of setting the first password. */
export type SetPasswordResult = InvalidInput | PasswordExists | SetPasswordSuccess | TooManyAttempts | WeakPassword;

/** The account has a password. */
export type SetPasswordSuccess = {
  readonly __typename?: 'SetPasswordSuccess';
  /** The account whose password was set. */
  readonly user: User;
};

/** There is no live session. */
export type SignedOut = {
  readonly __typename?: 'SignedOut';
  /** When the session ended; null when the token names no session on record. */
  readonly at?: Maybe<Scalars['DateTime']['output']>;
  /** The device that signed in instead; null unless the reason is `SUPERSEDED`. */
  readonly by?: Maybe<Device>;
  /** Why the token is refused. */
  readonly reason: SignedOutReason;
  /**
   * The `id` of the session that ended; null when the token names no session on record. A client that has replaced its
   * token meanwhile ignores the end of any session but its own.
   */
  readonly sessionId?: Maybe<Scalars['ID']['output']>;
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

/** A link of an identity at a provider. */
export type StartIdentityLinkInput = {
  /** The provider's `id`, from `Query.providers`. */
  readonly provider: Scalars['ID']['input'];
  /** Where the provider sends the person back to: one of the URIs that the operator has configured, exactly. */
  readonly redirectUri: Scalars['String']['input'];
};

/** The result of beginning to link an identity. */
export type StartIdentityLinkResult = IdentityLinkStarted | ProviderRejected | ProviderUnavailable | TooManyAttempts;

/** The result of beginning to prove who the user is by a passkey. */
export type StartPasskeyConfirmationResult = PasskeyConfirmationStarted | TooManyAttempts;

/** The result of beginning a sign-in with a passkey. */
export type StartPasskeyLoginResult = PasskeyLoginStarted | TooManyAttempts;

/** The result of beginning to add a passkey. */
export type StartPasskeyRegistrationResult = PasskeyRegistrationStarted | TooManyAttempts | TooManyPasskeys;

/** A sign-in at a provider. */
export type StartProviderLoginInput = {
  /** The provider's `id`, from `Query.providers`. */
  readonly provider: Scalars['ID']['input'];
  /** Where the provider sends the person back to: one of the URIs that the operator has configured, exactly. */
  readonly redirectUri: Scalars['String']['input'];
};

/** The result of beginning a sign-in at a provider. */
export type StartProviderLoginResult = ProviderLoginStarted | ProviderRejected | ProviderUnavailable | TooManyAttempts;

/** The seed of an authenticator app. It is shown once. */
export type StartTotpEnrolmentPayload = {
  readonly __typename?: 'StartTotpEnrolmentPayload';
  /** What `confirmTotpEnrolment` completes, with a code of the app. */
  readonly challenge: Challenge;
  /** The seed in base 32, for a person who types it into the app. */
  readonly secret: Scalars['String']['output'];
  /** The same as an `otpauth://` URI, for a QR code. */
  readonly uri: Scalars['String']['output'];
};

/** Events, over a websocket at the same path (the protocol `graphql-transport-ws`). */
export type Subscription = {
  readonly __typename?: 'Subscription';
  /**
   * Sends one event, at once, when the session of the websocket's token ends, whatever ends it and on which node. Then
   * the subscription completes, and the server closes the websocket with the code 4403 and the reason's name. The token
   * goes into the connection's parameters as `authorization: "Bearer <token>"`. A token that is already refused closes
   * the websocket in the same way; without a token the subscription is `UNAUTHENTICATED`. Waiting does not count as
   * using the session.
   */
  readonly sessionEnded: SignedOut;
};

/** There were too many attempts; this one was not checked. */
export type TooManyAttempts = Problem & {
  readonly __typename?: 'TooManyAttempts';
  /** A sentence in English for the person. Programs use `__typename`. */
  readonly message: Scalars['String']['output'];
  /** When the next attempt will be checked. */
  readonly retryAt: Scalars['DateTime']['output'];
};

/** The account has as many linked identities as allowed, which are 20. */
export type TooManyIdentities = Problem & {
  readonly __typename?: 'TooManyIdentities';
  /** A sentence in English for the person. Programs use `__typename`. */
  readonly message: Scalars['String']['output'];
};

/** The account has as many passkeys as it may have. */
export type TooManyPasskeys = Problem & {
  readonly __typename?: 'TooManyPasskeys';
  /** A sentence in English for the person. Programs use `__typename`. */
  readonly message: Scalars['String']['output'];
};

/** An identity to unlink. */
export type UnlinkIdentityInput = {
  /** The identity's id, as `User.identities` gives it. */
  readonly id: Scalars['ID']['input'];
};

/** The result of unlinking an identity. */
export type UnlinkIdentityResult = IdentityNotFound | IdentityUnlinked | LastWayIn | TooManyAttempts;

/** An account. Only the user sees its sessions and security events. */
export type User = {
  readonly __typename?: 'User';
  /** When the account was created. */
  readonly createdAt: Scalars['DateTime']['output'];
  /** The e-mail address, as the person typed it. */
  readonly email: Scalars['String']['output'];
  /** Whether the user has proved that they receive mail at the e-mail address. */
  readonly emailVerified: Scalars['Boolean']['output'];
  /**
   * The second factors that a sign-in needs one of; empty when the first factor is enough. `FORBIDDEN` for everyone but
   * the user.
   */
  readonly factors: ReadonlyArray<Factor>;
  /** Whether the account has a password: `changePassword` changes it, `setPassword` sets the first one. */
  readonly hasPassword: Scalars['Boolean']['output'];
  /**
   * Every session, live or ended, newest first, in pages. `FORBIDDEN` for everyone but the user; `BAD_USER_INPUT` for a
   * cursor that is not from this list, or a page size out of range.
   */
  readonly history: SessionConnection;
  /** Stays the same for the life of the account. */
  readonly id: Scalars['ID']['output'];
  /** The identities at providers that sign in to the account, the oldest first. `FORBIDDEN` for everyone but the user. */
  readonly identities: ReadonlyArray<Identity>;
  /** When a session was last opened; null before the first one. */
  readonly lastLoginAt?: Maybe<Scalars['DateTime']['output']>;
  /** The passkeys, the oldest first, at most 20. `FORBIDDEN` for everyone but the user. */
  readonly passkeys: ReadonlyArray<Passkey>;
  /** How many recovery codes have not been used. Null, with `FORBIDDEN`, for everyone but the user. */
  readonly recoveryCodesLeft?: Maybe<Scalars['Int']['output']>;
  /**
   * The account's audit trail: what was done or tried, from where, and with which outcome, newest first, in pages. The
   * server keeps events for one year, unless it is configured otherwise. `FORBIDDEN` for everyone but the user;
   * `BAD_USER_INPUT` for a cursor that is not from this list, or a page size out of range.
   */
  readonly securityEvents: SecurityEventConnection;
  /** The live sessions, newest first. `FORBIDDEN` for everyone but the user. */
  readonly sessions: ReadonlyArray<Session>;
};


/** An account. Only the user sees its sessions and security events. */
export type UserHistoryArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first: Scalars['Int']['input'];
};


/** An account. Only the user sees its sessions and security events. */
export type UserSecurityEventsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first: Scalars['Int']['input'];
};

/**
 * The registration is accepted, and the owner of the e-mail address has to complete it; until then there is no account.
 * The result is the same if an account already has the e-mail address: its owner gets a mail. Only servers that require
 * verified e-mail addresses return it.
 */
export type VerificationRequested = {
  readonly __typename?: 'VerificationRequested';
  /** What `completeRegistration` completes, with the code or the link from the mail. */
  readonly challenge: Challenge;
  /** The e-mail address, as the client sent it. */
  readonly to: Scalars['String']['output'];
};

/**
 * The provider names no e-mail address that it has verified, the operator does not trust the provider to verify one, or
 * the signed-in account has not verified its own.
 */
export type VerifiedEmailRequired = Problem & {
  readonly __typename?: 'VerifiedEmailRequired';
  /** A sentence in English for the person. Programs use `__typename`. */
  readonly message: Scalars['String']['output'];
};

/** The emailed link that verifies an e-mail address. */
export type VerifyEmailInput = {
  /** The text after `token=` in the link. */
  readonly token: Scalars['String']['input'];
};

/** The result of verifying an e-mail address. */
export type VerifyEmailResult = LinkRejected | TooManyAttempts | VerifyEmailSuccess;

/** The e-mail address is verified. */
export type VerifyEmailSuccess = {
  readonly __typename?: 'VerifyEmailSuccess';
  /** The account with the e-mail address. */
  readonly user: User;
};

/** The password is too short, too long or too easily guessed. */
export type WeakPassword = Problem & {
  readonly __typename?: 'WeakPassword';
  /** A sentence in English for the person. Programs use `__typename`. */
  readonly message: Scalars['String']['output'];
  /** How to make it better; may be empty. */
  readonly suggestions: ReadonlyArray<Scalars['String']['output']>;
};



export type ResolverTypeWrapper<T> = Promise<T> | T;


export type ResolverWithResolve<TResult, TParent, TContext, TArgs> = {
  resolve: ResolverFn<TResult, TParent, TContext, TArgs>;
};
export type Resolver<TResult, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>, TArgs = Record<PropertyKey, never>> = ResolverFn<TResult, TParent, TContext, TArgs> | ResolverWithResolve<TResult, TParent, TContext, TArgs>;

export type ResolverFn<TResult, TParent, TContext, TArgs> = (
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => Promise<TResult> | TResult;

export type SubscriptionSubscribeFn<TResult, TParent, TContext, TArgs> = (
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => AsyncIterable<TResult> | Promise<AsyncIterable<TResult>>;

export type SubscriptionResolveFn<TResult, TParent, TContext, TArgs> = (
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => TResult | Promise<TResult>;

export interface SubscriptionSubscriberObject<TResult, TKey extends string, TParent, TContext, TArgs> {
  subscribe: SubscriptionSubscribeFn<{ [key in TKey]: TResult }, TParent, TContext, TArgs>;
  resolve?: SubscriptionResolveFn<TResult, { [key in TKey]: TResult }, TContext, TArgs>;
}

export interface SubscriptionResolverObject<TResult, TParent, TContext, TArgs> {
  subscribe: SubscriptionSubscribeFn<any, TParent, TContext, TArgs>;
  resolve: SubscriptionResolveFn<TResult, any, TContext, TArgs>;
}

export type SubscriptionObject<TResult, TKey extends string, TParent, TContext, TArgs> =
  | SubscriptionSubscriberObject<TResult, TKey, TParent, TContext, TArgs>
  | SubscriptionResolverObject<TResult, TParent, TContext, TArgs>;

export type SubscriptionResolver<TResult, TKey extends string, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>, TArgs = Record<PropertyKey, never>> =
  | ((...args: any[]) => SubscriptionObject<TResult, TKey, TParent, TContext, TArgs>)
  | SubscriptionObject<TResult, TKey, TParent, TContext, TArgs>;

export type TypeResolveFn<TTypes, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>> = (
  parent: TParent,
  context: TContext,
  info: GraphQLResolveInfo
) => Maybe<TTypes> | Promise<Maybe<TTypes>>;

export type IsTypeOfResolverFn<T = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>> = (obj: T, context: TContext, info: GraphQLResolveInfo) => boolean | Promise<boolean>;

export type NextResolverFn<T> = () => Promise<T>;

export type DirectiveResolverFn<TResult = Record<PropertyKey, never>, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>, TArgs = Record<PropertyKey, never>> = (
  next: NextResolverFn<TResult>,
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => TResult | Promise<TResult>;



/** Mapping of union types */
export type ResolversUnionTypes<_RefType extends Record<string, unknown>> = {
  ChangePasswordResult:
    | ( Omit<ChangePasswordSuccess, 'endedSessions' | 'session' | 'user'> & { endedSessions: ReadonlyArray<_RefType['Session']>, session: _RefType['Session'], user: _RefType['User'] } & { __typename: 'ChangePasswordSuccess' } )
    | ( InvalidCredentials & { __typename: 'InvalidCredentials' } )
    | ( InvalidInput & { __typename: 'InvalidInput' } )
    | ( TooManyAttempts & { __typename: 'TooManyAttempts' } )
    | ( WeakPassword & { __typename: 'WeakPassword' } )
  ;
  CompleteIdentityLinkResult:
    | ( ChallengeRejected & { __typename: 'ChallengeRejected' } )
    | ( Omit<IdentityLinked, 'user'> & { user: _RefType['User'] } & { __typename: 'IdentityLinked' } )
    | ( IdentityTaken & { __typename: 'IdentityTaken' } )
    | ( ProviderRejected & { __typename: 'ProviderRejected' } )
    | ( ProviderUnavailable & { __typename: 'ProviderUnavailable' } )
    | ( TooManyAttempts & { __typename: 'TooManyAttempts' } )
    | ( TooManyIdentities & { __typename: 'TooManyIdentities' } )
    | ( VerifiedEmailRequired & { __typename: 'VerifiedEmailRequired' } )
  ;
  CompleteLoginResult:
    | ( AccountDisabled & { __typename: 'AccountDisabled' } )
    | ( ChallengeRejected & { __typename: 'ChallengeRejected' } )
    | ( CodeRejected & { __typename: 'CodeRejected' } )
    | ( InvalidInput & { __typename: 'InvalidInput' } )
    | ( Omit<LoginSuccess, 'session' | 'superseded' | 'user'> & { session: _RefType['Session'], superseded: ReadonlyArray<_RefType['Session']>, user: _RefType['User'] } & { __typename: 'LoginSuccess' } )
    | ( PasskeyRejected & { __typename: 'PasskeyRejected' } )
    | ( Omit<SessionLimitReached, 'sessions'> & { sessions: ReadonlyArray<_RefType['Session']> } & { __typename: 'SessionLimitReached' } )
    | ( TooManyAttempts & { __typename: 'TooManyAttempts' } )
  ;
  CompletePasskeyLoginResult:
    | ( AccountDisabled & { __typename: 'AccountDisabled' } )
    | ( Omit<LoginSuccess, 'session' | 'superseded' | 'user'> & { session: _RefType['Session'], superseded: ReadonlyArray<_RefType['Session']>, user: _RefType['User'] } & { __typename: 'LoginSuccess' } )
    | ( PasskeyRejected & { __typename: 'PasskeyRejected' } )
    | ( Omit<SessionLimitReached, 'sessions'> & { sessions: ReadonlyArray<_RefType['Session']> } & { __typename: 'SessionLimitReached' } )
    | ( TooManyAttempts & { __typename: 'TooManyAttempts' } )
  ;
  CompletePasskeyRegistrationResult:
    | ( InvalidInput & { __typename: 'InvalidInput' } )
    | ( Omit<PasskeyAdded, 'user'> & { user: _RefType['User'] } & { __typename: 'PasskeyAdded' } )
    | ( PasskeyRejected & { __typename: 'PasskeyRejected' } )
    | ( TooManyAttempts & { __typename: 'TooManyAttempts' } )
  ;
  CompleteProviderLoginResult:
    | ( AccountDisabled & { __typename: 'AccountDisabled' } )
    | ( AccountExists & { __typename: 'AccountExists' } )
    | ( ChallengeRejected & { __typename: 'ChallengeRejected' } )
    | ( InvalidInput & { __typename: 'InvalidInput' } )
    | ( Omit<LoginSuccess, 'session' | 'superseded' | 'user'> & { session: _RefType['Session'], superseded: ReadonlyArray<_RefType['Session']>, user: _RefType['User'] } & { __typename: 'LoginSuccess' } )
    | ( ProviderRejected & { __typename: 'ProviderRejected' } )
    | ( ProviderUnavailable & { __typename: 'ProviderUnavailable' } )
    | ( Omit<RegisterSuccess, 'session' | 'user'> & { session: _RefType['Session'], user: _RefType['User'] } & { __typename: 'RegisterSuccess' } )
    | ( SecondFactorNode & { __typename: 'SecondFactorRequired' } )
    | ( Omit<SessionLimitReached, 'sessions'> & { sessions: ReadonlyArray<_RefType['Session']> } & { __typename: 'SessionLimitReached' } )
    | ( TooManyAttempts & { __typename: 'TooManyAttempts' } )
    | ( VerifiedEmailRequired & { __typename: 'VerifiedEmailRequired' } )
  ;
  CompleteRegistrationResult:
    | ( ChallengeRejected & { __typename: 'ChallengeRejected' } )
    | ( CodeRejected & { __typename: 'CodeRejected' } )
    | ( EmailTaken & { __typename: 'EmailTaken' } )
    | ( InvalidInput & { __typename: 'InvalidInput' } )
    | ( Omit<RegisterSuccess, 'session' | 'user'> & { session: _RefType['Session'], user: _RefType['User'] } & { __typename: 'RegisterSuccess' } )
    | ( TooManyAttempts & { __typename: 'TooManyAttempts' } )
  ;
  ConfirmEmailChangeResult:
    | ( Omit<ConfirmEmailChangeSuccess, 'user'> & { user: _RefType['User'] } & { __typename: 'ConfirmEmailChangeSuccess' } )
    | ( EmailTaken & { __typename: 'EmailTaken' } )
    | ( LinkRejected & { __typename: 'LinkRejected' } )
    | ( TooManyAttempts & { __typename: 'TooManyAttempts' } )
  ;
  ConfirmIdentityResult:
    | ( Omit<ConfirmIdentitySuccess, 'session' | 'user'> & { session: _RefType['Session'], user: _RefType['User'] } & { __typename: 'ConfirmIdentitySuccess' } )
    | ( InvalidCredentials & { __typename: 'InvalidCredentials' } )
    | ( InvalidInput & { __typename: 'InvalidInput' } )
    | ( PasskeyRejected & { __typename: 'PasskeyRejected' } )
    | ( TooManyAttempts & { __typename: 'TooManyAttempts' } )
  ;
  ConfirmTotpEnrolmentResult:
    | ( ChallengeRejected & { __typename: 'ChallengeRejected' } )
    | ( CodeRejected & { __typename: 'CodeRejected' } )
    | ( Omit<ConfirmTotpEnrolmentSuccess, 'user'> & { user: _RefType['User'] } & { __typename: 'ConfirmTotpEnrolmentSuccess' } )
    | ( TooManyAttempts & { __typename: 'TooManyAttempts' } )
  ;
  DeleteAccountResult:
    | ( DeleteAccountSuccess & { __typename: 'DeleteAccountSuccess' } )
    | ( TooManyAttempts & { __typename: 'TooManyAttempts' } )
  ;
  EndSessionResult:
    | ( Omit<EndSessionSuccess, 'session' | 'user'> & { session: _RefType['Session'], user: _RefType['User'] } & { __typename: 'EndSessionSuccess' } )
    | ( SessionNotFound & { __typename: 'SessionNotFound' } )
  ;
  LoginResult:
    | ( AccountDisabled & { __typename: 'AccountDisabled' } )
    | ( InvalidCredentials & { __typename: 'InvalidCredentials' } )
    | ( InvalidInput & { __typename: 'InvalidInput' } )
    | ( Omit<LoginSuccess, 'session' | 'superseded' | 'user'> & { session: _RefType['Session'], superseded: ReadonlyArray<_RefType['Session']>, user: _RefType['User'] } & { __typename: 'LoginSuccess' } )
    | ( SecondFactorNode & { __typename: 'SecondFactorRequired' } )
    | ( Omit<SessionLimitReached, 'sessions'> & { sessions: ReadonlyArray<_RefType['Session']> } & { __typename: 'SessionLimitReached' } )
    | ( TooManyAttempts & { __typename: 'TooManyAttempts' } )
  ;
  LoginWithCodeResult:
    | ( AccountDisabled & { __typename: 'AccountDisabled' } )
    | ( ChallengeRejected & { __typename: 'ChallengeRejected' } )
    | ( CodeRejected & { __typename: 'CodeRejected' } )
    | ( Omit<LoginSuccess, 'session' | 'superseded' | 'user'> & { session: _RefType['Session'], superseded: ReadonlyArray<_RefType['Session']>, user: _RefType['User'] } & { __typename: 'LoginSuccess' } )
    | ( SecondFactorNode & { __typename: 'SecondFactorRequired' } )
    | ( Omit<SessionLimitReached, 'sessions'> & { sessions: ReadonlyArray<_RefType['Session']> } & { __typename: 'SessionLimitReached' } )
    | ( TooManyAttempts & { __typename: 'TooManyAttempts' } )
  ;
  MintTicketResult:
    | ( AudienceNotAllowed & { __typename: 'AudienceNotAllowed' } )
    | ( MintTicketSuccess & { __typename: 'MintTicketSuccess' } )
    | ( TooManyAttempts & { __typename: 'TooManyAttempts' } )
  ;
  RegisterResult:
    | ( EmailTaken & { __typename: 'EmailTaken' } )
    | ( InvalidInput & { __typename: 'InvalidInput' } )
    | ( Omit<RegisterSuccess, 'session' | 'user'> & { session: _RefType['Session'], user: _RefType['User'] } & { __typename: 'RegisterSuccess' } )
    | ( TooManyAttempts & { __typename: 'TooManyAttempts' } )
    | ( VerificationRequested & { __typename: 'VerificationRequested' } )
    | ( WeakPassword & { __typename: 'WeakPassword' } )
  ;
  RemoveFactorResult:
    | ( FactorNotFound & { __typename: 'FactorNotFound' } )
    | ( LastWayIn & { __typename: 'LastWayIn' } )
    | ( Omit<RemoveFactorSuccess, 'user'> & { user: _RefType['User'] } & { __typename: 'RemoveFactorSuccess' } )
    | ( TooManyAttempts & { __typename: 'TooManyAttempts' } )
  ;
  RenamePasskeyResult:
    | ( InvalidInput & { __typename: 'InvalidInput' } )
    | ( PasskeyNotFound & { __typename: 'PasskeyNotFound' } )
    | ( PasskeyRenamed & { __typename: 'PasskeyRenamed' } )
    | ( TooManyAttempts & { __typename: 'TooManyAttempts' } )
  ;
  RenewRecoveryCodesResult:
    | ( FactorNotFound & { __typename: 'FactorNotFound' } )
    | ( Omit<RenewRecoveryCodesSuccess, 'user'> & { user: _RefType['User'] } & { __typename: 'RenewRecoveryCodesSuccess' } )
    | ( TooManyAttempts & { __typename: 'TooManyAttempts' } )
  ;
  RequestEmailChangeResult:
    | ( EmailRequested & { __typename: 'EmailRequested' } )
    | ( InvalidInput & { __typename: 'InvalidInput' } )
    | ( TooManyAttempts & { __typename: 'TooManyAttempts' } )
  ;
  RequestEmailVerificationResult:
    | ( EmailRequested & { __typename: 'EmailRequested' } )
    | ( TooManyAttempts & { __typename: 'TooManyAttempts' } )
  ;
  RequestLoginCodeResult:
    | ( InvalidInput & { __typename: 'InvalidInput' } )
    | ( LoginCodeRequested & { __typename: 'LoginCodeRequested' } )
    | ( TooManyAttempts & { __typename: 'TooManyAttempts' } )
  ;
  RequestPasswordResetResult:
    | ( EmailRequested & { __typename: 'EmailRequested' } )
    | ( TooManyAttempts & { __typename: 'TooManyAttempts' } )
  ;
  ResetPasswordResult:
    | ( InvalidInput & { __typename: 'InvalidInput' } )
    | ( LinkRejected & { __typename: 'LinkRejected' } )
    | ( Omit<ResetPasswordSuccess, 'user'> & { user: _RefType['User'] } & { __typename: 'ResetPasswordSuccess' } )
    | ( TooManyAttempts & { __typename: 'TooManyAttempts' } )
    | ( WeakPassword & { __typename: 'WeakPassword' } )
  ;
  SessionState:
    | ( SessionNode & { __typename: 'Session' } )
    | ( SignedOut & { __typename: 'SignedOut' } )
  ;
  SetPasswordResult:
    | ( InvalidInput & { __typename: 'InvalidInput' } )
    | ( PasswordExists & { __typename: 'PasswordExists' } )
    | ( Omit<SetPasswordSuccess, 'user'> & { user: _RefType['User'] } & { __typename: 'SetPasswordSuccess' } )
    | ( TooManyAttempts & { __typename: 'TooManyAttempts' } )
    | ( WeakPassword & { __typename: 'WeakPassword' } )
  ;
  StartIdentityLinkResult:
    | ( IdentityLinkStarted & { __typename: 'IdentityLinkStarted' } )
    | ( ProviderRejected & { __typename: 'ProviderRejected' } )
    | ( ProviderUnavailable & { __typename: 'ProviderUnavailable' } )
    | ( TooManyAttempts & { __typename: 'TooManyAttempts' } )
  ;
  StartPasskeyConfirmationResult:
    | ( PasskeyConfirmationStarted & { __typename: 'PasskeyConfirmationStarted' } )
    | ( TooManyAttempts & { __typename: 'TooManyAttempts' } )
  ;
  StartPasskeyLoginResult:
    | ( PasskeyLoginStarted & { __typename: 'PasskeyLoginStarted' } )
    | ( TooManyAttempts & { __typename: 'TooManyAttempts' } )
  ;
  StartPasskeyRegistrationResult:
    | ( PasskeyRegistrationStarted & { __typename: 'PasskeyRegistrationStarted' } )
    | ( TooManyAttempts & { __typename: 'TooManyAttempts' } )
    | ( TooManyPasskeys & { __typename: 'TooManyPasskeys' } )
  ;
  StartProviderLoginResult:
    | ( ProviderLoginStarted & { __typename: 'ProviderLoginStarted' } )
    | ( ProviderRejected & { __typename: 'ProviderRejected' } )
    | ( ProviderUnavailable & { __typename: 'ProviderUnavailable' } )
    | ( TooManyAttempts & { __typename: 'TooManyAttempts' } )
  ;
  UnlinkIdentityResult:
    | ( IdentityNotFound & { __typename: 'IdentityNotFound' } )
    | ( Omit<IdentityUnlinked, 'user'> & { user: _RefType['User'] } & { __typename: 'IdentityUnlinked' } )
    | ( LastWayIn & { __typename: 'LastWayIn' } )
    | ( TooManyAttempts & { __typename: 'TooManyAttempts' } )
  ;
  VerifyEmailResult:
    | ( LinkRejected & { __typename: 'LinkRejected' } )
    | ( TooManyAttempts & { __typename: 'TooManyAttempts' } )
    | ( Omit<VerifyEmailSuccess, 'user'> & { user: _RefType['User'] } & { __typename: 'VerifyEmailSuccess' } )
  ;
};

/** Mapping of interface types */
export type ResolversInterfaceTypes<_RefType extends Record<string, unknown>> = {
  Problem:
    | ( AccountDisabled )
    | ( AccountExists )
    | ( AudienceNotAllowed )
    | ( ChallengeRejected )
    | ( CodeRejected )
    | ( EmailTaken )
    | ( FactorNotFound )
    | ( IdentityNotFound )
    | ( IdentityTaken )
    | ( InvalidCredentials )
    | ( InvalidInput )
    | ( LastWayIn )
    | ( LinkRejected )
    | ( PasskeyNotFound )
    | ( PasskeyRejected )
    | ( PasswordExists )
    | ( ProviderRejected )
    | ( ProviderUnavailable )
    | ( SecondFactorNode )
    | ( Omit<SessionLimitReached, 'sessions'> & { sessions: ReadonlyArray<_RefType['Session']> } )
    | ( SessionNotFound )
    | ( TooManyAttempts )
    | ( TooManyIdentities )
    | ( TooManyPasskeys )
    | ( VerifiedEmailRequired )
    | ( WeakPassword )
  ;
};

/** Mapping between all available schema types and the resolvers types */
export type ResolversTypes = {
  AccountDisabled: ResolverTypeWrapper<AccountDisabled>;
  AccountExists: ResolverTypeWrapper<AccountExists>;
  AudienceNotAllowed: ResolverTypeWrapper<AudienceNotAllowed>;
  AuthenticationMethod: AuthenticationMethod;
  AuthenticationResponseJSON: ResolverTypeWrapper<Scalars['AuthenticationResponseJSON']['output']>;
  Boolean: ResolverTypeWrapper<Scalars['Boolean']['output']>;
  Challenge: ResolverTypeWrapper<Challenge>;
  ChallengeRejected: ResolverTypeWrapper<ChallengeRejected>;
  ChangePasswordInput: ChangePasswordInput;
  ChangePasswordResult: ResolverTypeWrapper<ResolversUnionTypes<ResolversTypes>['ChangePasswordResult']>;
  ChangePasswordSuccess: ResolverTypeWrapper<Omit<ChangePasswordSuccess, 'endedSessions' | 'session' | 'user'> & { endedSessions: ReadonlyArray<ResolversTypes['Session']>, session: ResolversTypes['Session'], user: ResolversTypes['User'] }>;
  CodeRejected: ResolverTypeWrapper<CodeRejected>;
  CompleteIdentityLinkInput: CompleteIdentityLinkInput;
  CompleteIdentityLinkResult: ResolverTypeWrapper<ResolversUnionTypes<ResolversTypes>['CompleteIdentityLinkResult']>;
  CompleteLoginInput: CompleteLoginInput;
  CompleteLoginResult: ResolverTypeWrapper<ResolversUnionTypes<ResolversTypes>['CompleteLoginResult']>;
  CompletePasskeyLoginInput: CompletePasskeyLoginInput;
  CompletePasskeyLoginResult: ResolverTypeWrapper<ResolversUnionTypes<ResolversTypes>['CompletePasskeyLoginResult']>;
  CompletePasskeyRegistrationInput: CompletePasskeyRegistrationInput;
  CompletePasskeyRegistrationResult: ResolverTypeWrapper<ResolversUnionTypes<ResolversTypes>['CompletePasskeyRegistrationResult']>;
  CompleteProviderLoginInput: CompleteProviderLoginInput;
  CompleteProviderLoginResult: ResolverTypeWrapper<ResolversUnionTypes<ResolversTypes>['CompleteProviderLoginResult']>;
  CompleteRegistrationInput: CompleteRegistrationInput;
  CompleteRegistrationResult: ResolverTypeWrapper<ResolversUnionTypes<ResolversTypes>['CompleteRegistrationResult']>;
  ConfirmEmailChangeInput: ConfirmEmailChangeInput;
  ConfirmEmailChangeResult: ResolverTypeWrapper<ResolversUnionTypes<ResolversTypes>['ConfirmEmailChangeResult']>;
  ConfirmEmailChangeSuccess: ResolverTypeWrapper<Omit<ConfirmEmailChangeSuccess, 'user'> & { user: ResolversTypes['User'] }>;
  ConfirmIdentityInput: ConfirmIdentityInput;
  ConfirmIdentityResult: ResolverTypeWrapper<ResolversUnionTypes<ResolversTypes>['ConfirmIdentityResult']>;
  ConfirmIdentitySuccess: ResolverTypeWrapper<Omit<ConfirmIdentitySuccess, 'session' | 'user'> & { session: ResolversTypes['Session'], user: ResolversTypes['User'] }>;
  ConfirmTotpEnrolmentInput: ConfirmTotpEnrolmentInput;
  ConfirmTotpEnrolmentResult: ResolverTypeWrapper<ResolversUnionTypes<ResolversTypes>['ConfirmTotpEnrolmentResult']>;
  ConfirmTotpEnrolmentSuccess: ResolverTypeWrapper<Omit<ConfirmTotpEnrolmentSuccess, 'user'> & { user: ResolversTypes['User'] }>;
  DateTime: ResolverTypeWrapper<Scalars['DateTime']['output']>;
  DeleteAccountResult: ResolverTypeWrapper<ResolversUnionTypes<ResolversTypes>['DeleteAccountResult']>;
  DeleteAccountSuccess: ResolverTypeWrapper<DeleteAccountSuccess>;
  Device: ResolverTypeWrapper<Device>;
  DeviceInput: DeviceInput;
  DeviceKind: DeviceKind;
  EmailRequested: ResolverTypeWrapper<EmailRequested>;
  EmailTaken: ResolverTypeWrapper<EmailTaken>;
  EndOtherSessionsPayload: ResolverTypeWrapper<Omit<EndOtherSessionsPayload, 'sessions' | 'user'> & { sessions: ReadonlyArray<ResolversTypes['Session']>, user: ResolversTypes['User'] }>;
  EndSessionInput: EndSessionInput;
  EndSessionResult: ResolverTypeWrapper<ResolversUnionTypes<ResolversTypes>['EndSessionResult']>;
  EndSessionSuccess: ResolverTypeWrapper<Omit<EndSessionSuccess, 'session' | 'user'> & { session: ResolversTypes['Session'], user: ResolversTypes['User'] }>;
  ErrorCode: ErrorCode;
  Factor: ResolverTypeWrapper<Factor>;
  FactorNotFound: ResolverTypeWrapper<FactorNotFound>;
  ID: ResolverTypeWrapper<Scalars['ID']['output']>;
  Identity: ResolverTypeWrapper<Identity>;
  IdentityLinkStarted: ResolverTypeWrapper<IdentityLinkStarted>;
  IdentityLinked: ResolverTypeWrapper<Omit<IdentityLinked, 'user'> & { user: ResolversTypes['User'] }>;
  IdentityNotFound: ResolverTypeWrapper<IdentityNotFound>;
  IdentityTaken: ResolverTypeWrapper<IdentityTaken>;
  IdentityUnlinked: ResolverTypeWrapper<Omit<IdentityUnlinked, 'user'> & { user: ResolversTypes['User'] }>;
  InputIssue: ResolverTypeWrapper<InputIssue>;
  Int: ResolverTypeWrapper<Scalars['Int']['output']>;
  InvalidCredentials: ResolverTypeWrapper<InvalidCredentials>;
  InvalidInput: ResolverTypeWrapper<InvalidInput>;
  LastWayIn: ResolverTypeWrapper<LastWayIn>;
  LinkRejected: ResolverTypeWrapper<LinkRejected>;
  LinkRejection: LinkRejection;
  LoginCodeRequested: ResolverTypeWrapper<LoginCodeRequested>;
  LoginInput: LoginInput;
  LoginResult: ResolverTypeWrapper<ResolversUnionTypes<ResolversTypes>['LoginResult']>;
  LoginSuccess: ResolverTypeWrapper<Omit<LoginSuccess, 'session' | 'superseded' | 'user'> & { session: ResolversTypes['Session'], superseded: ReadonlyArray<ResolversTypes['Session']>, user: ResolversTypes['User'] }>;
  LoginWithCodeInput: LoginWithCodeInput;
  LoginWithCodeResult: ResolverTypeWrapper<ResolversUnionTypes<ResolversTypes>['LoginWithCodeResult']>;
  LogoutPayload: ResolverTypeWrapper<Omit<LogoutPayload, 'session' | 'user'> & { session?: Maybe<ResolversTypes['Session']>, user?: Maybe<ResolversTypes['User']> }>;
  MintTicketInput: MintTicketInput;
  MintTicketResult: ResolverTypeWrapper<ResolversUnionTypes<ResolversTypes>['MintTicketResult']>;
  MintTicketSuccess: ResolverTypeWrapper<MintTicketSuccess>;
  Mutation: ResolverTypeWrapper<Record<PropertyKey, never>>;
  PageInfo: ResolverTypeWrapper<PageInfo>;
  Passkey: ResolverTypeWrapper<Passkey>;
  PasskeyAdded: ResolverTypeWrapper<Omit<PasskeyAdded, 'user'> & { user: ResolversTypes['User'] }>;
  PasskeyConfirmationStarted: ResolverTypeWrapper<PasskeyConfirmationStarted>;
  PasskeyLoginStarted: ResolverTypeWrapper<PasskeyLoginStarted>;
  PasskeyNotFound: ResolverTypeWrapper<PasskeyNotFound>;
  PasskeyProofInput: PasskeyProofInput;
  PasskeyRegistrationStarted: ResolverTypeWrapper<PasskeyRegistrationStarted>;
  PasskeyRejected: ResolverTypeWrapper<PasskeyRejected>;
  PasskeyRejection: PasskeyRejection;
  PasskeyRenamed: ResolverTypeWrapper<PasskeyRenamed>;
  PasswordExists: ResolverTypeWrapper<PasswordExists>;
  Problem: ResolverTypeWrapper<ResolversInterfaceTypes<ResolversTypes>['Problem']>;
  Provider: ResolverTypeWrapper<Provider>;
  ProviderLoginStarted: ResolverTypeWrapper<ProviderLoginStarted>;
  ProviderRejected: ResolverTypeWrapper<ProviderRejected>;
  ProviderUnavailable: ResolverTypeWrapper<ProviderUnavailable>;
  PublicKeyCredentialCreationOptionsJSON: ResolverTypeWrapper<Scalars['PublicKeyCredentialCreationOptionsJSON']['output']>;
  PublicKeyCredentialRequestOptionsJSON: ResolverTypeWrapper<Scalars['PublicKeyCredentialRequestOptionsJSON']['output']>;
  Query: ResolverTypeWrapper<Record<PropertyKey, never>>;
  RegisterInput: RegisterInput;
  RegisterResult: ResolverTypeWrapper<ResolversUnionTypes<ResolversTypes>['RegisterResult']>;
  RegisterSuccess: ResolverTypeWrapper<Omit<RegisterSuccess, 'session' | 'user'> & { session: ResolversTypes['Session'], user: ResolversTypes['User'] }>;
  RegistrationResponseJSON: ResolverTypeWrapper<Scalars['RegistrationResponseJSON']['output']>;
  RemoveFactorInput: RemoveFactorInput;
  RemoveFactorResult: ResolverTypeWrapper<ResolversUnionTypes<ResolversTypes>['RemoveFactorResult']>;
  RemoveFactorSuccess: ResolverTypeWrapper<Omit<RemoveFactorSuccess, 'user'> & { user: ResolversTypes['User'] }>;
  RenamePasskeyInput: RenamePasskeyInput;
  RenamePasskeyResult: ResolverTypeWrapper<ResolversUnionTypes<ResolversTypes>['RenamePasskeyResult']>;
  RenewRecoveryCodesResult: ResolverTypeWrapper<ResolversUnionTypes<ResolversTypes>['RenewRecoveryCodesResult']>;
  RenewRecoveryCodesSuccess: ResolverTypeWrapper<Omit<RenewRecoveryCodesSuccess, 'user'> & { user: ResolversTypes['User'] }>;
  RequestEmailChangeInput: RequestEmailChangeInput;
  RequestEmailChangeResult: ResolverTypeWrapper<ResolversUnionTypes<ResolversTypes>['RequestEmailChangeResult']>;
  RequestEmailVerificationInput: RequestEmailVerificationInput;
  RequestEmailVerificationResult: ResolverTypeWrapper<ResolversUnionTypes<ResolversTypes>['RequestEmailVerificationResult']>;
  RequestLoginCodeInput: RequestLoginCodeInput;
  RequestLoginCodeResult: ResolverTypeWrapper<ResolversUnionTypes<ResolversTypes>['RequestLoginCodeResult']>;
  RequestPasswordResetInput: RequestPasswordResetInput;
  RequestPasswordResetResult: ResolverTypeWrapper<ResolversUnionTypes<ResolversTypes>['RequestPasswordResetResult']>;
  ResetPasswordInput: ResetPasswordInput;
  ResetPasswordResult: ResolverTypeWrapper<ResolversUnionTypes<ResolversTypes>['ResetPasswordResult']>;
  ResetPasswordSuccess: ResolverTypeWrapper<Omit<ResetPasswordSuccess, 'user'> & { user: ResolversTypes['User'] }>;
  SecondFactorRequired: ResolverTypeWrapper<SecondFactorNode>;
  SecurityEvent: ResolverTypeWrapper<SecurityEvent>;
  SecurityEventConnection: ResolverTypeWrapper<SecurityEventConnection>;
  SecurityEventEdge: ResolverTypeWrapper<SecurityEventEdge>;
  SecurityEventKind: SecurityEventKind;
  SecurityEventOutcome: SecurityEventOutcome;
  Session: ResolverTypeWrapper<SessionNode>;
  SessionConnection: ResolverTypeWrapper<Omit<SessionConnection, 'edges'> & { edges: ReadonlyArray<ResolversTypes['SessionEdge']> }>;
  SessionEdge: ResolverTypeWrapper<Omit<SessionEdge, 'node'> & { node: ResolversTypes['Session'] }>;
  SessionLimitReached: ResolverTypeWrapper<Omit<SessionLimitReached, 'sessions'> & { sessions: ReadonlyArray<ResolversTypes['Session']> }>;
  SessionNotFound: ResolverTypeWrapper<SessionNotFound>;
  SessionState: ResolverTypeWrapper<ResolversUnionTypes<ResolversTypes>['SessionState']>;
  SetPasswordInput: SetPasswordInput;
  SetPasswordResult: ResolverTypeWrapper<ResolversUnionTypes<ResolversTypes>['SetPasswordResult']>;
  SetPasswordSuccess: ResolverTypeWrapper<Omit<SetPasswordSuccess, 'user'> & { user: ResolversTypes['User'] }>;
  SignedOut: ResolverTypeWrapper<SignedOut>;
  SignedOutReason: SignedOutReason;
  StartIdentityLinkInput: StartIdentityLinkInput;
  StartIdentityLinkResult: ResolverTypeWrapper<ResolversUnionTypes<ResolversTypes>['StartIdentityLinkResult']>;
  StartPasskeyConfirmationResult: ResolverTypeWrapper<ResolversUnionTypes<ResolversTypes>['StartPasskeyConfirmationResult']>;
  StartPasskeyLoginResult: ResolverTypeWrapper<ResolversUnionTypes<ResolversTypes>['StartPasskeyLoginResult']>;
  StartPasskeyRegistrationResult: ResolverTypeWrapper<ResolversUnionTypes<ResolversTypes>['StartPasskeyRegistrationResult']>;
  StartProviderLoginInput: StartProviderLoginInput;
  StartProviderLoginResult: ResolverTypeWrapper<ResolversUnionTypes<ResolversTypes>['StartProviderLoginResult']>;
  StartTotpEnrolmentPayload: ResolverTypeWrapper<StartTotpEnrolmentPayload>;
  String: ResolverTypeWrapper<Scalars['String']['output']>;
  Subscription: ResolverTypeWrapper<Record<PropertyKey, never>>;
  TooManyAttempts: ResolverTypeWrapper<TooManyAttempts>;
  TooManyIdentities: ResolverTypeWrapper<TooManyIdentities>;
  TooManyPasskeys: ResolverTypeWrapper<TooManyPasskeys>;
  UnlinkIdentityInput: UnlinkIdentityInput;
  UnlinkIdentityResult: ResolverTypeWrapper<ResolversUnionTypes<ResolversTypes>['UnlinkIdentityResult']>;
  User: ResolverTypeWrapper<UserNode>;
  VerificationRequested: ResolverTypeWrapper<VerificationRequested>;
  VerifiedEmailRequired: ResolverTypeWrapper<VerifiedEmailRequired>;
  VerifyEmailInput: VerifyEmailInput;
  VerifyEmailResult: ResolverTypeWrapper<ResolversUnionTypes<ResolversTypes>['VerifyEmailResult']>;
  VerifyEmailSuccess: ResolverTypeWrapper<Omit<VerifyEmailSuccess, 'user'> & { user: ResolversTypes['User'] }>;
  WeakPassword: ResolverTypeWrapper<WeakPassword>;
};

/** Mapping between all available schema types and the resolvers parents */
export type ResolversParentTypes = {
  AccountDisabled: AccountDisabled;
  AccountExists: AccountExists;
  AudienceNotAllowed: AudienceNotAllowed;
  AuthenticationResponseJSON: Scalars['AuthenticationResponseJSON']['output'];
  Boolean: Scalars['Boolean']['output'];
  Challenge: Challenge;
  ChallengeRejected: ChallengeRejected;
  ChangePasswordInput: ChangePasswordInput;
  ChangePasswordResult: ResolversUnionTypes<ResolversParentTypes>['ChangePasswordResult'];
  ChangePasswordSuccess: Omit<ChangePasswordSuccess, 'endedSessions' | 'session' | 'user'> & { endedSessions: ReadonlyArray<ResolversParentTypes['Session']>, session: ResolversParentTypes['Session'], user: ResolversParentTypes['User'] };
  CodeRejected: CodeRejected;
  CompleteIdentityLinkInput: CompleteIdentityLinkInput;
  CompleteIdentityLinkResult: ResolversUnionTypes<ResolversParentTypes>['CompleteIdentityLinkResult'];
  CompleteLoginInput: CompleteLoginInput;
  CompleteLoginResult: ResolversUnionTypes<ResolversParentTypes>['CompleteLoginResult'];
  CompletePasskeyLoginInput: CompletePasskeyLoginInput;
  CompletePasskeyLoginResult: ResolversUnionTypes<ResolversParentTypes>['CompletePasskeyLoginResult'];
  CompletePasskeyRegistrationInput: CompletePasskeyRegistrationInput;
  CompletePasskeyRegistrationResult: ResolversUnionTypes<ResolversParentTypes>['CompletePasskeyRegistrationResult'];
  CompleteProviderLoginInput: CompleteProviderLoginInput;
  CompleteProviderLoginResult: ResolversUnionTypes<ResolversParentTypes>['CompleteProviderLoginResult'];
  CompleteRegistrationInput: CompleteRegistrationInput;
  CompleteRegistrationResult: ResolversUnionTypes<ResolversParentTypes>['CompleteRegistrationResult'];
  ConfirmEmailChangeInput: ConfirmEmailChangeInput;
  ConfirmEmailChangeResult: ResolversUnionTypes<ResolversParentTypes>['ConfirmEmailChangeResult'];
  ConfirmEmailChangeSuccess: Omit<ConfirmEmailChangeSuccess, 'user'> & { user: ResolversParentTypes['User'] };
  ConfirmIdentityInput: ConfirmIdentityInput;
  ConfirmIdentityResult: ResolversUnionTypes<ResolversParentTypes>['ConfirmIdentityResult'];
  ConfirmIdentitySuccess: Omit<ConfirmIdentitySuccess, 'session' | 'user'> & { session: ResolversParentTypes['Session'], user: ResolversParentTypes['User'] };
  ConfirmTotpEnrolmentInput: ConfirmTotpEnrolmentInput;
  ConfirmTotpEnrolmentResult: ResolversUnionTypes<ResolversParentTypes>['ConfirmTotpEnrolmentResult'];
  ConfirmTotpEnrolmentSuccess: Omit<ConfirmTotpEnrolmentSuccess, 'user'> & { user: ResolversParentTypes['User'] };
  DateTime: Scalars['DateTime']['output'];
  DeleteAccountResult: ResolversUnionTypes<ResolversParentTypes>['DeleteAccountResult'];
  DeleteAccountSuccess: DeleteAccountSuccess;
  Device: Device;
  DeviceInput: DeviceInput;
  EmailRequested: EmailRequested;
  EmailTaken: EmailTaken;
  EndOtherSessionsPayload: Omit<EndOtherSessionsPayload, 'sessions' | 'user'> & { sessions: ReadonlyArray<ResolversParentTypes['Session']>, user: ResolversParentTypes['User'] };
  EndSessionInput: EndSessionInput;
  EndSessionResult: ResolversUnionTypes<ResolversParentTypes>['EndSessionResult'];
  EndSessionSuccess: Omit<EndSessionSuccess, 'session' | 'user'> & { session: ResolversParentTypes['Session'], user: ResolversParentTypes['User'] };
  Factor: Factor;
  FactorNotFound: FactorNotFound;
  ID: Scalars['ID']['output'];
  Identity: Identity;
  IdentityLinkStarted: IdentityLinkStarted;
  IdentityLinked: Omit<IdentityLinked, 'user'> & { user: ResolversParentTypes['User'] };
  IdentityNotFound: IdentityNotFound;
  IdentityTaken: IdentityTaken;
  IdentityUnlinked: Omit<IdentityUnlinked, 'user'> & { user: ResolversParentTypes['User'] };
  InputIssue: InputIssue;
  Int: Scalars['Int']['output'];
  InvalidCredentials: InvalidCredentials;
  InvalidInput: InvalidInput;
  LastWayIn: LastWayIn;
  LinkRejected: LinkRejected;
  LoginCodeRequested: LoginCodeRequested;
  LoginInput: LoginInput;
  LoginResult: ResolversUnionTypes<ResolversParentTypes>['LoginResult'];
  LoginSuccess: Omit<LoginSuccess, 'session' | 'superseded' | 'user'> & { session: ResolversParentTypes['Session'], superseded: ReadonlyArray<ResolversParentTypes['Session']>, user: ResolversParentTypes['User'] };
  LoginWithCodeInput: LoginWithCodeInput;
  LoginWithCodeResult: ResolversUnionTypes<ResolversParentTypes>['LoginWithCodeResult'];
  LogoutPayload: Omit<LogoutPayload, 'session' | 'user'> & { session?: Maybe<ResolversParentTypes['Session']>, user?: Maybe<ResolversParentTypes['User']> };
  MintTicketInput: MintTicketInput;
  MintTicketResult: ResolversUnionTypes<ResolversParentTypes>['MintTicketResult'];
  MintTicketSuccess: MintTicketSuccess;
  Mutation: Record<PropertyKey, never>;
  PageInfo: PageInfo;
  Passkey: Passkey;
  PasskeyAdded: Omit<PasskeyAdded, 'user'> & { user: ResolversParentTypes['User'] };
  PasskeyConfirmationStarted: PasskeyConfirmationStarted;
  PasskeyLoginStarted: PasskeyLoginStarted;
  PasskeyNotFound: PasskeyNotFound;
  PasskeyProofInput: PasskeyProofInput;
  PasskeyRegistrationStarted: PasskeyRegistrationStarted;
  PasskeyRejected: PasskeyRejected;
  PasskeyRenamed: PasskeyRenamed;
  PasswordExists: PasswordExists;
  Problem: ResolversInterfaceTypes<ResolversParentTypes>['Problem'];
  Provider: Provider;
  ProviderLoginStarted: ProviderLoginStarted;
  ProviderRejected: ProviderRejected;
  ProviderUnavailable: ProviderUnavailable;
  PublicKeyCredentialCreationOptionsJSON: Scalars['PublicKeyCredentialCreationOptionsJSON']['output'];
  PublicKeyCredentialRequestOptionsJSON: Scalars['PublicKeyCredentialRequestOptionsJSON']['output'];
  Query: Record<PropertyKey, never>;
  RegisterInput: RegisterInput;
  RegisterResult: ResolversUnionTypes<ResolversParentTypes>['RegisterResult'];
  RegisterSuccess: Omit<RegisterSuccess, 'session' | 'user'> & { session: ResolversParentTypes['Session'], user: ResolversParentTypes['User'] };
  RegistrationResponseJSON: Scalars['RegistrationResponseJSON']['output'];
  RemoveFactorInput: RemoveFactorInput;
  RemoveFactorResult: ResolversUnionTypes<ResolversParentTypes>['RemoveFactorResult'];
  RemoveFactorSuccess: Omit<RemoveFactorSuccess, 'user'> & { user: ResolversParentTypes['User'] };
  RenamePasskeyInput: RenamePasskeyInput;
  RenamePasskeyResult: ResolversUnionTypes<ResolversParentTypes>['RenamePasskeyResult'];
  RenewRecoveryCodesResult: ResolversUnionTypes<ResolversParentTypes>['RenewRecoveryCodesResult'];
  RenewRecoveryCodesSuccess: Omit<RenewRecoveryCodesSuccess, 'user'> & { user: ResolversParentTypes['User'] };
  RequestEmailChangeInput: RequestEmailChangeInput;
  RequestEmailChangeResult: ResolversUnionTypes<ResolversParentTypes>['RequestEmailChangeResult'];
  RequestEmailVerificationInput: RequestEmailVerificationInput;
  RequestEmailVerificationResult: ResolversUnionTypes<ResolversParentTypes>['RequestEmailVerificationResult'];
  RequestLoginCodeInput: RequestLoginCodeInput;
  RequestLoginCodeResult: ResolversUnionTypes<ResolversParentTypes>['RequestLoginCodeResult'];
  RequestPasswordResetInput: RequestPasswordResetInput;
  RequestPasswordResetResult: ResolversUnionTypes<ResolversParentTypes>['RequestPasswordResetResult'];
  ResetPasswordInput: ResetPasswordInput;
  ResetPasswordResult: ResolversUnionTypes<ResolversParentTypes>['ResetPasswordResult'];
  ResetPasswordSuccess: Omit<ResetPasswordSuccess, 'user'> & { user: ResolversParentTypes['User'] };
  SecondFactorRequired: SecondFactorNode;
  SecurityEvent: SecurityEvent;
  SecurityEventConnection: SecurityEventConnection;
  SecurityEventEdge: SecurityEventEdge;
  Session: SessionNode;
  SessionConnection: Omit<SessionConnection, 'edges'> & { edges: ReadonlyArray<ResolversParentTypes['SessionEdge']> };
  SessionEdge: Omit<SessionEdge, 'node'> & { node: ResolversParentTypes['Session'] };
  SessionLimitReached: Omit<SessionLimitReached, 'sessions'> & { sessions: ReadonlyArray<ResolversParentTypes['Session']> };
  SessionNotFound: SessionNotFound;
  SessionState: ResolversUnionTypes<ResolversParentTypes>['SessionState'];
  SetPasswordInput: SetPasswordInput;
  SetPasswordResult: ResolversUnionTypes<ResolversParentTypes>['SetPasswordResult'];
  SetPasswordSuccess: Omit<SetPasswordSuccess, 'user'> & { user: ResolversParentTypes['User'] };
  SignedOut: SignedOut;
  StartIdentityLinkInput: StartIdentityLinkInput;
  StartIdentityLinkResult: ResolversUnionTypes<ResolversParentTypes>['StartIdentityLinkResult'];
  StartPasskeyConfirmationResult: ResolversUnionTypes<ResolversParentTypes>['StartPasskeyConfirmationResult'];
  StartPasskeyLoginResult: ResolversUnionTypes<ResolversParentTypes>['StartPasskeyLoginResult'];
  StartPasskeyRegistrationResult: ResolversUnionTypes<ResolversParentTypes>['StartPasskeyRegistrationResult'];
  StartProviderLoginInput: StartProviderLoginInput;
  StartProviderLoginResult: ResolversUnionTypes<ResolversParentTypes>['StartProviderLoginResult'];
  StartTotpEnrolmentPayload: StartTotpEnrolmentPayload;
  String: Scalars['String']['output'];
  Subscription: Record<PropertyKey, never>;
  TooManyAttempts: TooManyAttempts;
  TooManyIdentities: TooManyIdentities;
  TooManyPasskeys: TooManyPasskeys;
  UnlinkIdentityInput: UnlinkIdentityInput;
  UnlinkIdentityResult: ResolversUnionTypes<ResolversParentTypes>['UnlinkIdentityResult'];
  User: UserNode;
  VerificationRequested: VerificationRequested;
  VerifiedEmailRequired: VerifiedEmailRequired;
  VerifyEmailInput: VerifyEmailInput;
  VerifyEmailResult: ResolversUnionTypes<ResolversParentTypes>['VerifyEmailResult'];
  VerifyEmailSuccess: Omit<VerifyEmailSuccess, 'user'> & { user: ResolversParentTypes['User'] };
  WeakPassword: WeakPassword;
};

export type AccountDisabledResolvers<ContextType = Context, ParentType extends ResolversParentTypes['AccountDisabled'] = ResolversParentTypes['AccountDisabled']> = {
  message?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type AccountExistsResolvers<ContextType = Context, ParentType extends ResolversParentTypes['AccountExists'] = ResolversParentTypes['AccountExists']> = {
  message?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  methods?: Resolver<ReadonlyArray<ResolversTypes['AuthenticationMethod']>, ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type AudienceNotAllowedResolvers<ContextType = Context, ParentType extends ResolversParentTypes['AudienceNotAllowed'] = ResolversParentTypes['AudienceNotAllowed']> = {
  message?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export interface AuthenticationResponseJsonScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['AuthenticationResponseJSON'], any> {
  name: 'AuthenticationResponseJSON';
}

export type ChallengeResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Challenge'] = ResolversParentTypes['Challenge']> = {
  expiresAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  factors?: Resolver<ReadonlyArray<ResolversTypes['AuthenticationMethod']>, ParentType, ContextType>;
  token?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export type ChallengeRejectedResolvers<ContextType = Context, ParentType extends ResolversParentTypes['ChallengeRejected'] = ResolversParentTypes['ChallengeRejected']> = {
  message?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type ChangePasswordResultResolvers<ContextType = Context, ParentType extends ResolversParentTypes['ChangePasswordResult'] = ResolversParentTypes['ChangePasswordResult']> = {
  __resolveType: TypeResolveFn<'ChangePasswordSuccess' | 'InvalidCredentials' | 'InvalidInput' | 'TooManyAttempts' | 'WeakPassword', ParentType, ContextType>;
};

export type ChangePasswordSuccessResolvers<ContextType = Context, ParentType extends ResolversParentTypes['ChangePasswordSuccess'] = ResolversParentTypes['ChangePasswordSuccess']> = {
  endedSessions?: Resolver<ReadonlyArray<ResolversTypes['Session']>, ParentType, ContextType>;
  expiresAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  session?: Resolver<ResolversTypes['Session'], ParentType, ContextType>;
  token?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  user?: Resolver<ResolversTypes['User'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type CodeRejectedResolvers<ContextType = Context, ParentType extends ResolversParentTypes['CodeRejected'] = ResolversParentTypes['CodeRejected']> = {
  message?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  triesLeft?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type CompleteIdentityLinkResultResolvers<ContextType = Context, ParentType extends ResolversParentTypes['CompleteIdentityLinkResult'] = ResolversParentTypes['CompleteIdentityLinkResult']> = {
  __resolveType: TypeResolveFn<'ChallengeRejected' | 'IdentityLinked' | 'IdentityTaken' | 'ProviderRejected' | 'ProviderUnavailable' | 'TooManyAttempts' | 'TooManyIdentities' | 'VerifiedEmailRequired', ParentType, ContextType>;
};

export type CompleteLoginResultResolvers<ContextType = Context, ParentType extends ResolversParentTypes['CompleteLoginResult'] = ResolversParentTypes['CompleteLoginResult']> = {
  __resolveType: TypeResolveFn<'AccountDisabled' | 'ChallengeRejected' | 'CodeRejected' | 'InvalidInput' | 'LoginSuccess' | 'PasskeyRejected' | 'SessionLimitReached' | 'TooManyAttempts', ParentType, ContextType>;
};

export type CompletePasskeyLoginResultResolvers<ContextType = Context, ParentType extends ResolversParentTypes['CompletePasskeyLoginResult'] = ResolversParentTypes['CompletePasskeyLoginResult']> = {
  __resolveType: TypeResolveFn<'AccountDisabled' | 'LoginSuccess' | 'PasskeyRejected' | 'SessionLimitReached' | 'TooManyAttempts', ParentType, ContextType>;
};

export type CompletePasskeyRegistrationResultResolvers<ContextType = Context, ParentType extends ResolversParentTypes['CompletePasskeyRegistrationResult'] = ResolversParentTypes['CompletePasskeyRegistrationResult']> = {
  __resolveType: TypeResolveFn<'InvalidInput' | 'PasskeyAdded' | 'PasskeyRejected' | 'TooManyAttempts', ParentType, ContextType>;
};

export type CompleteProviderLoginResultResolvers<ContextType = Context, ParentType extends ResolversParentTypes['CompleteProviderLoginResult'] = ResolversParentTypes['CompleteProviderLoginResult']> = {
  __resolveType: TypeResolveFn<'AccountDisabled' | 'AccountExists' | 'ChallengeRejected' | 'InvalidInput' | 'LoginSuccess' | 'ProviderRejected' | 'ProviderUnavailable' | 'RegisterSuccess' | 'SecondFactorRequired' | 'SessionLimitReached' | 'TooManyAttempts' | 'VerifiedEmailRequired', ParentType, ContextType>;
};

export type CompleteRegistrationResultResolvers<ContextType = Context, ParentType extends ResolversParentTypes['CompleteRegistrationResult'] = ResolversParentTypes['CompleteRegistrationResult']> = {
  __resolveType: TypeResolveFn<'ChallengeRejected' | 'CodeRejected' | 'EmailTaken' | 'InvalidInput' | 'RegisterSuccess' | 'TooManyAttempts', ParentType, ContextType>;
};

export type ConfirmEmailChangeResultResolvers<ContextType = Context, ParentType extends ResolversParentTypes['ConfirmEmailChangeResult'] = ResolversParentTypes['ConfirmEmailChangeResult']> = {
  __resolveType: TypeResolveFn<'ConfirmEmailChangeSuccess' | 'EmailTaken' | 'LinkRejected' | 'TooManyAttempts', ParentType, ContextType>;
};

export type ConfirmEmailChangeSuccessResolvers<ContextType = Context, ParentType extends ResolversParentTypes['ConfirmEmailChangeSuccess'] = ResolversParentTypes['ConfirmEmailChangeSuccess']> = {
  user?: Resolver<ResolversTypes['User'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type ConfirmIdentityResultResolvers<ContextType = Context, ParentType extends ResolversParentTypes['ConfirmIdentityResult'] = ResolversParentTypes['ConfirmIdentityResult']> = {
  __resolveType: TypeResolveFn<'ConfirmIdentitySuccess' | 'InvalidCredentials' | 'InvalidInput' | 'PasskeyRejected' | 'TooManyAttempts', ParentType, ContextType>;
};

export type ConfirmIdentitySuccessResolvers<ContextType = Context, ParentType extends ResolversParentTypes['ConfirmIdentitySuccess'] = ResolversParentTypes['ConfirmIdentitySuccess']> = {
  expiresAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  session?: Resolver<ResolversTypes['Session'], ParentType, ContextType>;
  token?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  user?: Resolver<ResolversTypes['User'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type ConfirmTotpEnrolmentResultResolvers<ContextType = Context, ParentType extends ResolversParentTypes['ConfirmTotpEnrolmentResult'] = ResolversParentTypes['ConfirmTotpEnrolmentResult']> = {
  __resolveType: TypeResolveFn<'ChallengeRejected' | 'CodeRejected' | 'ConfirmTotpEnrolmentSuccess' | 'TooManyAttempts', ParentType, ContextType>;
};

export type ConfirmTotpEnrolmentSuccessResolvers<ContextType = Context, ParentType extends ResolversParentTypes['ConfirmTotpEnrolmentSuccess'] = ResolversParentTypes['ConfirmTotpEnrolmentSuccess']> = {
  recoveryCodes?: Resolver<ReadonlyArray<ResolversTypes['String']>, ParentType, ContextType>;
  user?: Resolver<ResolversTypes['User'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export interface DateTimeScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['DateTime'], any> {
  name: 'DateTime';
}

export type DeleteAccountResultResolvers<ContextType = Context, ParentType extends ResolversParentTypes['DeleteAccountResult'] = ResolversParentTypes['DeleteAccountResult']> = {
  __resolveType: TypeResolveFn<'DeleteAccountSuccess' | 'TooManyAttempts', ParentType, ContextType>;
};

export type DeleteAccountSuccessResolvers<ContextType = Context, ParentType extends ResolversParentTypes['DeleteAccountSuccess'] = ResolversParentTypes['DeleteAccountSuccess']> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type DeviceResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Device'] = ResolversParentTypes['Device']> = {
  kind?: Resolver<ResolversTypes['DeviceKind'], ParentType, ContextType>;
  name?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export type EmailRequestedResolvers<ContextType = Context, ParentType extends ResolversParentTypes['EmailRequested'] = ResolversParentTypes['EmailRequested']> = {
  to?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type EmailTakenResolvers<ContextType = Context, ParentType extends ResolversParentTypes['EmailTaken'] = ResolversParentTypes['EmailTaken']> = {
  message?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type EndOtherSessionsPayloadResolvers<ContextType = Context, ParentType extends ResolversParentTypes['EndOtherSessionsPayload'] = ResolversParentTypes['EndOtherSessionsPayload']> = {
  sessions?: Resolver<ReadonlyArray<ResolversTypes['Session']>, ParentType, ContextType>;
  user?: Resolver<ResolversTypes['User'], ParentType, ContextType>;
};

export type EndSessionResultResolvers<ContextType = Context, ParentType extends ResolversParentTypes['EndSessionResult'] = ResolversParentTypes['EndSessionResult']> = {
  __resolveType: TypeResolveFn<'EndSessionSuccess' | 'SessionNotFound', ParentType, ContextType>;
};

export type EndSessionSuccessResolvers<ContextType = Context, ParentType extends ResolversParentTypes['EndSessionSuccess'] = ResolversParentTypes['EndSessionSuccess']> = {
  session?: Resolver<ResolversTypes['Session'], ParentType, ContextType>;
  user?: Resolver<ResolversTypes['User'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type FactorResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Factor'] = ResolversParentTypes['Factor']> = {
  createdAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  lastUsedAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  method?: Resolver<ResolversTypes['AuthenticationMethod'], ParentType, ContextType>;
};

export type FactorNotFoundResolvers<ContextType = Context, ParentType extends ResolversParentTypes['FactorNotFound'] = ResolversParentTypes['FactorNotFound']> = {
  message?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type IdentityResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Identity'] = ResolversParentTypes['Identity']> = {
  createdAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  email?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  lastUsedAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  provider?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export type IdentityLinkStartedResolvers<ContextType = Context, ParentType extends ResolversParentTypes['IdentityLinkStarted'] = ResolversParentTypes['IdentityLinkStarted']> = {
  challenge?: Resolver<ResolversTypes['Challenge'], ParentType, ContextType>;
  url?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type IdentityLinkedResolvers<ContextType = Context, ParentType extends ResolversParentTypes['IdentityLinked'] = ResolversParentTypes['IdentityLinked']> = {
  identity?: Resolver<ResolversTypes['Identity'], ParentType, ContextType>;
  user?: Resolver<ResolversTypes['User'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type IdentityNotFoundResolvers<ContextType = Context, ParentType extends ResolversParentTypes['IdentityNotFound'] = ResolversParentTypes['IdentityNotFound']> = {
  message?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type IdentityTakenResolvers<ContextType = Context, ParentType extends ResolversParentTypes['IdentityTaken'] = ResolversParentTypes['IdentityTaken']> = {
  message?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type IdentityUnlinkedResolvers<ContextType = Context, ParentType extends ResolversParentTypes['IdentityUnlinked'] = ResolversParentTypes['IdentityUnlinked']> = {
  user?: Resolver<ResolversTypes['User'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type InputIssueResolvers<ContextType = Context, ParentType extends ResolversParentTypes['InputIssue'] = ResolversParentTypes['InputIssue']> = {
  field?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  message?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export type InvalidCredentialsResolvers<ContextType = Context, ParentType extends ResolversParentTypes['InvalidCredentials'] = ResolversParentTypes['InvalidCredentials']> = {
  message?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type InvalidInputResolvers<ContextType = Context, ParentType extends ResolversParentTypes['InvalidInput'] = ResolversParentTypes['InvalidInput']> = {
  issues?: Resolver<ReadonlyArray<ResolversTypes['InputIssue']>, ParentType, ContextType>;
  message?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type LastWayInResolvers<ContextType = Context, ParentType extends ResolversParentTypes['LastWayIn'] = ResolversParentTypes['LastWayIn']> = {
  message?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type LinkRejectedResolvers<ContextType = Context, ParentType extends ResolversParentTypes['LinkRejected'] = ResolversParentTypes['LinkRejected']> = {
  message?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  reason?: Resolver<ResolversTypes['LinkRejection'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type LoginCodeRequestedResolvers<ContextType = Context, ParentType extends ResolversParentTypes['LoginCodeRequested'] = ResolversParentTypes['LoginCodeRequested']> = {
  challenge?: Resolver<ResolversTypes['Challenge'], ParentType, ContextType>;
  to?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type LoginResultResolvers<ContextType = Context, ParentType extends ResolversParentTypes['LoginResult'] = ResolversParentTypes['LoginResult']> = {
  __resolveType: TypeResolveFn<'AccountDisabled' | 'InvalidCredentials' | 'InvalidInput' | 'LoginSuccess' | 'SecondFactorRequired' | 'SessionLimitReached' | 'TooManyAttempts', ParentType, ContextType>;
};

export type LoginSuccessResolvers<ContextType = Context, ParentType extends ResolversParentTypes['LoginSuccess'] = ResolversParentTypes['LoginSuccess']> = {
  expiresAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  session?: Resolver<ResolversTypes['Session'], ParentType, ContextType>;
  superseded?: Resolver<ReadonlyArray<ResolversTypes['Session']>, ParentType, ContextType>;
  token?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  user?: Resolver<ResolversTypes['User'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type LoginWithCodeResultResolvers<ContextType = Context, ParentType extends ResolversParentTypes['LoginWithCodeResult'] = ResolversParentTypes['LoginWithCodeResult']> = {
  __resolveType: TypeResolveFn<'AccountDisabled' | 'ChallengeRejected' | 'CodeRejected' | 'LoginSuccess' | 'SecondFactorRequired' | 'SessionLimitReached' | 'TooManyAttempts', ParentType, ContextType>;
};

export type LogoutPayloadResolvers<ContextType = Context, ParentType extends ResolversParentTypes['LogoutPayload'] = ResolversParentTypes['LogoutPayload']> = {
  session?: Resolver<Maybe<ResolversTypes['Session']>, ParentType, ContextType>;
  user?: Resolver<Maybe<ResolversTypes['User']>, ParentType, ContextType>;
};

export type MintTicketResultResolvers<ContextType = Context, ParentType extends ResolversParentTypes['MintTicketResult'] = ResolversParentTypes['MintTicketResult']> = {
  __resolveType: TypeResolveFn<'AudienceNotAllowed' | 'MintTicketSuccess' | 'TooManyAttempts', ParentType, ContextType>;
};

export type MintTicketSuccessResolvers<ContextType = Context, ParentType extends ResolversParentTypes['MintTicketSuccess'] = ResolversParentTypes['MintTicketSuccess']> = {
  expiresAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  ticket?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type MutationResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Mutation'] = ResolversParentTypes['Mutation']> = {
  changePassword?: Resolver<ResolversTypes['ChangePasswordResult'], ParentType, ContextType, RequireFields<MutationChangePasswordArgs, 'input'>>;
  completeIdentityLink?: Resolver<ResolversTypes['CompleteIdentityLinkResult'], ParentType, ContextType, RequireFields<MutationCompleteIdentityLinkArgs, 'input'>>;
  completeLogin?: Resolver<ResolversTypes['CompleteLoginResult'], ParentType, ContextType, RequireFields<MutationCompleteLoginArgs, 'input'>>;
  completePasskeyLogin?: Resolver<ResolversTypes['CompletePasskeyLoginResult'], ParentType, ContextType, RequireFields<MutationCompletePasskeyLoginArgs, 'input'>>;
  completePasskeyRegistration?: Resolver<ResolversTypes['CompletePasskeyRegistrationResult'], ParentType, ContextType, RequireFields<MutationCompletePasskeyRegistrationArgs, 'input'>>;
  completeProviderLogin?: Resolver<ResolversTypes['CompleteProviderLoginResult'], ParentType, ContextType, RequireFields<MutationCompleteProviderLoginArgs, 'input'>>;
  completeRegistration?: Resolver<ResolversTypes['CompleteRegistrationResult'], ParentType, ContextType, RequireFields<MutationCompleteRegistrationArgs, 'input'>>;
  confirmEmailChange?: Resolver<ResolversTypes['ConfirmEmailChangeResult'], ParentType, ContextType, RequireFields<MutationConfirmEmailChangeArgs, 'input'>>;
  confirmIdentity?: Resolver<ResolversTypes['ConfirmIdentityResult'], ParentType, ContextType, RequireFields<MutationConfirmIdentityArgs, 'input'>>;
  confirmTotpEnrolment?: Resolver<ResolversTypes['ConfirmTotpEnrolmentResult'], ParentType, ContextType, RequireFields<MutationConfirmTotpEnrolmentArgs, 'input'>>;
  deleteAccount?: Resolver<ResolversTypes['DeleteAccountResult'], ParentType, ContextType>;
  endOtherSessions?: Resolver<ResolversTypes['EndOtherSessionsPayload'], ParentType, ContextType>;
  endSession?: Resolver<ResolversTypes['EndSessionResult'], ParentType, ContextType, RequireFields<MutationEndSessionArgs, 'input'>>;
  login?: Resolver<ResolversTypes['LoginResult'], ParentType, ContextType, RequireFields<MutationLoginArgs, 'input'>>;
  loginWithCode?: Resolver<ResolversTypes['LoginWithCodeResult'], ParentType, ContextType, RequireFields<MutationLoginWithCodeArgs, 'input'>>;
  logout?: Resolver<ResolversTypes['LogoutPayload'], ParentType, ContextType>;
  mintTicket?: Resolver<ResolversTypes['MintTicketResult'], ParentType, ContextType, RequireFields<MutationMintTicketArgs, 'input'>>;
  register?: Resolver<ResolversTypes['RegisterResult'], ParentType, ContextType, RequireFields<MutationRegisterArgs, 'input'>>;
  removeFactor?: Resolver<ResolversTypes['RemoveFactorResult'], ParentType, ContextType, RequireFields<MutationRemoveFactorArgs, 'input'>>;
  renamePasskey?: Resolver<ResolversTypes['RenamePasskeyResult'], ParentType, ContextType, RequireFields<MutationRenamePasskeyArgs, 'input'>>;
  renewRecoveryCodes?: Resolver<ResolversTypes['RenewRecoveryCodesResult'], ParentType, ContextType>;
  requestEmailChange?: Resolver<ResolversTypes['RequestEmailChangeResult'], ParentType, ContextType, RequireFields<MutationRequestEmailChangeArgs, 'input'>>;
  requestEmailVerification?: Resolver<ResolversTypes['RequestEmailVerificationResult'], ParentType, ContextType, Partial<MutationRequestEmailVerificationArgs>>;
  requestLoginCode?: Resolver<ResolversTypes['RequestLoginCodeResult'], ParentType, ContextType, RequireFields<MutationRequestLoginCodeArgs, 'input'>>;
  requestPasswordReset?: Resolver<ResolversTypes['RequestPasswordResetResult'], ParentType, ContextType, RequireFields<MutationRequestPasswordResetArgs, 'input'>>;
  resetPassword?: Resolver<ResolversTypes['ResetPasswordResult'], ParentType, ContextType, RequireFields<MutationResetPasswordArgs, 'input'>>;
  setPassword?: Resolver<ResolversTypes['SetPasswordResult'], ParentType, ContextType, RequireFields<MutationSetPasswordArgs, 'input'>>;
  startIdentityLink?: Resolver<ResolversTypes['StartIdentityLinkResult'], ParentType, ContextType, RequireFields<MutationStartIdentityLinkArgs, 'input'>>;
  startPasskeyConfirmation?: Resolver<ResolversTypes['StartPasskeyConfirmationResult'], ParentType, ContextType>;
  startPasskeyLogin?: Resolver<ResolversTypes['StartPasskeyLoginResult'], ParentType, ContextType>;
  startPasskeyRegistration?: Resolver<ResolversTypes['StartPasskeyRegistrationResult'], ParentType, ContextType>;
  startProviderLogin?: Resolver<ResolversTypes['StartProviderLoginResult'], ParentType, ContextType, RequireFields<MutationStartProviderLoginArgs, 'input'>>;
  startTotpEnrolment?: Resolver<ResolversTypes['StartTotpEnrolmentPayload'], ParentType, ContextType>;
  unlinkIdentity?: Resolver<ResolversTypes['UnlinkIdentityResult'], ParentType, ContextType, RequireFields<MutationUnlinkIdentityArgs, 'input'>>;
  verifyEmail?: Resolver<ResolversTypes['VerifyEmailResult'], ParentType, ContextType, RequireFields<MutationVerifyEmailArgs, 'input'>>;
};

export type PageInfoResolvers<ContextType = Context, ParentType extends ResolversParentTypes['PageInfo'] = ResolversParentTypes['PageInfo']> = {
  endCursor?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  hasNextPage?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  hasPreviousPage?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  startCursor?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export type PasskeyResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Passkey'] = ResolversParentTypes['Passkey']> = {
  createdAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  lastUsedAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  synced?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
};

export type PasskeyAddedResolvers<ContextType = Context, ParentType extends ResolversParentTypes['PasskeyAdded'] = ResolversParentTypes['PasskeyAdded']> = {
  passkey?: Resolver<ResolversTypes['Passkey'], ParentType, ContextType>;
  user?: Resolver<ResolversTypes['User'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type PasskeyConfirmationStartedResolvers<ContextType = Context, ParentType extends ResolversParentTypes['PasskeyConfirmationStarted'] = ResolversParentTypes['PasskeyConfirmationStarted']> = {
  challenge?: Resolver<ResolversTypes['Challenge'], ParentType, ContextType>;
  options?: Resolver<ResolversTypes['PublicKeyCredentialRequestOptionsJSON'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type PasskeyLoginStartedResolvers<ContextType = Context, ParentType extends ResolversParentTypes['PasskeyLoginStarted'] = ResolversParentTypes['PasskeyLoginStarted']> = {
  challenge?: Resolver<ResolversTypes['Challenge'], ParentType, ContextType>;
  options?: Resolver<ResolversTypes['PublicKeyCredentialRequestOptionsJSON'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type PasskeyNotFoundResolvers<ContextType = Context, ParentType extends ResolversParentTypes['PasskeyNotFound'] = ResolversParentTypes['PasskeyNotFound']> = {
  message?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type PasskeyRegistrationStartedResolvers<ContextType = Context, ParentType extends ResolversParentTypes['PasskeyRegistrationStarted'] = ResolversParentTypes['PasskeyRegistrationStarted']> = {
  challenge?: Resolver<ResolversTypes['Challenge'], ParentType, ContextType>;
  options?: Resolver<ResolversTypes['PublicKeyCredentialCreationOptionsJSON'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type PasskeyRejectedResolvers<ContextType = Context, ParentType extends ResolversParentTypes['PasskeyRejected'] = ResolversParentTypes['PasskeyRejected']> = {
  message?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  reason?: Resolver<ResolversTypes['PasskeyRejection'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type PasskeyRenamedResolvers<ContextType = Context, ParentType extends ResolversParentTypes['PasskeyRenamed'] = ResolversParentTypes['PasskeyRenamed']> = {
  passkey?: Resolver<ResolversTypes['Passkey'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type PasswordExistsResolvers<ContextType = Context, ParentType extends ResolversParentTypes['PasswordExists'] = ResolversParentTypes['PasswordExists']> = {
  message?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type ProblemResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Problem'] = ResolversParentTypes['Problem']> = {
  __resolveType: TypeResolveFn<'AccountDisabled' | 'AccountExists' | 'AudienceNotAllowed' | 'ChallengeRejected' | 'CodeRejected' | 'EmailTaken' | 'FactorNotFound' | 'IdentityNotFound' | 'IdentityTaken' | 'InvalidCredentials' | 'InvalidInput' | 'LastWayIn' | 'LinkRejected' | 'PasskeyNotFound' | 'PasskeyRejected' | 'PasswordExists' | 'ProviderRejected' | 'ProviderUnavailable' | 'SecondFactorRequired' | 'SessionLimitReached' | 'SessionNotFound' | 'TooManyAttempts' | 'TooManyIdentities' | 'TooManyPasskeys' | 'VerifiedEmailRequired' | 'WeakPassword', ParentType, ContextType>;
};

export type ProviderResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Provider'] = ResolversParentTypes['Provider']> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
};

export type ProviderLoginStartedResolvers<ContextType = Context, ParentType extends ResolversParentTypes['ProviderLoginStarted'] = ResolversParentTypes['ProviderLoginStarted']> = {
  challenge?: Resolver<ResolversTypes['Challenge'], ParentType, ContextType>;
  url?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type ProviderRejectedResolvers<ContextType = Context, ParentType extends ResolversParentTypes['ProviderRejected'] = ResolversParentTypes['ProviderRejected']> = {
  message?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type ProviderUnavailableResolvers<ContextType = Context, ParentType extends ResolversParentTypes['ProviderUnavailable'] = ResolversParentTypes['ProviderUnavailable']> = {
  message?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export interface PublicKeyCredentialCreationOptionsJsonScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['PublicKeyCredentialCreationOptionsJSON'], any> {
  name: 'PublicKeyCredentialCreationOptionsJSON';
}

export interface PublicKeyCredentialRequestOptionsJsonScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['PublicKeyCredentialRequestOptionsJSON'], any> {
  name: 'PublicKeyCredentialRequestOptionsJSON';
}

export type QueryResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Query'] = ResolversParentTypes['Query']> = {
  me?: Resolver<Maybe<ResolversTypes['User']>, ParentType, ContextType>;
  providers?: Resolver<ReadonlyArray<ResolversTypes['Provider']>, ParentType, ContextType>;
  session?: Resolver<ResolversTypes['SessionState'], ParentType, ContextType>;
};

export type RegisterResultResolvers<ContextType = Context, ParentType extends ResolversParentTypes['RegisterResult'] = ResolversParentTypes['RegisterResult']> = {
  __resolveType: TypeResolveFn<'EmailTaken' | 'InvalidInput' | 'RegisterSuccess' | 'TooManyAttempts' | 'VerificationRequested' | 'WeakPassword', ParentType, ContextType>;
};

export type RegisterSuccessResolvers<ContextType = Context, ParentType extends ResolversParentTypes['RegisterSuccess'] = ResolversParentTypes['RegisterSuccess']> = {
  expiresAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  session?: Resolver<ResolversTypes['Session'], ParentType, ContextType>;
  token?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  user?: Resolver<ResolversTypes['User'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export interface RegistrationResponseJsonScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['RegistrationResponseJSON'], any> {
  name: 'RegistrationResponseJSON';
}

export type RemoveFactorResultResolvers<ContextType = Context, ParentType extends ResolversParentTypes['RemoveFactorResult'] = ResolversParentTypes['RemoveFactorResult']> = {
  __resolveType: TypeResolveFn<'FactorNotFound' | 'LastWayIn' | 'RemoveFactorSuccess' | 'TooManyAttempts', ParentType, ContextType>;
};

export type RemoveFactorSuccessResolvers<ContextType = Context, ParentType extends ResolversParentTypes['RemoveFactorSuccess'] = ResolversParentTypes['RemoveFactorSuccess']> = {
  user?: Resolver<ResolversTypes['User'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type RenamePasskeyResultResolvers<ContextType = Context, ParentType extends ResolversParentTypes['RenamePasskeyResult'] = ResolversParentTypes['RenamePasskeyResult']> = {
  __resolveType: TypeResolveFn<'InvalidInput' | 'PasskeyNotFound' | 'PasskeyRenamed' | 'TooManyAttempts', ParentType, ContextType>;
};

export type RenewRecoveryCodesResultResolvers<ContextType = Context, ParentType extends ResolversParentTypes['RenewRecoveryCodesResult'] = ResolversParentTypes['RenewRecoveryCodesResult']> = {
  __resolveType: TypeResolveFn<'FactorNotFound' | 'RenewRecoveryCodesSuccess' | 'TooManyAttempts', ParentType, ContextType>;
};

export type RenewRecoveryCodesSuccessResolvers<ContextType = Context, ParentType extends ResolversParentTypes['RenewRecoveryCodesSuccess'] = ResolversParentTypes['RenewRecoveryCodesSuccess']> = {
  recoveryCodes?: Resolver<ReadonlyArray<ResolversTypes['String']>, ParentType, ContextType>;
  user?: Resolver<ResolversTypes['User'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type RequestEmailChangeResultResolvers<ContextType = Context, ParentType extends ResolversParentTypes['RequestEmailChangeResult'] = ResolversParentTypes['RequestEmailChangeResult']> = {
  __resolveType: TypeResolveFn<'EmailRequested' | 'InvalidInput' | 'TooManyAttempts', ParentType, ContextType>;
};

export type RequestEmailVerificationResultResolvers<ContextType = Context, ParentType extends ResolversParentTypes['RequestEmailVerificationResult'] = ResolversParentTypes['RequestEmailVerificationResult']> = {
  __resolveType: TypeResolveFn<'EmailRequested' | 'TooManyAttempts', ParentType, ContextType>;
};

export type RequestLoginCodeResultResolvers<ContextType = Context, ParentType extends ResolversParentTypes['RequestLoginCodeResult'] = ResolversParentTypes['RequestLoginCodeResult']> = {
  __resolveType: TypeResolveFn<'InvalidInput' | 'LoginCodeRequested' | 'TooManyAttempts', ParentType, ContextType>;
};

export type RequestPasswordResetResultResolvers<ContextType = Context, ParentType extends ResolversParentTypes['RequestPasswordResetResult'] = ResolversParentTypes['RequestPasswordResetResult']> = {
  __resolveType: TypeResolveFn<'EmailRequested' | 'TooManyAttempts', ParentType, ContextType>;
};

export type ResetPasswordResultResolvers<ContextType = Context, ParentType extends ResolversParentTypes['ResetPasswordResult'] = ResolversParentTypes['ResetPasswordResult']> = {
  __resolveType: TypeResolveFn<'InvalidInput' | 'LinkRejected' | 'ResetPasswordSuccess' | 'TooManyAttempts' | 'WeakPassword', ParentType, ContextType>;
};

export type ResetPasswordSuccessResolvers<ContextType = Context, ParentType extends ResolversParentTypes['ResetPasswordSuccess'] = ResolversParentTypes['ResetPasswordSuccess']> = {
  user?: Resolver<ResolversTypes['User'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type SecondFactorRequiredResolvers<ContextType = Context, ParentType extends ResolversParentTypes['SecondFactorRequired'] = ResolversParentTypes['SecondFactorRequired']> = {
  challenge?: Resolver<ResolversTypes['Challenge'], ParentType, ContextType>;
  message?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  passkeyOptions?: Resolver<Maybe<ResolversTypes['PublicKeyCredentialRequestOptionsJSON']>, ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type SecurityEventResolvers<ContextType = Context, ParentType extends ResolversParentTypes['SecurityEvent'] = ResolversParentTypes['SecurityEvent']> = {
  at?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  device?: Resolver<Maybe<ResolversTypes['Device']>, ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  ipAddress?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  kind?: Resolver<ResolversTypes['SecurityEventKind'], ParentType, ContextType>;
  outcome?: Resolver<ResolversTypes['SecurityEventOutcome'], ParentType, ContextType>;
  sessionId?: Resolver<Maybe<ResolversTypes['ID']>, ParentType, ContextType>;
  userAgent?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export type SecurityEventConnectionResolvers<ContextType = Context, ParentType extends ResolversParentTypes['SecurityEventConnection'] = ResolversParentTypes['SecurityEventConnection']> = {
  edges?: Resolver<ReadonlyArray<ResolversTypes['SecurityEventEdge']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
};

export type SecurityEventEdgeResolvers<ContextType = Context, ParentType extends ResolversParentTypes['SecurityEventEdge'] = ResolversParentTypes['SecurityEventEdge']> = {
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  node?: Resolver<ResolversTypes['SecurityEvent'], ParentType, ContextType>;
};

export type SessionResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Session'] = ResolversParentTypes['Session']> = {
  current?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  device?: Resolver<ResolversTypes['Device'], ParentType, ContextType>;
  endReason?: Resolver<Maybe<ResolversTypes['SignedOutReason']>, ParentType, ContextType>;
  endedAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  expiresAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  ipAddress?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  lastSeenAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  methods?: Resolver<ReadonlyArray<ResolversTypes['AuthenticationMethod']>, ParentType, ContextType>;
  provedAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  signedInAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  supersededBy?: Resolver<Maybe<ResolversTypes['Session']>, ParentType, ContextType>;
  userAgent?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type SessionConnectionResolvers<ContextType = Context, ParentType extends ResolversParentTypes['SessionConnection'] = ResolversParentTypes['SessionConnection']> = {
  edges?: Resolver<ReadonlyArray<ResolversTypes['SessionEdge']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
};

export type SessionEdgeResolvers<ContextType = Context, ParentType extends ResolversParentTypes['SessionEdge'] = ResolversParentTypes['SessionEdge']> = {
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  node?: Resolver<ResolversTypes['Session'], ParentType, ContextType>;
};

export type SessionLimitReachedResolvers<ContextType = Context, ParentType extends ResolversParentTypes['SessionLimitReached'] = ResolversParentTypes['SessionLimitReached']> = {
  message?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  sessions?: Resolver<ReadonlyArray<ResolversTypes['Session']>, ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type SessionNotFoundResolvers<ContextType = Context, ParentType extends ResolversParentTypes['SessionNotFound'] = ResolversParentTypes['SessionNotFound']> = {
  message?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type SessionStateResolvers<ContextType = Context, ParentType extends ResolversParentTypes['SessionState'] = ResolversParentTypes['SessionState']> = {
  __resolveType: TypeResolveFn<'Session' | 'SignedOut', ParentType, ContextType>;
};

export type SetPasswordResultResolvers<ContextType = Context, ParentType extends ResolversParentTypes['SetPasswordResult'] = ResolversParentTypes['SetPasswordResult']> = {
  __resolveType: TypeResolveFn<'InvalidInput' | 'PasswordExists' | 'SetPasswordSuccess' | 'TooManyAttempts' | 'WeakPassword', ParentType, ContextType>;
};

export type SetPasswordSuccessResolvers<ContextType = Context, ParentType extends ResolversParentTypes['SetPasswordSuccess'] = ResolversParentTypes['SetPasswordSuccess']> = {
  user?: Resolver<ResolversTypes['User'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type SignedOutResolvers<ContextType = Context, ParentType extends ResolversParentTypes['SignedOut'] = ResolversParentTypes['SignedOut']> = {
  at?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  by?: Resolver<Maybe<ResolversTypes['Device']>, ParentType, ContextType>;
  reason?: Resolver<ResolversTypes['SignedOutReason'], ParentType, ContextType>;
  sessionId?: Resolver<Maybe<ResolversTypes['ID']>, ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type StartIdentityLinkResultResolvers<ContextType = Context, ParentType extends ResolversParentTypes['StartIdentityLinkResult'] = ResolversParentTypes['StartIdentityLinkResult']> = {
  __resolveType: TypeResolveFn<'IdentityLinkStarted' | 'ProviderRejected' | 'ProviderUnavailable' | 'TooManyAttempts', ParentType, ContextType>;
};

export type StartPasskeyConfirmationResultResolvers<ContextType = Context, ParentType extends ResolversParentTypes['StartPasskeyConfirmationResult'] = ResolversParentTypes['StartPasskeyConfirmationResult']> = {
  __resolveType: TypeResolveFn<'PasskeyConfirmationStarted' | 'TooManyAttempts', ParentType, ContextType>;
};

export type StartPasskeyLoginResultResolvers<ContextType = Context, ParentType extends ResolversParentTypes['StartPasskeyLoginResult'] = ResolversParentTypes['StartPasskeyLoginResult']> = {
  __resolveType: TypeResolveFn<'PasskeyLoginStarted' | 'TooManyAttempts', ParentType, ContextType>;
};

export type StartPasskeyRegistrationResultResolvers<ContextType = Context, ParentType extends ResolversParentTypes['StartPasskeyRegistrationResult'] = ResolversParentTypes['StartPasskeyRegistrationResult']> = {
  __resolveType: TypeResolveFn<'PasskeyRegistrationStarted' | 'TooManyAttempts' | 'TooManyPasskeys', ParentType, ContextType>;
};

export type StartProviderLoginResultResolvers<ContextType = Context, ParentType extends ResolversParentTypes['StartProviderLoginResult'] = ResolversParentTypes['StartProviderLoginResult']> = {
  __resolveType: TypeResolveFn<'ProviderLoginStarted' | 'ProviderRejected' | 'ProviderUnavailable' | 'TooManyAttempts', ParentType, ContextType>;
};

export type StartTotpEnrolmentPayloadResolvers<ContextType = Context, ParentType extends ResolversParentTypes['StartTotpEnrolmentPayload'] = ResolversParentTypes['StartTotpEnrolmentPayload']> = {
  challenge?: Resolver<ResolversTypes['Challenge'], ParentType, ContextType>;
  secret?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  uri?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export type SubscriptionResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Subscription'] = ResolversParentTypes['Subscription']> = {
  sessionEnded?: SubscriptionResolver<ResolversTypes['SignedOut'], "sessionEnded", ParentType, ContextType>;
};

export type TooManyAttemptsResolvers<ContextType = Context, ParentType extends ResolversParentTypes['TooManyAttempts'] = ResolversParentTypes['TooManyAttempts']> = {
  message?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  retryAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type TooManyIdentitiesResolvers<ContextType = Context, ParentType extends ResolversParentTypes['TooManyIdentities'] = ResolversParentTypes['TooManyIdentities']> = {
  message?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type TooManyPasskeysResolvers<ContextType = Context, ParentType extends ResolversParentTypes['TooManyPasskeys'] = ResolversParentTypes['TooManyPasskeys']> = {
  message?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type UnlinkIdentityResultResolvers<ContextType = Context, ParentType extends ResolversParentTypes['UnlinkIdentityResult'] = ResolversParentTypes['UnlinkIdentityResult']> = {
  __resolveType: TypeResolveFn<'IdentityNotFound' | 'IdentityUnlinked' | 'LastWayIn' | 'TooManyAttempts', ParentType, ContextType>;
};

export type UserResolvers<ContextType = Context, ParentType extends ResolversParentTypes['User'] = ResolversParentTypes['User']> = {
  createdAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  email?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  emailVerified?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  factors?: Resolver<ReadonlyArray<ResolversTypes['Factor']>, ParentType, ContextType>;
  hasPassword?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  history?: Resolver<ResolversTypes['SessionConnection'], ParentType, ContextType, RequireFields<UserHistoryArgs, 'first'>>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  identities?: Resolver<ReadonlyArray<ResolversTypes['Identity']>, ParentType, ContextType>;
  lastLoginAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  passkeys?: Resolver<ReadonlyArray<ResolversTypes['Passkey']>, ParentType, ContextType>;
  recoveryCodesLeft?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  securityEvents?: Resolver<ResolversTypes['SecurityEventConnection'], ParentType, ContextType, RequireFields<UserSecurityEventsArgs, 'first'>>;
  sessions?: Resolver<ReadonlyArray<ResolversTypes['Session']>, ParentType, ContextType>;
};

export type VerificationRequestedResolvers<ContextType = Context, ParentType extends ResolversParentTypes['VerificationRequested'] = ResolversParentTypes['VerificationRequested']> = {
  challenge?: Resolver<ResolversTypes['Challenge'], ParentType, ContextType>;
  to?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type VerifiedEmailRequiredResolvers<ContextType = Context, ParentType extends ResolversParentTypes['VerifiedEmailRequired'] = ResolversParentTypes['VerifiedEmailRequired']> = {
  message?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type VerifyEmailResultResolvers<ContextType = Context, ParentType extends ResolversParentTypes['VerifyEmailResult'] = ResolversParentTypes['VerifyEmailResult']> = {
  __resolveType: TypeResolveFn<'LinkRejected' | 'TooManyAttempts' | 'VerifyEmailSuccess', ParentType, ContextType>;
};

export type VerifyEmailSuccessResolvers<ContextType = Context, ParentType extends ResolversParentTypes['VerifyEmailSuccess'] = ResolversParentTypes['VerifyEmailSuccess']> = {
  user?: Resolver<ResolversTypes['User'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type WeakPasswordResolvers<ContextType = Context, ParentType extends ResolversParentTypes['WeakPassword'] = ResolversParentTypes['WeakPassword']> = {
  message?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  suggestions?: Resolver<ReadonlyArray<ResolversTypes['String']>, ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type Resolvers<ContextType = Context> = {
  AccountDisabled?: AccountDisabledResolvers<ContextType>;
  AccountExists?: AccountExistsResolvers<ContextType>;
  AudienceNotAllowed?: AudienceNotAllowedResolvers<ContextType>;
  AuthenticationResponseJSON?: GraphQLScalarType;
  Challenge?: ChallengeResolvers<ContextType>;
  ChallengeRejected?: ChallengeRejectedResolvers<ContextType>;
  ChangePasswordResult?: ChangePasswordResultResolvers<ContextType>;
  ChangePasswordSuccess?: ChangePasswordSuccessResolvers<ContextType>;
  CodeRejected?: CodeRejectedResolvers<ContextType>;
  CompleteIdentityLinkResult?: CompleteIdentityLinkResultResolvers<ContextType>;
  CompleteLoginResult?: CompleteLoginResultResolvers<ContextType>;
  CompletePasskeyLoginResult?: CompletePasskeyLoginResultResolvers<ContextType>;
  CompletePasskeyRegistrationResult?: CompletePasskeyRegistrationResultResolvers<ContextType>;
  CompleteProviderLoginResult?: CompleteProviderLoginResultResolvers<ContextType>;
  CompleteRegistrationResult?: CompleteRegistrationResultResolvers<ContextType>;
  ConfirmEmailChangeResult?: ConfirmEmailChangeResultResolvers<ContextType>;
  ConfirmEmailChangeSuccess?: ConfirmEmailChangeSuccessResolvers<ContextType>;
  ConfirmIdentityResult?: ConfirmIdentityResultResolvers<ContextType>;
  ConfirmIdentitySuccess?: ConfirmIdentitySuccessResolvers<ContextType>;
  ConfirmTotpEnrolmentResult?: ConfirmTotpEnrolmentResultResolvers<ContextType>;
  ConfirmTotpEnrolmentSuccess?: ConfirmTotpEnrolmentSuccessResolvers<ContextType>;
  DateTime?: GraphQLScalarType;
  DeleteAccountResult?: DeleteAccountResultResolvers<ContextType>;
  DeleteAccountSuccess?: DeleteAccountSuccessResolvers<ContextType>;
  Device?: DeviceResolvers<ContextType>;
  EmailRequested?: EmailRequestedResolvers<ContextType>;
  EmailTaken?: EmailTakenResolvers<ContextType>;
  EndOtherSessionsPayload?: EndOtherSessionsPayloadResolvers<ContextType>;
  EndSessionResult?: EndSessionResultResolvers<ContextType>;
  EndSessionSuccess?: EndSessionSuccessResolvers<ContextType>;
  Factor?: FactorResolvers<ContextType>;
  FactorNotFound?: FactorNotFoundResolvers<ContextType>;
  Identity?: IdentityResolvers<ContextType>;
  IdentityLinkStarted?: IdentityLinkStartedResolvers<ContextType>;
  IdentityLinked?: IdentityLinkedResolvers<ContextType>;
  IdentityNotFound?: IdentityNotFoundResolvers<ContextType>;
  IdentityTaken?: IdentityTakenResolvers<ContextType>;
  IdentityUnlinked?: IdentityUnlinkedResolvers<ContextType>;
  InputIssue?: InputIssueResolvers<ContextType>;
  InvalidCredentials?: InvalidCredentialsResolvers<ContextType>;
  InvalidInput?: InvalidInputResolvers<ContextType>;
  LastWayIn?: LastWayInResolvers<ContextType>;
  LinkRejected?: LinkRejectedResolvers<ContextType>;
  LoginCodeRequested?: LoginCodeRequestedResolvers<ContextType>;
  LoginResult?: LoginResultResolvers<ContextType>;
  LoginSuccess?: LoginSuccessResolvers<ContextType>;
  LoginWithCodeResult?: LoginWithCodeResultResolvers<ContextType>;
  LogoutPayload?: LogoutPayloadResolvers<ContextType>;
  MintTicketResult?: MintTicketResultResolvers<ContextType>;
  MintTicketSuccess?: MintTicketSuccessResolvers<ContextType>;
  Mutation?: MutationResolvers<ContextType>;
  PageInfo?: PageInfoResolvers<ContextType>;
  Passkey?: PasskeyResolvers<ContextType>;
  PasskeyAdded?: PasskeyAddedResolvers<ContextType>;
  PasskeyConfirmationStarted?: PasskeyConfirmationStartedResolvers<ContextType>;
  PasskeyLoginStarted?: PasskeyLoginStartedResolvers<ContextType>;
  PasskeyNotFound?: PasskeyNotFoundResolvers<ContextType>;
  PasskeyRegistrationStarted?: PasskeyRegistrationStartedResolvers<ContextType>;
  PasskeyRejected?: PasskeyRejectedResolvers<ContextType>;
  PasskeyRenamed?: PasskeyRenamedResolvers<ContextType>;
  PasswordExists?: PasswordExistsResolvers<ContextType>;
  Problem?: ProblemResolvers<ContextType>;
  Provider?: ProviderResolvers<ContextType>;
  ProviderLoginStarted?: ProviderLoginStartedResolvers<ContextType>;
  ProviderRejected?: ProviderRejectedResolvers<ContextType>;
  ProviderUnavailable?: ProviderUnavailableResolvers<ContextType>;
  PublicKeyCredentialCreationOptionsJSON?: GraphQLScalarType;
  PublicKeyCredentialRequestOptionsJSON?: GraphQLScalarType;
  Query?: QueryResolvers<ContextType>;
  RegisterResult?: RegisterResultResolvers<ContextType>;
  RegisterSuccess?: RegisterSuccessResolvers<ContextType>;
  RegistrationResponseJSON?: GraphQLScalarType;
  RemoveFactorResult?: RemoveFactorResultResolvers<ContextType>;
  RemoveFactorSuccess?: RemoveFactorSuccessResolvers<ContextType>;
  RenamePasskeyResult?: RenamePasskeyResultResolvers<ContextType>;
  RenewRecoveryCodesResult?: RenewRecoveryCodesResultResolvers<ContextType>;
  RenewRecoveryCodesSuccess?: RenewRecoveryCodesSuccessResolvers<ContextType>;
  RequestEmailChangeResult?: RequestEmailChangeResultResolvers<ContextType>;
  RequestEmailVerificationResult?: RequestEmailVerificationResultResolvers<ContextType>;
  RequestLoginCodeResult?: RequestLoginCodeResultResolvers<ContextType>;
  RequestPasswordResetResult?: RequestPasswordResetResultResolvers<ContextType>;
  ResetPasswordResult?: ResetPasswordResultResolvers<ContextType>;
  ResetPasswordSuccess?: ResetPasswordSuccessResolvers<ContextType>;
  SecondFactorRequired?: SecondFactorRequiredResolvers<ContextType>;
  SecurityEvent?: SecurityEventResolvers<ContextType>;
  SecurityEventConnection?: SecurityEventConnectionResolvers<ContextType>;
  SecurityEventEdge?: SecurityEventEdgeResolvers<ContextType>;
  Session?: SessionResolvers<ContextType>;
  SessionConnection?: SessionConnectionResolvers<ContextType>;
  SessionEdge?: SessionEdgeResolvers<ContextType>;
  SessionLimitReached?: SessionLimitReachedResolvers<ContextType>;
  SessionNotFound?: SessionNotFoundResolvers<ContextType>;
  SessionState?: SessionStateResolvers<ContextType>;
  SetPasswordResult?: SetPasswordResultResolvers<ContextType>;
  SetPasswordSuccess?: SetPasswordSuccessResolvers<ContextType>;
  SignedOut?: SignedOutResolvers<ContextType>;
  StartIdentityLinkResult?: StartIdentityLinkResultResolvers<ContextType>;
  StartPasskeyConfirmationResult?: StartPasskeyConfirmationResultResolvers<ContextType>;
  StartPasskeyLoginResult?: StartPasskeyLoginResultResolvers<ContextType>;
  StartPasskeyRegistrationResult?: StartPasskeyRegistrationResultResolvers<ContextType>;
  StartProviderLoginResult?: StartProviderLoginResultResolvers<ContextType>;
  StartTotpEnrolmentPayload?: StartTotpEnrolmentPayloadResolvers<ContextType>;
  Subscription?: SubscriptionResolvers<ContextType>;
  TooManyAttempts?: TooManyAttemptsResolvers<ContextType>;
  TooManyIdentities?: TooManyIdentitiesResolvers<ContextType>;
  TooManyPasskeys?: TooManyPasskeysResolvers<ContextType>;
  UnlinkIdentityResult?: UnlinkIdentityResultResolvers<ContextType>;
  User?: UserResolvers<ContextType>;
  VerificationRequested?: VerificationRequestedResolvers<ContextType>;
  VerifiedEmailRequired?: VerifiedEmailRequiredResolvers<ContextType>;
  VerifyEmailResult?: VerifyEmailResultResolvers<ContextType>;
  VerifyEmailSuccess?: VerifyEmailSuccessResolvers<ContextType>;
  WeakPassword?: WeakPasswordResolvers<ContextType>;
};

