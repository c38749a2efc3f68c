import type { GraphQLResolveInfo, GraphQLScalarType, GraphQLScalarTypeConfig } from 'graphql';
import type { SessionNode, UserNode } from './mappers.js';
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
  /** A moment in UTC as RFC 3339 writes it, with milliseconds: `2026-01-31T09:30:00.000Z`. */
  DateTime: { input: Date; output: Date; }
};

/** The password is right, but an operator has disabled the account. */
export type AccountDisabled = Problem & {
  readonly __typename?: 'AccountDisabled';
  /** A sentence in English for the person; programs go by `__typename`. */
  readonly message: Scalars['String']['output'];
};

/** Another password. */
export type ChangePasswordInput = {
  /** The account's password as it is. */
  readonly currentPassword: Scalars['String']['input'];
  /** The password to set: 8 to 128 characters unless the server asks for more. */
  readonly newPassword: Scalars['String']['input'];
};

/** How a change of the password ended. */
export type ChangePasswordResult = ChangePasswordSuccess | InvalidCredentials | InvalidInput | TooManyAttempts | WeakPassword;

/** The password was changed, and a fresh session opened. */
export type ChangePasswordSuccess = {
  readonly __typename?: 'ChangePasswordSuccess';
  /** Every session that the change ended, newest first; the one that the request came with is among them. */
  readonly endedSessions: ReadonlyArray<Session>;
  /** When the token and its session end at the latest. */
  readonly expiresAt: Scalars['DateTime']['output'];
  /** The session that was opened in the place of the old one. */
  readonly session: Session;
  /** Send it as `Authorization: Bearer <token>` from now on; the one that the request came with is refused. */
  readonly token: Scalars['String']['output'];
  /** The account whose password was changed. */
  readonly user: User;
};

/** A link from a mail that confirms another address. */
export type ConfirmEmailChangeInput = {
  /** What stands after `token=` in the link. */
  readonly token: Scalars['String']['input'];
};

/** How the confirmation of another address ended. */
export type ConfirmEmailChangeResult = ConfirmEmailChangeSuccess | EmailTaken | LinkRejected | TooManyAttempts;

/** The account has the new address. */
export type ConfirmEmailChangeSuccess = {
  readonly __typename?: 'ConfirmEmailChangeSuccess';
  /** The account whose address it is. */
  readonly user: User;
};

/** The deletion of an account. */
export type DeleteAccountInput = {
  /** The account's password. */
  readonly password: Scalars['String']['input'];
};

/** How the deletion of an account ended. */
export type DeleteAccountResult = DeleteAccountSuccess | InvalidCredentials | TooManyAttempts;

/** The account is deleted. */
export type DeleteAccountSuccess = {
  readonly __typename?: 'DeleteAccountSuccess';
  /** The id that the account had. */
  readonly id: Scalars['ID']['output'];
};

/** A device as it described itself when signing in. */
export type Device = {
  readonly __typename?: 'Device';
  /** What sort of device it is. */
  readonly kind: DeviceKind;
  /** What its owner would call it, such as `Pixel 9`; null when it gave no name. */
  readonly name?: Maybe<Scalars['String']['output']>;
};

/** A device describes itself. */
export type DeviceInput = {
  /** What sort of device it is. */
  readonly kind: DeviceKind;
  /**
   * A name its owner will recognise, such as `Pixel 9`. No name is refused: characters that cannot be seen are removed, and it
   * is cut to 80 characters.
   */
  readonly name?: InputMaybe<Scalars['String']['input']>;
};

/** Sorts of devices. */
export type DeviceKind =
  /** A program on a desktop or laptop computer. */
  | 'DESKTOP'
  /** An app on a phone. */
  | 'MOBILE'
  /** Anything else, or not said. */
  | 'OTHER'
  /** An app on a tablet. */
  | 'TABLET'
  /** A television, or a box beside one. */
  | 'TV'
  /** A browser. */
  | 'WEB';

/** What was asked for has been taken down. */
export type EmailRequested = {
  readonly __typename?: 'EmailRequested';
  /** The address as it was asked for; never a sign that a mail went out. */
  readonly to: Scalars['String']['output'];
};

/** The address has an account already. */
export type EmailTaken = Problem & {
  readonly __typename?: 'EmailTaken';
  /** A sentence in English for the person; programs go by `__typename`. */
  readonly message: Scalars['String']['output'];
};

/** What ending the other sessions came to. */
export type EndOtherSessionsPayload = {
  readonly __typename?: 'EndOtherSessionsPayload';
  /** The sessions that have ended, newest first; empty when there were no others. */
  readonly sessions: ReadonlyArray<Session>;
  /** The signed-in account; ask for its `sessions` to bring a list up to date. */
  readonly user: User;
};

/** A session to end. */
export type EndSessionInput = {
  /** The session's id, as `User.sessions` gives it. */
  readonly id: Scalars['ID']['input'];
};

/** How ending a session went. */
export type EndSessionResult = EndSessionSuccess | SessionNotFound;

/** The session has ended. */
export type EndSessionSuccess = {
  readonly __typename?: 'EndSessionSuccess';
  /** The session, ended. */
  readonly session: Session;
  /** The signed-in account; ask for its `sessions` to bring a list up to date. */
  readonly user: User;
};

/**
 * What an error's `extensions.code` can be, beside Apollo Server's own codes for requests that cannot be parsed or do
 * not fit the schema. No field has this type; it is here so that generated code knows the values.
 */
export type ErrorCode =
  /**
   * An argument has a value that no correct client sends, or an address to which a mail is asked for cannot be one. Where
   * a person can bring it about, the message is for them.
   */
  | 'BAD_USER_INPUT'
  /** What was asked for is shown to its owner alone, who must be signed in. */
  | 'FORBIDDEN'
  /** A fault of the server. The cause is in its log, under the request id of the answer's `x-request-id` header. */
  | 'INTERNAL_SERVER_ERROR'
  /**
   * Too many requests, where the operation has no result for it; every limit of attempts is a `TooManyAttempts`.
   * `extensions.retryAt` says when to try again.
   */
  | 'RATE_LIMITED'
  /**
   * The service cannot answer at the moment: its database cannot be reached, or it has too much to do. Try again. What
   * sends mail is answered so too for as long as the server has no way to send any.
   */
  | 'SERVICE_UNAVAILABLE'
  /**
   * The request needs a live session and has none. `extensions.reason` is a `SignedOutReason`; for a token that was
   * once good, `extensions.at` says when its session ended, and for `SUPERSEDED` `extensions.by` has the `kind` and
   * `name` of the device that signed in instead.
   */
  | 'UNAUTHENTICATED';

/** What is wrong with one field of the input. */
export type InputIssue = {
  readonly __typename?: 'InputIssue';
  /** The field's path inside the input, such as `email` or `device.name`. */
  readonly field: Scalars['String']['output'];
  /** A sentence in English for the person. It never repeats what was typed. */
  readonly message: Scalars['String']['output'];
};

