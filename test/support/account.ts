// The operations of an account's life, and the links in their mails.

import { gql, type GqlAnswer, signIn } from './gql.js';
import { type ReceivedMail } from './mime.js';
import { type DeviceFields, password, randomEmail, register, type SignedInFields } from './operations.js';
import { type SmtpServer } from './smtpServer.js';

/** The fields of all results of these operations; a test reads those that it expects. */
export interface ResultFields {
  readonly __typename: string;
  readonly token?: string;
  readonly to?: string;
  readonly reason?: string;
  readonly retryAt?: string;
  readonly message?: string;
  readonly id?: string;
  readonly session?: {
    readonly id: string;
    readonly device: { readonly kind: string; readonly name: string | null };
  };
  readonly endedSessions?: readonly {
    readonly id: string;
    readonly endReason: string;
    readonly supersededBy: { readonly id: string } | null;
  }[];
  readonly user?: { readonly id: string; readonly email: string; readonly emailVerified: boolean };
  readonly triesLeft?: number;
  readonly issues?: readonly { readonly field: string }[];
}

const user = 'user { id email emailVerified }';
const problem = '... on Problem { message } ... on TooManyAttempts { retryAt }';
const rejected = '... on LinkRejected { reason }';
const issues = '... on InvalidInput { issues { field } }';

const operations = {
  completeRegistration: `__typename ... on RegisterSuccess {
    token ${user} session { id device { kind name } } } ${problem} ... on CodeRejected { triesLeft }`,
  confirmIdentity: `__typename ... on ConfirmIdentitySuccess {
    token session { id device { kind name } } } ${problem} ${issues}`,
  setPassword: `__typename ... on SetPasswordSuccess { ${user} } ${problem} ${issues}`,
  changePassword: `__typename ... on ChangePasswordSuccess {
    token session { id device { kind name } } endedSessions { id endReason supersededBy { id } } } ${problem} ${issues}`,
  requestEmailVerification: `__typename ... on EmailRequested { to } ${problem}`,
  verifyEmail: `__typename ... on VerifyEmailSuccess { ${user} } ${problem} ${rejected}`,
  requestPasswordReset: `__typename ... on EmailRequested { to } ${problem}`,
  resetPassword: `__typename ... on ResetPasswordSuccess { ${user} } ${problem} ${rejected} ${issues}`,
  requestEmailChange: `__typename ... on EmailRequested { to } ${problem} ${issues}`,
  confirmEmailChange: `__typename ... on ConfirmEmailChangeSuccess { ${user} } ${problem} ${rejected}`,
  deleteAccount: `__typename ... on DeleteAccountSuccess { id } ${problem}`,
} as const;

export type AccountOperation = keyof typeof operations;

/** Runs one of the operations and returns the whole response. */
export async function ask(
  url: string,
  operation: AccountOperation,
  input: Readonly<Record<string, unknown>> | null,
  token?: string,
): Promise<GqlAnswer<Record<string, ResultFields>>> {
  const type = `${operation.slice(0, 1).toUpperCase()}${operation.slice(1)}Input`;
  const nullability = operation === 'requestEmailVerification' ? '' : '!';
  const query =
    operation === 'deleteAccount'
      ? `mutation { deleteAccount { ${operations.deleteAccount} } }`
      : `mutation ($input: ${type}${nullability}) { ${operation}(input: $input) { ${operations[operation]} } }`;
  return gql(url, {
    query,
    variables: { input },
    ...(token === undefined ? {} : { token }),
  });
}

/** Runs one of the operations and returns its result; throws when the response has errors instead. */
export async function run(
  url: string,
  operation: AccountOperation,
  input: Readonly<Record<string, unknown>> | null,
  token?: string,
): Promise<ResultFields> {
  const { data, errors } = await ask(url, operation, input, token);
  const result = data?.[operation];
  if (result === undefined) throw new Error(`refused: ${JSON.stringify(errors)}`);
  return result;
}

/** Reads the link in a mail: its URL, the operation it is for, and its token. */
export function linkIn(mail: ReceivedMail): {
  readonly url: string;
  readonly operation: string;
  readonly token: string;
} {
  const found = /(https?:\/\/\S+\/(\w+)\?token=([\w.-]+))/.exec(mail.text);
  if (found === null) throw new Error(`no link in: ${mail.text}`);
  const [, url = '', operation = '', token = ''] = found;
  return { url, operation, token };
}

/** Begins a registration where e-mails must be verified, and returns the token of its challenge. */
export async function beginRegistration(
  url: string,
  email: string,
  secret: string = password,
  device?: DeviceFields,
): Promise<string> {
  const { data, errors } = await signIn<{ register: { challenge?: { token: string } } }>(url, {
    query: `mutation ($input: RegisterInput!) {
      register(input: $input) { ... on VerificationRequested { challenge { token } } ... on Problem { message } }
    }`,
    variables: { input: { email, password: secret, device } },
  });
  const token = data?.register.challenge?.token;
  if (token === undefined) throw new Error(`refused: ${JSON.stringify(data ?? errors)}`);
  return token;
}

/** Reads the code in a mail that completes a challenge, with the space that the mail shows. */
export function codeIn(mail: ReceivedMail): string {
  const [, code] = /Code: (\d{4} \d{4})/.exec(mail.text) ?? [];
  if (code === undefined) throw new Error(`no code in: ${mail.text}`);
  return code;
}

/** Registers a new user with the code from the mail. */
export async function registerByMail(
  url: string,
  smtp: Pick<SmtpServer, 'next'>,
  email: string = randomEmail(),
  device?: DeviceFields,
): Promise<ResultFields> {
  const challengeToken = await beginRegistration(url, email, password, device);
  return run(url, 'completeRegistration', {
    challengeToken,
    code: codeIn(await smtp.next(email, /Confirm/)),
  });
}

/** Registers a new user and verifies the e-mail, since only a verified e-mail gets notifications. */
export async function registerVerified(
  url: string,
  smtp: Pick<SmtpServer, 'next'>,
  options: { readonly email?: string; readonly device?: DeviceFields } = {},
): Promise<SignedInFields> {
  const person = await register(url, options);
  await run(url, 'requestEmailVerification', null, person.token);
  await run(url, 'verifyEmail', { token: linkIn(await smtp.next(person.user.email, /Confirm/)).token });
  return person;
}
