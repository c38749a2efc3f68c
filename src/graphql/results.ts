// Makes the values that resolvers return. A User and a Session are the domain's values, with the session that decides what
// this request may see of them. A refusal is a member of the mutation's result union where a user of a correct client can
// cause it, else an error.

import { type CodeRejected } from '../auth/challenges.js';
import { type LinkRejected } from '../auth/useLink.js';
import { type PasskeyRejected } from '../auth/factors/passkeys.js';
import { type InputIssue } from '../auth/input.js';
import { type SecondFactorRequired } from '../auth/signIn.js';
import { type AccountExists } from '../auth/providers/owner.js';
import { type NotConfigured } from '../auth/providers/start.js';
import { type Limited } from '../rateLimit/reservations.js';
import { type StepUpRequired } from '../auth/stepUp.js';
import { type SignedOut } from '../sessions/authenticate.js';
import { maxProofAgeSeconds } from '../sessions/freshness.js';
import { type SignedIn } from '../sessions/open.js';
import { type Session } from '../sessions/types.js';
import { type User } from '../users/types.js';
import { type Context } from './context.js';
import { badUserInput, notEnabled, rejection, stepUpRequired } from './errors.js';
import { noteRetry } from './telemetry.js';

export interface SessionNode extends Session {
  readonly __typename: 'Session';
  /** The id of the session that the asking device holds from now on; null where it holds none. */
  readonly currentId: string | null;
}

export interface UserNode extends User {
  readonly __typename: 'User';
  /**
   * The session that this very user is signed in with, by the request's token or by the mutation itself. Null where the
   * response only names the user: their sessions are then not shown.
   */
  readonly signedInWith: string | null;
}

// The spread stands last: V8 takes 2 µs for an object that is added to behind a spread, 0.1 µs for one of this form, and
// keeps a part of each until the next full garbage collection.

export function sessionNode(value: Session, currentId: string | null): SessionNode {
  return { __typename: 'Session', currentId, ...value };
}

export function userNode(value: User, signedInWith: string | null): UserNode {
  return { __typename: 'User', signedInWith, ...value };
}

/**
 * Makes the node of the user whom an emailed link was for. A link that went to a mistyped email is clicked by another person: the sessions
 * are shown only if the request's token names this very user.
 */
export function linkedUserNode({ session }: Context, user: User): UserNode {
  const isCaller = session.kind === 'active' && session.user.id === user.id;
  return userNode(user, isCaller ? session.session.id : null);
}

/** Makes the fields that `RegisterSuccess`, `LoginSuccess` and `ChangePasswordSuccess` have in common. */
export function signedInFields({ token, session, user }: SignedIn) {
  return {
    token,
    expiresAt: session.expiresAt,
    session: sessionNode(session, session.id),
    user: userNode(user, session.id),
  };
}

/** Makes the fields of `LoginSuccess`. */
export function loginFields(signedIn: SignedIn) {
  const superseded = signedIn.superseded.map((one) => sessionNode(one, signedIn.session.id));
  return { ...signedInFields(signedIn), superseded };
}

/** A second step that is asked for, and of whom: the user's passkeys decide which options are shown. */
export interface SecondFactorNode extends Omit<SecondFactorRequired, 'kind'> {
  readonly __typename: 'SecondFactorRequired';
  readonly message: string;
}