/** The address and the password do not belong together, or the address has to be verified first. Which it is, is not said. */
export type InvalidCredentials = Problem & {
  readonly __typename?: 'InvalidCredentials';
  /** A sentence in English for the person; programs go by `__typename`. */
  readonly message: Scalars['String']['output'];
};

/** One or more fields of the input cannot be accepted. */
export type InvalidInput = Problem & {
  readonly __typename?: 'InvalidInput';
  /** What is wrong, field by field; at least one entry. */
  readonly issues: ReadonlyArray<InputIssue>;
  /** A sentence in English for the person; programs go by `__typename`. */
  readonly message: Scalars['String']['output'];
};

/** The link does nothing (any more). */
export type LinkRejected = Problem & {
  readonly __typename?: 'LinkRejected';
  /** A sentence in English for the person; programs go by `__typename`. */
  readonly message: Scalars['String']['output'];
  /** What is wrong with it. */
  readonly reason: LinkRejection;
};

/** Why a link does nothing. */
export type LinkRejection =
  /** Its time is over, or the account has changed since it was mailed. */
  | 'EXPIRED'
  /** It is no link for this that the server has made: cut short, altered, or for something else. */
  | 'INVALID'
  /** It has done its work already. */
  | 'USED';

/** A sign-in. */
export type LoginInput = {
  /** The device that is signed in; left out, its kind is `OTHER` and it has no name. */
  readonly device?: InputMaybe<DeviceInput>;
  /** The account's address. Case, and spaces at the ends, make no difference. */
  readonly email: Scalars['String']['input'];
  /**
   * A uuid that the client makes for this sign-in, so that it can ask again when the answer got lost: the same id, user
   * and password within 60 seconds give the same session and the same `superseded`, as long as that session is live,
   * instead of a newer one. `InvalidInput` when it is no uuid.
   */
  readonly idempotencyKey?: InputMaybe<Scalars['ID']['input']>;
  /** The account's password. */
  readonly password: Scalars['String']['input'];
  /** Whether to end the oldest session where the server asks first; see `SessionLimitReached`. */
  readonly takeover: Scalars['Boolean']['input'];
};

/** How a sign-in ended. */
export type LoginResult = AccountDisabled | InvalidCredentials | InvalidInput | LoginSuccess | SessionLimitReached | TooManyAttempts;

/** The user is signed in. */
export type LoginSuccess = {
  readonly __typename?: 'LoginSuccess';
  /** When the token and its session end at the latest. */
  readonly expiresAt: Scalars['DateTime']['output'];
  /** The session that was opened. */
  readonly session: Session;
  /** The sessions whose place was taken; empty when there was room. */
  readonly superseded: ReadonlyArray<Session>;
  /** Send it as `Authorization: Bearer <token>`. Whoever holds it is signed in: keep it as you would a password. */
  readonly token: Scalars['String']['output'];
  /** The user who signed in. */
  readonly user: User;
};

/** What signing out came to. */
export type LogoutPayload = {
  readonly __typename?: 'LogoutPayload';
  /** The session that has ended; null when the request had no live one. */
  readonly session?: Maybe<Session>;
  /** The account that was signed out; null when the request had no live session. */
  readonly user?: Maybe<User>;
};

/** What can be changed. */
export type Mutation = {
  readonly __typename?: 'Mutation';
  /**
   * Sets another password for the signed-in user. Every session of the account ends as `PASSWORD_CHANGED`, and a fresh one
   * takes the place of the presented token's own; every link that was mailed before stops working. `UNAUTHENTICATED`
   * without a live session.
   */
  readonly changePassword: ChangePasswordResult;
  /**
   * Gives the account the address that the link was mailed to, and tells the old one. Every other link stops working;
   * sessions go on. `TooManyAttempts` after too many links that this server never made. Do not ask for the user's sessions
   * here: where nobody is signed in, that costs the whole answer, while the change has been made.
   */
  readonly confirmEmailChange: ConfirmEmailChangeResult;
  /**
   * Deletes the signed-in user's account for good. Its sessions end as `ACCOUNT_DELETED`, and nothing stays on record that
   * could tell whose they were. `UNAUTHENTICATED` without a live session.
   */
  readonly deleteAccount: DeleteAccountResult;
  /**
   * Ends every live session of the user but the presented token's own, as `REVOKED`, and tells their devices at once.
   * `UNAUTHENTICATED` without a live session.
   */
  readonly endOtherSessions: EndOtherSessionsPayload;
  /**
   * Ends one of the user's live sessions and tells its device at once: another one as `REVOKED`, the presented token's
   * own as `LOGGED_OUT`. `UNAUTHENTICATED` without a live session.
   */
  readonly endSession: EndSessionResult;
  /**
   * Signs in with an address and a password. Where the account has no room for one more session, the older one ends
   * as `SUPERSEDED` and its device is refused from its next request on. Any token that comes with the request is
   * ignored, so that a stale one never blocks the way back in.
   */
  readonly login: LoginResult;
  /**
   * Ends the session of the presented token as `LOGGED_OUT`. Never an error for a token that does not stand: there
   * is nothing to end then.
   */
  readonly logout: LogoutPayload;
  /**
   * Makes an account and signs it in, by the same rules as `login`. Any token that comes with the request is
   * ignored.
   */
  readonly register: RegisterResult;
  /**
   * Mails a link for `confirmEmailChange` to another address; the account keeps its own until that is used. Whether the
   * other one has an account is not told. `UNAUTHENTICATED` without a live session, `SERVICE_UNAVAILABLE` where the server
   * cannot send mail.
   */
  readonly requestEmailChange: RequestEmailChangeResult;
  /**
   * Mails a link that proves that mail to an address arrives, for `verifyEmail`. Without input it goes to the signed-in
   * user, and is `UNAUTHENTICATED` without a live session. With it nobody has to be signed in, and the answer is always the
   * same: a mail goes out only where the address has an account and is not verified yet. `SERVICE_UNAVAILABLE` where the
   * server cannot send mail.
   */
  readonly requestEmailVerification: RequestEmailVerificationResult;
  /**
   * Mails a link for `resetPassword` to whoever has an account under this address. The answer is always the same, and
   * takes the same time, whether or not somebody has. `SERVICE_UNAVAILABLE` where the server cannot send mail.
   */
  readonly requestPasswordReset: RequestPasswordResetResult;
  /**
   * Sets a new password by a link that was mailed. Every session of the account ends as `PASSWORD_CHANGED`, every other
   * link stops working, and the address that the link was mailed to counts as verified. Nobody is signed in by it.
   * `TooManyAttempts` after too many links that this server never made.
   */
  readonly resetPassword: ResetPasswordResult;
  /**
   * Takes back what `requestEmailVerification` mailed. It works signed out too, and signs nobody in.
   * `TooManyAttempts` after too many links that this server never made.
   */
  readonly verifyEmail: VerifyEmailResult;
};


