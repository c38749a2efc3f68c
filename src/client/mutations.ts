// The mutations that sign a person in or prove who they are: each sends one document and gives its result.

import { type Acts } from './acts.js';
import {
  changePasswordDocument,
  completeLoginDocument,
  completePasskeyLoginDocument,
  completeProviderLoginDocument,
  confirmIdentityDocument,
  loginDocument,
  loginWithCodeDocument,
  registerDocument,
  requestLoginCodeDocument,
  startProviderLoginDocument,
} from './documents.js';
import {
  type ChangePasswordMutation,
  type CompleteLoginMutation,
  type CompletePasskeyLoginMutation,
  type CompleteProviderLoginMutation,
  type ConfirmIdentityMutation,
  type DeviceInput,
  type LoginMutation,
  type LoginWithCodeMutation,
  type RegisterMutation,
  type RequestLoginCodeMutation,
  type StartProviderLoginMutation,
} from './generated.js';
import { type HufuSession } from './hufuSession.js';
import { pendingLoginCode } from './loginCode.js';
import { keptText, randomUuid } from './platform.js';
import { returnedIn } from './providerLogin.js';
import { type Send, withRetries } from './request.js';

type Mutations = Pick<
  HufuSession,
  | 'register'
  | 'login'
  | 'completeLogin'
  | 'requestLoginCode'
  | 'loginWithCode'
  | 'completePasskeyLogin'
  | 'startProviderLogin'
  | 'completeProviderLogin'
  | 'confirmIdentity'
  | 'changePassword'
>;

/** The results after which a challenge is of no use any more. */
const finalTypes = ['LoginSuccess', 'SecondFactorRequired', 'ChallengeRejected'];

/** @param url the absolute URL of Hufu; the challenges that the browser keeps are told apart by it */
export function createMutations(url: string, device: DeviceInput, acts: Acts, send: Send): Mutations {
  const providerLogin = keptText('sessionStorage', `hufu:providerLogin:${url}`);
  const loginCode = pendingLoginCode(url);
  /** Numbers the requests for a mailed code, and names the request whose challenge is kept. */
  let codeRequests = 0;
  let keptCodeRequest = 0;

  /** Signs in by a mutation that the client may repeat. */
  const signIn = <Data extends object>(document: string, input: object) =>
    acts.run(() => withRetries(() => send<Data>({ document, variables: { input }, token: null })));
  /** Proves who the user is by a mutation that replaces the token. */
  const prove = <Data extends object>(document: string, input: object) =>
    acts.run((token) => send<Data>({ document, variables: { input }, token }));

  return {
    async register(input) {
      const attempt = { device, ...input, idempotencyKey: randomUuid() };
      return (await signIn<RegisterMutation>(registerDocument, attempt)).register;
    },
    async login(input) {
      const attempt = { device, ...input, idempotencyKey: randomUuid() };
      return (await signIn<LoginMutation>(loginDocument, attempt)).login;
    },
    completeLogin: async (input) =>
      (await signIn<CompleteLoginMutation>(completeLoginDocument, input)).completeLogin,
    async requestLoginCode(input) {
      const number = (codeRequests += 1);
      const variables = { input: { device, ...input, idempotencyKey: randomUuid() } };
      const request = { document: requestLoginCodeDocument, variables, token: null };
      const { requestLoginCode: result } = await send<RequestLoginCodeMutation>(request);
      // The person waits for the newest mail, whichever answer arrives last.
      if (result.__typename === 'LoginCodeRequested' && number > keptCodeRequest) {
        keptCodeRequest = number;
        loginCode.keep(result.challenge.token);
      }
      return result;
    },
    async loginWithCode(input) {
      const challengeToken = loginCode.read();
      if (challengeToken === null) return null;
      const attempt = { ...input, challengeToken };
      const { loginWithCode: result } = await signIn<LoginWithCodeMutation>(loginWithCodeDocument, attempt);
      // The person may have asked for another code meanwhile.
      if (finalTypes.includes(result.__typename) && loginCode.read() === challengeToken) loginCode.forget();
      return result;
    },
    async completePasskeyLogin(input) {
      const attempt = { device, ...input };
      return (await signIn<CompletePasskeyLoginMutation>(completePasskeyLoginDocument, attempt))
        .completePasskeyLogin;
    },
    async startProviderLogin(input) {
      const request = { document: startProviderLoginDocument, variables: { input }, token: null };
      const { startProviderLogin: result } = await send<StartProviderLoginMutation>(request);
      if (result.__typename === 'ProviderLoginStarted') providerLogin.keep(result.challenge.token);
      return result;
    },
    async completeProviderLogin(search, input) {
      const returned = returnedIn(search);
      const challengeToken = providerLogin.read();
      if (returned === null || challengeToken === null) return null;
      providerLogin.forget();
      if ('error' in returned) return returned;
      const attempt = { device, ...input, ...returned, challengeToken, idempotencyKey: randomUuid() };
      return (await signIn<CompleteProviderLoginMutation>(completeProviderLoginDocument, attempt))
        .completeProviderLogin;
    },
    confirmIdentity: async (input) =>
      (await prove<ConfirmIdentityMutation>(confirmIdentityDocument, input)).confirmIdentity,
    changePassword: async (input) =>
      (await prove<ChangePasswordMutation>(changePasswordDocument, input)).changePassword,
  };
}
