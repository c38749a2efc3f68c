// The operations of second factors, and an authenticator app.

import { Secret, TOTP } from 'otpauth';

import { gql } from './gql.js';
import { type TestClock } from './clock.js';
import { password } from './operations.js';

/** The fields of all results of these operations; a test reads those that it expects. */
export interface FactorResult {
  readonly __typename: string;
  readonly message?: string;
  readonly triesLeft?: number;
  readonly retryAt?: string;
  readonly token?: string;
  readonly session?: { readonly id: string; readonly methods: readonly string[] };
  readonly superseded?: readonly { readonly id: string }[];
  readonly challenge?: {
    readonly token: string;
    readonly expiresAt: string;
    readonly factors: readonly string[];
  };
  readonly recoveryCodes?: readonly string[];
  readonly secret?: string;
  readonly uri?: string;
  readonly user?: {
    readonly factors: readonly { readonly id: string }[];
    readonly recoveryCodesLeft: number;
  };
  readonly issues?: readonly { readonly field: string }[];
}

const challenge = 'challenge { token expiresAt factors }';
const signedIn = `... on LoginSuccess { token session { id methods } superseded { id } }`;
const user = 'user { factors { id } recoveryCodesLeft }';
const problems = `... on Problem { message } ... on TooManyAttempts { retryAt } ... on InvalidInput { issues { field } }`;
const rejected = '... on CodeRejected { triesLeft }';

const operations = {
  login: ['LoginInput!', `${signedIn} ... on SecondFactorRequired { ${challenge} } ${problems}`],
  completeLogin: ['CompleteLoginInput!', `${signedIn} ${rejected} ${problems}`],
  confirmIdentity: [
    'ConfirmIdentityInput!',
    `... on ConfirmIdentitySuccess { token session { id methods } } ${problems}`,
  ],
  startTotpEnrolment: [null, `... on StartTotpEnrolmentPayload { ${challenge} secret uri }`],
  confirmTotpEnrolment: [
    'ConfirmTotpEnrolmentInput!',
    `... on ConfirmTotpEnrolmentSuccess { recoveryCodes ${user} }
     ... on Problem { message } ${rejected}`,
  ],
  removeFactor: ['RemoveFactorInput!', `... on RemoveFactorSuccess { ${user} } ... on Problem { message }`],
  renewRecoveryCodes: [
    null,
    `... on RenewRecoveryCodesSuccess { recoveryCodes ${user} } ... on Problem { message }`,
  ],
} as const;

/** Runs one of the operations; throws the code of its error. */
export async function runFactor(
  url: string,
  operation: keyof typeof operations,
  input: Readonly<Record<string, unknown>> | null,
  token?: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<FactorResult> {
  const [type, fields] = operations[operation];
  const [head, call] = type === null ? ['', ''] : [`($input: ${type})`, '(input: $input)'];
  const { data, errors } = await gql<Record<string, FactorResult>>(url, {
    query: `mutation ${head} { ${operation}${call} { __typename ${fields} } }`,
    ...(type === null ? {} : { variables: { input } }),
    ...(token === undefined ? {} : { token }),
    headers,
  });
  const result = data?.[operation];
  if (result === undefined) throw new Error(`refused: ${errors[0]?.extensions.code ?? ''}`);
  return result;
}

/** An authenticator app whose clock is the server's. */
export interface App {
  readonly recoveryCodes: readonly string[];
  /** Turns the clock to the next time step, whose code is unused, and returns that code. */
  next(): string;
  /** Returns the code of the current time step. */
  shown(): string;
  /** Returns a code that the server accepts in no time step close to now. */
  wrong(): string;
}

/** Sets up an authenticator app for a signed-in user. */
export async function enrol(url: string, token: string, clock: TestClock): Promise<App> {
  const started = await runFactor(url, 'startTotpEnrolment', null, token);
  const app = new TOTP({ secret: Secret.fromBase32(started.secret ?? '') });
  const codeIn = (ms: number) => app.generate({ timestamp: clock.now().getTime() + ms });
  const shown = () => codeIn(0);
  const input = { challengeToken: started.challenge?.token, code: shown() };
  const { recoveryCodes } = await runFactor(url, 'confirmTotpEnrolment', input, token);
  if (recoveryCodes === undefined) throw new Error('the app was not added');
  return {
    recoveryCodes,
    shown,
    wrong() {
      const taken = [-30_000, 0, 30_000].map(codeIn);
      return ['000000', '000001', '000002', '000003'].find((code) => !taken.includes(code)) ?? '';
    },
    next() {
      clock.turn(30_000);
      return shown();
    },
  };
}

/** Signs in with the password and returns the token of the challenge for the second factor. */
export async function firstStep(
  url: string,
  email: string,
  more: Readonly<Record<string, unknown>> = {},
  headers: Readonly<Record<string, string>> = {},
): Promise<string> {
  const result = await runFactor(url, 'login', { email, password, ...more }, undefined, headers);
  const token = result.challenge?.token;
  if (token === undefined) throw new Error(`no second factor is required: ${JSON.stringify(result)}`);
  return token;
}