/** What can be changed. */
export type MutationChangePasswordArgs = {
  input: ChangePasswordInput;
};


/** What can be changed. */
export type MutationConfirmEmailChangeArgs = {
  input: ConfirmEmailChangeInput;
};


/** What can be changed. */
export type MutationDeleteAccountArgs = {
  input: DeleteAccountInput;
};


/** What can be changed. */
export type MutationEndSessionArgs = {
  input: EndSessionInput;
};


/** What can be changed. */
export type MutationLoginArgs = {
  input: LoginInput;
};


/** What can be changed. */
export type MutationRegisterArgs = {
  input: RegisterInput;
};


/** What can be changed. */
export type MutationRequestEmailChangeArgs = {
  input: RequestEmailChangeInput;
};


/** What can be changed. */
export type MutationRequestEmailVerificationArgs = {
  input?: InputMaybe<RequestEmailVerificationInput>;
};


/** What can be changed. */
export type MutationRequestPasswordResetArgs = {
  input: RequestPasswordResetInput;
};


/** What can be changed. */
export type MutationResetPasswordArgs = {
  input: ResetPasswordInput;
};


/** What can be changed. */
export type MutationVerifyEmailArgs = {
  input: VerifyEmailInput;
};

/** Where a page lies in its list. */
export type PageInfo = {
  readonly __typename?: 'PageInfo';
  /** The cursor of the page's last entry; null when the page is empty. */
  readonly endCursor?: Maybe<Scalars['String']['output']>;
  /** Whether older entries follow this page. */
  readonly hasNextPage: Scalars['Boolean']['output'];
  /** Whether newer entries come before this page. */
  readonly hasPreviousPage: Scalars['Boolean']['output'];
  /** The cursor of the page's first entry; null when the page is empty. */
  readonly startCursor?: Maybe<Scalars['String']['output']>;
};

/** Something that a person can mend or has to be told, as opposed to a fault of the client. */
export type Problem = {
  /** A sentence in English for the person; programs go by `__typename`. */
  readonly message: Scalars['String']['output'];
};

/** What can be asked without changing anything. */
export type Query = {
  readonly __typename?: 'Query';
  /**
   * The signed-in user. Without a live session this is null, and the error `UNAUTHENTICATED` says why in
   * `extensions.reason`; `SERVICE_UNAVAILABLE` when the database cannot be reached.
   */
  readonly me?: Maybe<User>;
  /**
   * What the presented token stands for: its live session, or why there is none. A missing, forged or ended token
   * is an answer here, never an error; `SERVICE_UNAVAILABLE` when the database cannot be reached.
   */
  readonly session: SessionState;
};

/** A new account. */
export type RegisterInput = {
  /** The device that is signed in; left out, its kind is `OTHER` and it has no name. */
  readonly device?: InputMaybe<DeviceInput>;
  /** The address to register: at most 254 characters. Case, and spaces at the ends, make no difference. */
  readonly email: Scalars['String']['input'];
  /**
   * A uuid that the client makes for this registration, so that it can ask again when the answer got lost: the same id,
   * address and password within 60 seconds give the same session, as long as that is live. `InvalidInput` when it is no
   * uuid.
   */
  readonly idempotencyKey?: InputMaybe<Scalars['ID']['input']>;
  /** The password to set: 8 to 128 characters unless the server asks for more. Not logged, and kept as a hash only. */
  readonly password: Scalars['String']['input'];
};

/** How a registration ended. */
export type RegisterResult = EmailTaken | InvalidInput | RegisterSuccess | TooManyAttempts | VerificationRequested | WeakPassword;

/** The account was made, and is signed in. */
export type RegisterSuccess = {
  readonly __typename?: 'RegisterSuccess';
  /** When the token and its session end at the latest. */
  readonly expiresAt: Scalars['DateTime']['output'];
  /** The session that was opened. */
  readonly session: Session;
  /** Send it as `Authorization: Bearer <token>`. Whoever holds it is signed in: keep it as you would a password. */
  readonly token: Scalars['String']['output'];
  /** The new account. */
  readonly user: User;
};

/** Another address. */
export type RequestEmailChangeInput = {
  /** The address that the account is to have. */
  readonly newEmail: Scalars['String']['input'];
  /** The account's password. */
  readonly password: Scalars['String']['input'];
};

/** How the request for another address ended. */
export type RequestEmailChangeResult = EmailRequested | InvalidCredentials | InvalidInput | TooManyAttempts;

/** Whose address is to be verified. */
export type RequestEmailVerificationInput = {
  /** An address, as it was registered or in another spelling. `BAD_USER_INPUT` when no account can have it. */
  readonly email: Scalars['String']['input'];
};

/** How the request for a link that verifies an email ended. */
export type RequestEmailVerificationResult = EmailRequested | TooManyAttempts;

/** Whose password is to be reset. */
export type RequestPasswordResetInput = {
  /** An address, as it was registered or in another spelling. `BAD_USER_INPUT` when no account can have it. */
  readonly email: Scalars['String']['input'];
};

/** How the request for a link that resets a password ended. */
export type RequestPasswordResetResult = EmailRequested | TooManyAttempts;

/** A link from a mail that resets a password. */
export type ResetPasswordInput = {
  /** The password to set: 8 to 128 characters unless the server asks for more. A refused one leaves the link as it was. */
  readonly newPassword: Scalars['String']['input'];
  /** What stands after `token=` in the link. */
  readonly token: Scalars['String']['input'];
};

/** How the reset of a password ended. */
export type ResetPasswordResult = InvalidInput | LinkRejected | ResetPasswordSuccess | TooManyAttempts | WeakPassword;

/** The password has been reset, and every session ended. */
export type ResetPasswordSuccess = {
  readonly __typename?: 'ResetPasswordSuccess';
  /** The account whose password it is. */
  readonly user: User;
};

/**
 * One thing that was done to an account, or tried. An act that succeeded and its event are written together, so that neither
 * is there without the other. A refusal for a wrong password or too many attempts may show a moment after its answer.
 */
export type SecurityEvent = {
  readonly __typename?: 'SecurityEvent';
  /** When it happened. */
  readonly at: Scalars['DateTime']['output'];
  /** The device, as it described itself; null for emailed links and for an operator. */
  readonly device?: Maybe<Device>;
  /** The event's uuid. */
  readonly id: Scalars['ID']['output'];
  /** The address that it came from; null when it is not known, and for an operator. */
  readonly ipAddress?: Maybe<Scalars['String']['output']>;
  /** What was done or tried. */
  readonly kind: SecurityEventKind;
  /** What came of it. */
  readonly outcome: SecurityEventOutcome;
  /**
   * The id of the session that asked for it, or that a sign-in opened; null where there was none. The history may no longer
   * have it.
   */
  readonly sessionId?: Maybe<Scalars['ID']['output']>;
  /** The beginning of what the client called itself in its User-Agent header; null when it sent none. */
  readonly userAgent?: Maybe<Scalars['String']['output']>;
};