/** The result or the error of each refusal, by the kind of the outcome. */
const problems = {
  limited: ({ retryAt }: Limited, { notes }: Context) => {
    noteRetry(notes, retryAt);
    return { ...problem('TooManyAttempts', 'There were too many attempts. Try again later.'), retryAt };
  },
  linkRejected: ({ reason }: LinkRejected) => ({ ...problem('LinkRejected', linkTexts[reason]), reason }),
  invalidCredentials: () => problem('InvalidCredentials', 'The e-mail address or the password is not right.'),
  wrongCode: () => problem('InvalidCredentials', 'The code is not right.'),
  wrongPassword: () => problem('InvalidCredentials', 'The password is not right.'),
  passwordExists: () => problem('PasswordExists', 'The account has a password already: change it instead.'),
  accountDisabled: () => problem('AccountDisabled', 'This account is disabled.'),
  emailTaken: () => problem('EmailTaken', 'An account with this e-mail address already exists.'),
  invalidInput: ({ issues }: InvalidInput) => ({
    ...problem('InvalidInput', 'Some of the input is not valid.'),
    issues,
  }),
  weakPassword: ({ suggestions }: WeakPassword) => ({
    ...problem(
      'WeakPassword',
      'This password cannot be set: it is too easy to guess, too short or too long.',
    ),
    suggestions,
  }),
  sessionLimitReached: ({ sessions }: SessionLimitReached) => ({
    ...problem('SessionLimitReached', 'This account is already signed in on as many devices as allowed.'),
    sessions: sessions.map((session) => sessionNode(session, null)),
  }),
  audienceNotAllowed: () => problem('AudienceNotAllowed', 'There are no tickets for this server.'),
  secondFactorRequired: ({ challenge, userId }: SecondFactorRequired) => ({
    ...problem('SecondFactorRequired', 'Signing in needs a second factor.'),
    challenge,
    userId,
  }),
  challengeRejected: () =>
    problem('ChallengeRejected', 'This has taken too long, or has been used already. Begin again.'),
  codeRejected: ({ triesLeft }: CodeRejected) => ({
    ...problem('CodeRejected', 'The code is not right.'),
    triesLeft,
  }),
  lastWayIn: () => problem('LastWayIn', 'This is the only way in to the account. Add another one first.'),
  factorNotFound: () => problem('FactorNotFound', 'The account has no such second factor.'),
  accountExists: ({ methods }: AccountExists) => ({
    ...problem(
      'AccountExists',
      'An account with this e-mail address already exists. Sign in to it, then link the provider.',
    ),
    methods: [...methods],
  }),
  verifiedEmailRequired: () =>
    problem(
      'VerifiedEmailRequired',
      'A verified e-mail address is needed. Verify yours, at the provider or here, and try again; or sign in in another way.',
    ),
  providerRejected: () =>
    problem('ProviderRejected', 'The provider did not confirm the sign-in. Begin again.'),
  providerUnavailable: () =>
    problem(
      'ProviderUnavailable',
      'The provider does not answer. Try again later, or sign in in another way.',
    ),
  identityTaken: () => problem('IdentityTaken', 'This identity is linked to another account.'),
  tooManyIdentities: () =>
    problem('TooManyIdentities', 'This account has as many linked identities as allowed. Unlink one first.'),
  identityNotFound: () => problem('IdentityNotFound', 'There is no such linked identity.'),
  notConfigured: ({ field }: NotConfigured): never => {
    throw badUserInput(notConfiguredTexts[field]);
  },
  sessionNotFound: () => problem('SessionNotFound', 'There is no such live session.'),
  passkeyRejected: ({ reason }: PasskeyRejected) => ({
    ...problem('PasskeyRejected', passkeyTexts[reason]),
    reason,
  }),
  tooManyPasskeys: () =>
    problem('TooManyPasskeys', 'This account has as many passkeys as allowed. Remove one first.'),
  passkeyNotFound: () => problem('PasskeyNotFound', 'There is no such passkey.'),
  malformedPasskey: (): never => {
    throw badUserInput('`response` must be what `toJSON()` of the credential gave in the browser.');
  },
  emailCodesOff: (): never => {
    throw notEnabled('This server mails no codes: its operator has not set EMAIL_CODE_LOGIN.');
  },
  passkeysOff: (): never => {
    throw notEnabled('This server has no passkeys: its operator has not set WEBAUTHN_RP_ID.');
  },
  invalidEmail: ({ message }: InvalidEmail): never => {
    throw badUserInput(message);
  },
  signedOut: ({ outcome }: SignedOut): never => {
    throw rejection(outcome);
  },
  stepUpRequired: ({ user }: StepUpRequired): never => {
    throw stepUpRequired(maxProofAgeSeconds, user.methods);
  },
};

function problem<Name extends string>(typename: Name, message: string) {
  return { __typename: typename, message } as const;
}

const linkTexts = {
  INVALID: 'This link is incomplete, or is for something else.',
  EXPIRED: 'This link no longer works. Ask for a new one.',
  USED: 'This link has already been used.',
} as const satisfies Record<LinkRejected['reason'], string>;

const passkeyTexts = {
  UNKNOWN: 'No account has this passkey. Sign in in another way.',
  EXPIRED: 'This took too long, or was done already. Try again.',
  INVALID: 'This passkey could not be verified. Try again.',
  COPIED: 'This passkey may have been copied, and is not accepted. Sign in in another way and remove it.',
  EMAIL_NOT_VERIFIED: 'Confirm your e-mail address first: a mail with a link is on its way.',
} as const satisfies Record<PasskeyRejected['reason'], string>;

const notConfiguredTexts = {
  provider: '`provider` must be one of `Query.providers`.',
  redirectUri: '`redirectUri` must be one of the URIs that the server is configured for, exactly.',
} as const satisfies Record<NotConfigured['field'], string>;

interface InvalidInput {
  readonly kind: 'invalidInput';
  readonly issues: readonly InputIssue[];
}
interface WeakPassword {
  readonly kind: 'weakPassword';
  readonly suggestions: readonly string[];
}
interface SessionLimitReached {
  readonly kind: 'sessionLimitReached';
  readonly sessions: readonly Session[];
}
interface InvalidEmail {
  readonly kind: 'invalidEmail';
  readonly message: string;
}

type Problems = typeof problems;
type Kind = keyof Problems;

/** The outcomes of each kind; those without a detail have nothing but the kind. */
type Outcomes = {
  readonly [K in Kind]: Parameters<Problems[K]> extends [infer Outcome, ...unknown[]]
    ? Outcome
    : { readonly kind: K };
};
type Answers = { readonly [K in Kind]: ReturnType<Problems[K]> };
type Outcome<K extends Kind> = { [P in K]: Outcomes[P] & { readonly kind: P } }[K];

/**
 * Turns a refusal into the member of the result union, or throws its error. The compiler refuses an outcome of a kind that
 * is not listed, and one that the mutation's result has no member for.
 */
export function toProblem<K extends Kind>(context: Context, outcome: Outcome<K>): Answers[K] {
  const makers: { readonly [P in Kind]: (outcome: Outcomes[P], context: Context) => Answers[P] } = problems;
  return makers[outcome.kind](outcome, context);
}