/** A page of security events. */
export type SecurityEventConnection = {
  readonly __typename?: 'SecurityEventConnection';
  /** The events of this page, each with its cursor, newest first. */
  readonly edges: ReadonlyArray<SecurityEventEdge>;
  /** Whether there is more, and where to go on. */
  readonly pageInfo: PageInfo;
};

/** A security event's place in the list. */
export type SecurityEventEdge = {
  readonly __typename?: 'SecurityEventEdge';
  /** Marks this place; pass it as `after` to go on from here. Its content has no meaning of its own. */
  readonly cursor: Scalars['String']['output'];
  /** The event at this place. */
  readonly node: SecurityEvent;
};

/** What a security event tells of. */
export type SecurityEventKind =
  /** Another password was set by somebody who knew the old one. */
  | 'CHANGE_PASSWORD'
  /** The account got another address by an emailed link. */
  | 'CONFIRM_EMAIL_CHANGE'
  /** The account was to be deleted. */
  | 'DELETE_ACCOUNT'
  /** Every other session was ended from one. */
  | 'END_OTHER_SESSIONS'
  /** A session was ended from another one. */
  | 'END_SESSION'
  /** A sign-in with the password. */
  | 'LOGIN'
  /** A device signed itself out. */
  | 'LOGOUT'
  /** An operator disabled the account, which ended every session. */
  | 'OPERATOR_DISABLE'
  /** An operator let the account be used again. */
  | 'OPERATOR_ENABLE'
  /** An operator ended every session. */
  | 'OPERATOR_END_SESSIONS'
  /** The account was made; or somebody else tried to register its address, see `EMAIL_TAKEN`. */
  | 'REGISTER'
  /** Another address was asked for; the account keeps its own until that is confirmed. */
  | 'REQUEST_EMAIL_CHANGE'
  /** A new password was set by an emailed link. */
  | 'RESET_PASSWORD'
  /** The address was verified by an emailed link. */
  | 'VERIFY_EMAIL';

/** What came of what a security event tells of. */
export type SecurityEventOutcome =
  /** It was refused: the password was right, but an operator has disabled the account. */
  | 'ACCOUNT_DISABLED'
  /** It was refused: the password was right, but the address was not verified yet. */
  | 'EMAIL_NOT_VERIFIED'
  /** It was refused: the address is this account's already. Of these there is one event a minute at most. */
  | 'EMAIL_TAKEN'
  /** It was refused: the password was right, but the account had as many sessions as it may. */
  | 'SESSION_LIMIT_REACHED'
  /** It was done. */
  | 'SUCCEEDED'
  /** It was refused unseen after too many attempts. Of these there is one event a minute at most. */
  | 'TOO_MANY_ATTEMPTS'
  /** It was refused: the password was wrong. */
  | 'WRONG_PASSWORD';

/** One sign-in on one device. An ended session keeps its entry, and never becomes live again. */
export type Session = {
  readonly __typename?: 'Session';
  /** Whether this is the session of the token that came with the request, or the one that this request opened. */
  readonly current: Scalars['Boolean']['output'];
  /** The device, as it described itself when signing in. */
  readonly device: Device;
  /** Why the session ended; null while it is live. */
  readonly endReason?: Maybe<SignedOutReason>;
  /** When the session ended; null while it is live. */
  readonly endedAt?: Maybe<Scalars['DateTime']['output']>;
  /** When the session ends at the latest. Nothing renews it. */
  readonly expiresAt: Scalars['DateTime']['output'];
  /** The session's uuid, the same that its token bears. */
  readonly id: Scalars['ID']['output'];
  /** The address that the sign-in came from; null when it is not known. */
  readonly ipAddress?: Maybe<Scalars['String']['output']>;
  /** When the session was last used, to the minute or finer. */
  readonly lastSeenAt: Scalars['DateTime']['output'];
  /** When the session was opened. */
  readonly signedInAt: Scalars['DateTime']['output'];
  /** The newer session that took this one's place; null where none did. */
  readonly supersededBy?: Maybe<Session>;
  /** What the client called itself in its User-Agent header; null when it sent none. */
  readonly userAgent?: Maybe<Scalars['String']['output']>;
};

/** A page of sessions. */
export type SessionConnection = {
  readonly __typename?: 'SessionConnection';
  /** The sessions of this page, each with its cursor, newest first. */
  readonly edges: ReadonlyArray<SessionEdge>;
  /** Whether there is more, and where to go on. */
  readonly pageInfo: PageInfo;
};

/** A session's place in the list. */
export type SessionEdge = {
  readonly __typename?: 'SessionEdge';
  /** Marks this place; pass it as `after` to go on from here. Its content has no meaning of its own. */
  readonly cursor: Scalars['String']['output'];
  /** The session at this place. */
  readonly node: Session;
};

/** The password is right, but the account has as many sessions as it may, and the server was told not to end one. */
export type SessionLimitReached = Problem & {
  readonly __typename?: 'SessionLimitReached';
  /** A sentence in English for the person; programs go by `__typename`. */
  readonly message: Scalars['String']['output'];
  /** The live sessions that stand in the way, newest first. */
  readonly sessions: ReadonlyArray<Session>;
};

/** The user has no live session with this id: it is another user's, has ended already, or never was. */
export type SessionNotFound = Problem & {
  readonly __typename?: 'SessionNotFound';
  /** A sentence in English for the person; programs go by `__typename`. */
  readonly message: Scalars['String']['output'];
};

/** What a token stands for: a live session, or why there is none. */
export type SessionState = Session | SignedOut;

/** There is no live session, and why. */
export type SignedOut = {
  readonly __typename?: 'SignedOut';
  /** When the session ended; null when the token names no session on record. */
  readonly at?: Maybe<Scalars['DateTime']['output']>;
  /** The device that signed in instead; null unless the reason is `SUPERSEDED`. */
  readonly by?: Maybe<Device>;
  /** Why the token is refused. */
  readonly reason: SignedOutReason;
  /**
   * The session that ended, by its `id`; null when the token names no session on record. A client that has replaced its
   * token meanwhile ignores news of any other session than its own.
   */
  readonly sessionId?: Maybe<Scalars['ID']['output']>;
};

/** Why a request is signed out. Where several hold, the first that is found: the token's own faults come first. */
export type SignedOutReason =
  /** The account was deleted. */
  | 'ACCOUNT_DELETED'
  /** The account was disabled by an operator. */
  | 'ACCOUNT_DISABLED'
  /** The session is past its lifetime. */
  | 'EXPIRED'
  /** The session was not used for too long. */
  | 'IDLE'
  /** The token is forged, altered, malformed, or of no session on record. */
  | 'INVALID_TOKEN'
  /** The user signed out on the device itself. */
  | 'LOGGED_OUT'
  /** No token was presented. */
  | 'NO_TOKEN'
  /** The password was changed or reset. */
  | 'PASSWORD_CHANGED'
  /** The session was ended from another session, or by an operator. */
  | 'REVOKED'
  /** A newer login took the session's place. */
  | 'SUPERSEDED';

/** What can be waited for, over a websocket at the same path (the protocol `graphql-transport-ws`). */
export type Subscription = {
  readonly __typename?: 'Subscription';
  /**
   * Tells once, and at once, that the session of the socket's token has ended and why, whatever ended it and on which
   * node; then the subscription completes and the socket is closed with the code 4403 and the reason's name. The token
   * goes into the connection's parameters as `authorization: "Bearer <token>"`: one that is refused already closes the
   * socket the same way, and without one the answer is `UNAUTHENTICATED`. Waiting does not count as using the session.
   */
  readonly sessionEnded: SignedOut;
};

/** There were too many attempts; this one was not looked at. */
export type TooManyAttempts = Problem & {
  readonly __typename?: 'TooManyAttempts';
  /** A sentence in English for the person; programs go by `__typename`. */
  readonly message: Scalars['String']['output'];
  /** When the next attempt will be looked at. */
  readonly retryAt: Scalars['DateTime']['output'];
};

/** An account. Its sessions and security events are shown to the user alone. */
export type User = {
  readonly __typename?: 'User';
  /** When the account was made. */
  readonly createdAt: Scalars['DateTime']['output'];
  /** The e-mail address as it was typed. */
  readonly email: Scalars['String']['output'];
  /** Whether the user has proved that mail to the address arrives. */
  readonly emailVerified: Scalars['Boolean']['output'];
  /**
   * Every session, live or ended, newest first, a page at a time. `FORBIDDEN` for anybody but the user;
   * `BAD_USER_INPUT` for a cursor that no page has given, or a page size out of range.
   */
  readonly history: SessionConnection;
  /** Stays the same for the life of the account. */
  readonly id: Scalars['ID']['output'];
  /** When a session was last opened; null before the first. */
  readonly lastLoginAt?: Maybe<Scalars['DateTime']['output']>;
  /**
   * The account's audit trail: who did what to it, from where, and what came of it, newest first, a page at a time. Events
   * are kept for a time that the server sets, a year unless it says otherwise. `FORBIDDEN` for anybody but the user;
   * `BAD_USER_INPUT` for a cursor that no page has given, or a page size out of range.
   */
  readonly securityEvents: SecurityEventConnection;
  /** The sessions that are live now, newest first. `FORBIDDEN` for anybody but the user. */
  readonly sessions: ReadonlyArray<Session>;
};


/** An account. Its sessions and security events are shown to the user alone. */
export type UserHistoryArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first: Scalars['Int']['input'];
};


/** An account. Its sessions and security events are shown to the user alone. */
export type UserSecurityEventsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first: Scalars['Int']['input'];
};

/**
 * A mail with a link has been sent, or would have been, had the address had no account yet. Answered only where the
 * server wants addresses verified before the first sign-in.
 */
export type VerificationRequested = {
  readonly __typename?: 'VerificationRequested';
  /** The address as it was asked for; never a sign that a mail went out. */
  readonly to: Scalars['String']['output'];
};

/** A link from a mail that verifies an address. */
export type VerifyEmailInput = {
  /** What stands after `token=` in the link. */
  readonly token: Scalars['String']['input'];
};

/** How the verification of an address ended. */
export type VerifyEmailResult = LinkRejected | TooManyAttempts | VerifyEmailSuccess;

/** The address is verified. */
export type VerifyEmailSuccess = {
  readonly __typename?: 'VerifyEmailSuccess';
  /** The account whose address it is. */
  readonly user: User;
};

/** The password is too short, too long or too easily guessed. */
export type WeakPassword = Problem & {
  readonly __typename?: 'WeakPassword';
  /** A sentence in English for the person; programs go by `__typename`. */
  readonly message: Scalars['String']['output'];
  /** What would make it better; may be empty. */
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
  ConfirmEmailChangeResult:
    | ( Omit<ConfirmEmailChangeSuccess, 'user'> & { user: _RefType['User'] } & { __typename: 'ConfirmEmailChangeSuccess' } )
    | ( EmailTaken & { __typename: 'EmailTaken' } )
    | ( LinkRejected & { __typename: 'LinkRejected' } )
    | ( TooManyAttempts & { __typename: 'TooManyAttempts' } )
  ;
  DeleteAccountResult:
    | ( DeleteAccountSuccess & { __typename: 'DeleteAccountSuccess' } )
    | ( InvalidCredentials & { __typename: 'InvalidCredentials' } )
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
    | ( Omit<SessionLimitReached, 'sessions'> & { sessions: ReadonlyArray<_RefType['Session']> } & { __typename: 'SessionLimitReached' } )
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
  RequestEmailChangeResult:
    | ( EmailRequested & { __typename: 'EmailRequested' } )
    | ( InvalidCredentials & { __typename: 'InvalidCredentials' } )
    | ( InvalidInput & { __typename: 'InvalidInput' } )
    | ( TooManyAttempts & { __typename: 'TooManyAttempts' } )
  ;
  RequestEmailVerificationResult:
    | ( EmailRequested & { __typename: 'EmailRequested' } )
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
    | ( EmailTaken )
    | ( InvalidCredentials )
    | ( InvalidInput )
    | ( LinkRejected )
    | ( Omit<SessionLimitReached, 'sessions'> & { sessions: ReadonlyArray<_RefType['Session']> } )
    | ( SessionNotFound )
    | ( TooManyAttempts )
    | ( WeakPassword )
  ;
};

/** Mapping between all available schema types and the resolvers types */
export type ResolversTypes = {
  AccountDisabled: ResolverTypeWrapper<AccountDisabled>;
  Boolean: ResolverTypeWrapper<Scalars['Boolean']['output']>;
  ChangePasswordInput: ChangePasswordInput;
  ChangePasswordResult: ResolverTypeWrapper<ResolversUnionTypes<ResolversTypes>['ChangePasswordResult']>;
  ChangePasswordSuccess: ResolverTypeWrapper<Omit<ChangePasswordSuccess, 'endedSessions' | 'session' | 'user'> & { endedSessions: ReadonlyArray<ResolversTypes['Session']>, session: ResolversTypes['Session'], user: ResolversTypes['User'] }>;
  ConfirmEmailChangeInput: ConfirmEmailChangeInput;
  ConfirmEmailChangeResult: ResolverTypeWrapper<ResolversUnionTypes<ResolversTypes>['ConfirmEmailChangeResult']>;
  ConfirmEmailChangeSuccess: ResolverTypeWrapper<Omit<ConfirmEmailChangeSuccess, 'user'> & { user: ResolversTypes['User'] }>;
  DateTime: ResolverTypeWrapper<Scalars['DateTime']['output']>;
  DeleteAccountInput: DeleteAccountInput;
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
  ID: ResolverTypeWrapper<Scalars['ID']['output']>;
  InputIssue: ResolverTypeWrapper<InputIssue>;
  Int: ResolverTypeWrapper<Scalars['Int']['output']>;
  InvalidCredentials: ResolverTypeWrapper<InvalidCredentials>;
  InvalidInput: ResolverTypeWrapper<InvalidInput>;
  LinkRejected: ResolverTypeWrapper<LinkRejected>;
  LinkRejection: LinkRejection;
  LoginInput: LoginInput;
  LoginResult: ResolverTypeWrapper<ResolversUnionTypes<ResolversTypes>['LoginResult']>;
  LoginSuccess: ResolverTypeWrapper<Omit<LoginSuccess, 'session' | 'superseded' | 'user'> & { session: ResolversTypes['Session'], superseded: ReadonlyArray<ResolversTypes['Session']>, user: ResolversTypes['User'] }>;
  LogoutPayload: ResolverTypeWrapper<Omit<LogoutPayload, 'session' | 'user'> & { session?: Maybe<ResolversTypes['Session']>, user?: Maybe<ResolversTypes['User']> }>;
  Mutation: ResolverTypeWrapper<Record<PropertyKey, never>>;
  PageInfo: ResolverTypeWrapper<PageInfo>;
  Problem: ResolverTypeWrapper<ResolversInterfaceTypes<ResolversTypes>['Problem']>;
  Query: ResolverTypeWrapper<Record<PropertyKey, never>>;
  RegisterInput: RegisterInput;
  RegisterResult: ResolverTypeWrapper<ResolversUnionTypes<ResolversTypes>['RegisterResult']>;
  RegisterSuccess: ResolverTypeWrapper<Omit<RegisterSuccess, 'session' | 'user'> & { session: ResolversTypes['Session'], user: ResolversTypes['User'] }>;
  RequestEmailChangeInput: RequestEmailChangeInput;
  RequestEmailChangeResult: ResolverTypeWrapper<ResolversUnionTypes<ResolversTypes>['RequestEmailChangeResult']>;
  RequestEmailVerificationInput: RequestEmailVerificationInput;
  RequestEmailVerificationResult: ResolverTypeWrapper<ResolversUnionTypes<ResolversTypes>['RequestEmailVerificationResult']>;
  RequestPasswordResetInput: RequestPasswordResetInput;
  RequestPasswordResetResult: ResolverTypeWrapper<ResolversUnionTypes<ResolversTypes>['RequestPasswordResetResult']>;
  ResetPasswordInput: ResetPasswordInput;
  ResetPasswordResult: ResolverTypeWrapper<ResolversUnionTypes<ResolversTypes>['ResetPasswordResult']>;
  ResetPasswordSuccess: ResolverTypeWrapper<Omit<ResetPasswordSuccess, 'user'> & { user: ResolversTypes['User'] }>;
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
  SignedOut: ResolverTypeWrapper<SignedOut>;
  SignedOutReason: SignedOutReason;
  String: ResolverTypeWrapper<Scalars['String']['output']>;
  Subscription: ResolverTypeWrapper<Record<PropertyKey, never>>;
  TooManyAttempts: ResolverTypeWrapper<TooManyAttempts>;
  User: ResolverTypeWrapper<UserNode>;
  VerificationRequested: ResolverTypeWrapper<VerificationRequested>;
  VerifyEmailInput: VerifyEmailInput;
  VerifyEmailResult: ResolverTypeWrapper<ResolversUnionTypes<ResolversTypes>['VerifyEmailResult']>;
  VerifyEmailSuccess: ResolverTypeWrapper<Omit<VerifyEmailSuccess, 'user'> & { user: ResolversTypes['User'] }>;
  WeakPassword: ResolverTypeWrapper<WeakPassword>;
};

/** Mapping between all available schema types and the resolvers parents */
export type ResolversParentTypes = {
  AccountDisabled: AccountDisabled;
  Boolean: Scalars['Boolean']['output'];
  ChangePasswordInput: ChangePasswordInput;
  ChangePasswordResult: ResolversUnionTypes<ResolversParentTypes>['ChangePasswordResult'];
  ChangePasswordSuccess: Omit<ChangePasswordSuccess, 'endedSessions' | 'session' | 'user'> & { endedSessions: ReadonlyArray<ResolversParentTypes['Session']>, session: ResolversParentTypes['Session'], user: ResolversParentTypes['User'] };
  ConfirmEmailChangeInput: ConfirmEmailChangeInput;
  ConfirmEmailChangeResult: ResolversUnionTypes<ResolversParentTypes>['ConfirmEmailChangeResult'];
  ConfirmEmailChangeSuccess: Omit<ConfirmEmailChangeSuccess, 'user'> & { user: ResolversParentTypes['User'] };
  DateTime: Scalars['DateTime']['output'];
  DeleteAccountInput: DeleteAccountInput;
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
  ID: Scalars['ID']['output'];
  InputIssue: InputIssue;
  Int: Scalars['Int']['output'];
  InvalidCredentials: InvalidCredentials;
  InvalidInput: InvalidInput;
  LinkRejected: LinkRejected;
  LoginInput: LoginInput;
  LoginResult: ResolversUnionTypes<ResolversParentTypes>['LoginResult'];
  LoginSuccess: Omit<LoginSuccess, 'session' | 'superseded' | 'user'> & { session: ResolversParentTypes['Session'], superseded: ReadonlyArray<ResolversParentTypes['Session']>, user: ResolversParentTypes['User'] };
  LogoutPayload: Omit<LogoutPayload, 'session' | 'user'> & { session?: Maybe<ResolversParentTypes['Session']>, user?: Maybe<ResolversParentTypes['User']> };
  Mutation: Record<PropertyKey, never>;
  PageInfo: PageInfo;
  Problem: ResolversInterfaceTypes<ResolversParentTypes>['Problem'];
  Query: Record<PropertyKey, never>;
  RegisterInput: RegisterInput;
  RegisterResult: ResolversUnionTypes<ResolversParentTypes>['RegisterResult'];
  RegisterSuccess: Omit<RegisterSuccess, 'session' | 'user'> & { session: ResolversParentTypes['Session'], user: ResolversParentTypes['User'] };
  RequestEmailChangeInput: RequestEmailChangeInput;
  RequestEmailChangeResult: ResolversUnionTypes<ResolversParentTypes>['RequestEmailChangeResult'];
  RequestEmailVerificationInput: RequestEmailVerificationInput;
  RequestEmailVerificationResult: ResolversUnionTypes<ResolversParentTypes>['RequestEmailVerificationResult'];
  RequestPasswordResetInput: RequestPasswordResetInput;
  RequestPasswordResetResult: ResolversUnionTypes<ResolversParentTypes>['RequestPasswordResetResult'];
  ResetPasswordInput: ResetPasswordInput;
  ResetPasswordResult: ResolversUnionTypes<ResolversParentTypes>['ResetPasswordResult'];
  ResetPasswordSuccess: Omit<ResetPasswordSuccess, 'user'> & { user: ResolversParentTypes['User'] };
  SecurityEvent: SecurityEvent;
  SecurityEventConnection: SecurityEventConnection;
  SecurityEventEdge: SecurityEventEdge;
  Session: SessionNode;
  SessionConnection: Omit<SessionConnection, 'edges'> & { edges: ReadonlyArray<ResolversParentTypes['SessionEdge']> };
  SessionEdge: Omit<SessionEdge, 'node'> & { node: ResolversParentTypes['Session'] };
  SessionLimitReached: Omit<SessionLimitReached, 'sessions'> & { sessions: ReadonlyArray<ResolversParentTypes['Session']> };
  SessionNotFound: SessionNotFound;
  SessionState: ResolversUnionTypes<ResolversParentTypes>['SessionState'];
  SignedOut: SignedOut;
  String: Scalars['String']['output'];
  Subscription: Record<PropertyKey, never>;
  TooManyAttempts: TooManyAttempts;
  User: UserNode;
  VerificationRequested: VerificationRequested;
  VerifyEmailInput: VerifyEmailInput;
  VerifyEmailResult: ResolversUnionTypes<ResolversParentTypes>['VerifyEmailResult'];
  VerifyEmailSuccess: Omit<VerifyEmailSuccess, 'user'> & { user: ResolversParentTypes['User'] };
  WeakPassword: WeakPassword;
};

export type AccountDisabledResolvers<ContextType = Context, ParentType extends ResolversParentTypes['AccountDisabled'] = ResolversParentTypes['AccountDisabled']> = {
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

export type ConfirmEmailChangeResultResolvers<ContextType = Context, ParentType extends ResolversParentTypes['ConfirmEmailChangeResult'] = ResolversParentTypes['ConfirmEmailChangeResult']> = {
  __resolveType: TypeResolveFn<'ConfirmEmailChangeSuccess' | 'EmailTaken' | 'LinkRejected' | 'TooManyAttempts', ParentType, ContextType>;
};

export type ConfirmEmailChangeSuccessResolvers<ContextType = Context, ParentType extends ResolversParentTypes['ConfirmEmailChangeSuccess'] = ResolversParentTypes['ConfirmEmailChangeSuccess']> = {
  user?: Resolver<ResolversTypes['User'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export interface DateTimeScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['DateTime'], any> {
  name: 'DateTime';
}

export type DeleteAccountResultResolvers<ContextType = Context, ParentType extends ResolversParentTypes['DeleteAccountResult'] = ResolversParentTypes['DeleteAccountResult']> = {
  __resolveType: TypeResolveFn<'DeleteAccountSuccess' | 'InvalidCredentials' | 'TooManyAttempts', ParentType, ContextType>;
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

export type LinkRejectedResolvers<ContextType = Context, ParentType extends ResolversParentTypes['LinkRejected'] = ResolversParentTypes['LinkRejected']> = {
  message?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  reason?: Resolver<ResolversTypes['LinkRejection'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type LoginResultResolvers<ContextType = Context, ParentType extends ResolversParentTypes['LoginResult'] = ResolversParentTypes['LoginResult']> = {
  __resolveType: TypeResolveFn<'AccountDisabled' | 'InvalidCredentials' | 'InvalidInput' | 'LoginSuccess' | 'SessionLimitReached' | 'TooManyAttempts', ParentType, ContextType>;
};

export type LoginSuccessResolvers<ContextType = Context, ParentType extends ResolversParentTypes['LoginSuccess'] = ResolversParentTypes['LoginSuccess']> = {
  expiresAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  session?: Resolver<ResolversTypes['Session'], ParentType, ContextType>;
  superseded?: Resolver<ReadonlyArray<ResolversTypes['Session']>, ParentType, ContextType>;
  token?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  user?: Resolver<ResolversTypes['User'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type LogoutPayloadResolvers<ContextType = Context, ParentType extends ResolversParentTypes['LogoutPayload'] = ResolversParentTypes['LogoutPayload']> = {
  session?: Resolver<Maybe<ResolversTypes['Session']>, ParentType, ContextType>;
  user?: Resolver<Maybe<ResolversTypes['User']>, ParentType, ContextType>;
};

export type MutationResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Mutation'] = ResolversParentTypes['Mutation']> = {
  changePassword?: Resolver<ResolversTypes['ChangePasswordResult'], ParentType, ContextType, RequireFields<MutationChangePasswordArgs, 'input'>>;
  confirmEmailChange?: Resolver<ResolversTypes['ConfirmEmailChangeResult'], ParentType, ContextType, RequireFields<MutationConfirmEmailChangeArgs, 'input'>>;
  deleteAccount?: Resolver<ResolversTypes['DeleteAccountResult'], ParentType, ContextType, RequireFields<MutationDeleteAccountArgs, 'input'>>;
  endOtherSessions?: Resolver<ResolversTypes['EndOtherSessionsPayload'], ParentType, ContextType>;
  endSession?: Resolver<ResolversTypes['EndSessionResult'], ParentType, ContextType, RequireFields<MutationEndSessionArgs, 'input'>>;
  login?: Resolver<ResolversTypes['LoginResult'], ParentType, ContextType, RequireFields<MutationLoginArgs, 'input'>>;
  logout?: Resolver<ResolversTypes['LogoutPayload'], ParentType, ContextType>;
  register?: Resolver<ResolversTypes['RegisterResult'], ParentType, ContextType, RequireFields<MutationRegisterArgs, 'input'>>;
  requestEmailChange?: Resolver<ResolversTypes['RequestEmailChangeResult'], ParentType, ContextType, RequireFields<MutationRequestEmailChangeArgs, 'input'>>;
  requestEmailVerification?: Resolver<ResolversTypes['RequestEmailVerificationResult'], ParentType, ContextType, Partial<MutationRequestEmailVerificationArgs>>;
  requestPasswordReset?: Resolver<ResolversTypes['RequestPasswordResetResult'], ParentType, ContextType, RequireFields<MutationRequestPasswordResetArgs, 'input'>>;
  resetPassword?: Resolver<ResolversTypes['ResetPasswordResult'], ParentType, ContextType, RequireFields<MutationResetPasswordArgs, 'input'>>;
  verifyEmail?: Resolver<ResolversTypes['VerifyEmailResult'], ParentType, ContextType, RequireFields<MutationVerifyEmailArgs, 'input'>>;
};

export type PageInfoResolvers<ContextType = Context, ParentType extends ResolversParentTypes['PageInfo'] = ResolversParentTypes['PageInfo']> = {
  endCursor?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  hasNextPage?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  hasPreviousPage?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  startCursor?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export type ProblemResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Problem'] = ResolversParentTypes['Problem']> = {
  __resolveType: TypeResolveFn<'AccountDisabled' | 'EmailTaken' | 'InvalidCredentials' | 'InvalidInput' | 'LinkRejected' | 'SessionLimitReached' | 'SessionNotFound' | 'TooManyAttempts' | 'WeakPassword', ParentType, ContextType>;
};

export type QueryResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Query'] = ResolversParentTypes['Query']> = {
  me?: Resolver<Maybe<ResolversTypes['User']>, ParentType, ContextType>;
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

export type RequestEmailChangeResultResolvers<ContextType = Context, ParentType extends ResolversParentTypes['RequestEmailChangeResult'] = ResolversParentTypes['RequestEmailChangeResult']> = {
  __resolveType: TypeResolveFn<'EmailRequested' | 'InvalidCredentials' | 'InvalidInput' | 'TooManyAttempts', ParentType, ContextType>;
};

export type RequestEmailVerificationResultResolvers<ContextType = Context, ParentType extends ResolversParentTypes['RequestEmailVerificationResult'] = ResolversParentTypes['RequestEmailVerificationResult']> = {
  __resolveType: TypeResolveFn<'EmailRequested' | 'TooManyAttempts', ParentType, ContextType>;
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

export type SignedOutResolvers<ContextType = Context, ParentType extends ResolversParentTypes['SignedOut'] = ResolversParentTypes['SignedOut']> = {
  at?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  by?: Resolver<Maybe<ResolversTypes['Device']>, ParentType, ContextType>;
  reason?: Resolver<ResolversTypes['SignedOutReason'], ParentType, ContextType>;
  sessionId?: Resolver<Maybe<ResolversTypes['ID']>, ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type SubscriptionResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Subscription'] = ResolversParentTypes['Subscription']> = {
  sessionEnded?: SubscriptionResolver<ResolversTypes['SignedOut'], "sessionEnded", ParentType, ContextType>;
};

export type TooManyAttemptsResolvers<ContextType = Context, ParentType extends ResolversParentTypes['TooManyAttempts'] = ResolversParentTypes['TooManyAttempts']> = {
  message?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  retryAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type UserResolvers<ContextType = Context, ParentType extends ResolversParentTypes['User'] = ResolversParentTypes['User']> = {
  createdAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  email?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  emailVerified?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  history?: Resolver<ResolversTypes['SessionConnection'], ParentType, ContextType, RequireFields<UserHistoryArgs, 'first'>>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  lastLoginAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  securityEvents?: Resolver<ResolversTypes['SecurityEventConnection'], ParentType, ContextType, RequireFields<UserSecurityEventsArgs, 'first'>>;
  sessions?: Resolver<ReadonlyArray<ResolversTypes['Session']>, ParentType, ContextType>;
};

export type VerificationRequestedResolvers<ContextType = Context, ParentType extends ResolversParentTypes['VerificationRequested'] = ResolversParentTypes['VerificationRequested']> = {
  to?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
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
  ChangePasswordResult?: ChangePasswordResultResolvers<ContextType>;
  ChangePasswordSuccess?: ChangePasswordSuccessResolvers<ContextType>;
  ConfirmEmailChangeResult?: ConfirmEmailChangeResultResolvers<ContextType>;
  ConfirmEmailChangeSuccess?: ConfirmEmailChangeSuccessResolvers<ContextType>;
  DateTime?: GraphQLScalarType;
  DeleteAccountResult?: DeleteAccountResultResolvers<ContextType>;
  DeleteAccountSuccess?: DeleteAccountSuccessResolvers<ContextType>;
  Device?: DeviceResolvers<ContextType>;
  EmailRequested?: EmailRequestedResolvers<ContextType>;
  EmailTaken?: EmailTakenResolvers<ContextType>;
  EndOtherSessionsPayload?: EndOtherSessionsPayloadResolvers<ContextType>;
  EndSessionResult?: EndSessionResultResolvers<ContextType>;
  EndSessionSuccess?: EndSessionSuccessResolvers<ContextType>;
  InputIssue?: InputIssueResolvers<ContextType>;
  InvalidCredentials?: InvalidCredentialsResolvers<ContextType>;
  InvalidInput?: InvalidInputResolvers<ContextType>;
  LinkRejected?: LinkRejectedResolvers<ContextType>;
  LoginResult?: LoginResultResolvers<ContextType>;
  LoginSuccess?: LoginSuccessResolvers<ContextType>;
  LogoutPayload?: LogoutPayloadResolvers<ContextType>;
  Mutation?: MutationResolvers<ContextType>;
  PageInfo?: PageInfoResolvers<ContextType>;
  Problem?: ProblemResolvers<ContextType>;
  Query?: QueryResolvers<ContextType>;
  RegisterResult?: RegisterResultResolvers<ContextType>;
  RegisterSuccess?: RegisterSuccessResolvers<ContextType>;
  RequestEmailChangeResult?: RequestEmailChangeResultResolvers<ContextType>;
  RequestEmailVerificationResult?: RequestEmailVerificationResultResolvers<ContextType>;
  RequestPasswordResetResult?: RequestPasswordResetResultResolvers<ContextType>;
  ResetPasswordResult?: ResetPasswordResultResolvers<ContextType>;
  ResetPasswordSuccess?: ResetPasswordSuccessResolvers<ContextType>;
  SecurityEvent?: SecurityEventResolvers<ContextType>;
  SecurityEventConnection?: SecurityEventConnectionResolvers<ContextType>;
  SecurityEventEdge?: SecurityEventEdgeResolvers<ContextType>;
  Session?: SessionResolvers<ContextType>;
  SessionConnection?: SessionConnectionResolvers<ContextType>;
  SessionEdge?: SessionEdgeResolvers<ContextType>;
  SessionLimitReached?: SessionLimitReachedResolvers<ContextType>;
  SessionNotFound?: SessionNotFoundResolvers<ContextType>;
  SessionState?: SessionStateResolvers<ContextType>;
  SignedOut?: SignedOutResolvers<ContextType>;
  Subscription?: SubscriptionResolvers<ContextType>;
  TooManyAttempts?: TooManyAttemptsResolvers<ContextType>;
  User?: UserResolvers<ContextType>;
  VerificationRequested?: VerificationRequestedResolvers<ContextType>;
  VerifyEmailResult?: VerifyEmailResultResolvers<ContextType>;
  VerifyEmailSuccess?: VerifyEmailSuccessResolvers<ContextType>;
  WeakPassword?: WeakPasswordResolvers<ContextType>;
};

