// What a client holds: the session of one device, as `hufu/client` gives it to a front end.

import {
  type ChangePasswordInput,
  type ChangePasswordMutation,
  type CompleteLoginInput,
  type CompleteLoginMutation,
  type CompletePasskeyLoginInput,
  type CompletePasskeyLoginMutation,
  type CompleteProviderLoginInput,
  type CompleteProviderLoginMutation,
  type ConfirmIdentityInput,
  type ConfirmIdentityMutation,
  type DeviceInput,
  type LoginInput,
  type LoginMutation,
  type LoginWithCodeInput,
  type LoginWithCodeMutation,
  type RegisterInput,
  type RegisterMutation,
  type RequestLoginCodeInput,
  type RequestLoginCodeMutation,
  type StartProviderLoginInput,
  type StartProviderLoginMutation,
} from './generated.js';
import { type ProviderDenied } from './providerLogin.js';
import { type SessionState, type SessionStore } from './store.js';

export interface SessionOptions {
  /** Where Hufu answers, such as `https://api.example.com/graphql`; a path is relative to the page. */
  readonly url: string;
  /** Where it answers websockets, if not at `url`. */
  readonly webSocketUrl?: string;
  /** Where the session is kept: `memory`, until the page is closed, or `localStorage`, for all tabs. */
  readonly storage?: 'memory' | 'localStorage' | SessionStore;
  /** How the device describes itself at a sign-in. */
  readonly device?: DeviceInput;
  /** Origins beside that of `url` to which `fetch` sends the token, such as `https://orders.example.com`. */
  readonly trustedOrigins?: readonly string[];
}

/** The state while a server renders the page: the token is kept in the browser. */
export interface UnknownState {
  readonly status: 'unknown';
}

type Credentials<Input> = Omit<Input, 'idempotencyKey'>;

export interface HufuSession {
  /** The absolute URL of the options. */
  readonly url: string;
  readonly webSocketUrl: string;

  /** What the device knows of its session now. The same object until that changes. */
  getSnapshot(): SessionState;
  getServerSnapshot(): UnknownState;
  /** Calls the listener after each change, in any tab. The returned function ends that. */
  subscribe(listener: () => void): () => void;

  /**
   * Registers and signs in. An attempt whose answer is lost is repeated for half a minute, and opens one session at most.
   *
   * @throws HufuError where the server refuses the operation, or does not answer
   */
  register(input: Credentials<RegisterInput>): Promise<RegisterMutation['register']>;
  /** Signs in; as {@link HufuSession.register}. `SecondFactorRequired` is completed by `completeLogin`. */
  login(input: Credentials<LoginInput>): Promise<LoginMutation['login']>;
  /** Completes a sign-in with a second factor; repeated as {@link HufuSession.register} is. */
  completeLogin(input: CompleteLoginInput): Promise<CompleteLoginMutation['completeLogin']>;
  /**
   * Mails a code to sign in with. The browser keeps the challenge's token, in `localStorage`: the link in the mail works in
   * each of its tabs, and in no other browser.
   */
  requestLoginCode(
    input: Credentials<RequestLoginCodeInput>,
  ): Promise<RequestLoginCodeMutation['requestLoginCode']>;
  /**
   * Signs in with the code that the person has typed, or that `loginCodeIn` has read from the link; repeated as
   * {@link HufuSession.register} is. Null where this browser waits for no code, such as one that opens the link of another:
   * nothing is sent.
   */
  loginWithCode(
    input: Omit<LoginWithCodeInput, 'challengeToken'>,
  ): Promise<LoginWithCodeMutation['loginWithCode'] | null>;
  /** Signs in with a passkey; repeated as {@link HufuSession.register} is. */
  completePasskeyLogin(
    input: CompletePasskeyLoginInput,
  ): Promise<CompletePasskeyLoginMutation['completePasskeyLogin']>;
  /**
   * Begins a sign-in at a provider: open the `url` of the result in this tab. The tab keeps the challenge's token, in
   * `sessionStorage`, until the person returns.
   */
  startProviderLogin(
    input: StartProviderLoginInput,
  ): Promise<StartProviderLoginMutation['startProviderLogin']>;
  /**
   * Completes it with the query of the URL that the person has returned to, `location.search`; repeated as
   * {@link HufuSession.register} is. Null where that is no answer to a sign-in that this tab has begun: so it may be called
   * whenever the page is opened. A sign-in is completed once, whatever the result.
   */
  completeProviderLogin(
    search: string,
    input?: Pick<CompleteProviderLoginInput, 'device' | 'takeover'>,
  ): Promise<CompleteProviderLoginMutation['completeProviderLogin'] | ProviderDenied | null>;
  /** Proves once more who the user is, and takes the new token: for `STEP_UP_REQUIRED`. It is not repeated. */
  confirmIdentity(input: ConfirmIdentityInput): Promise<ConfirmIdentityMutation['confirmIdentity']>;
  /**
   * Signs out on this device at once, and then on the server, which is asked for half a minute. What is under way signs in
   * no more.
   */
  logout(): Promise<void>;
  /** Changes the password, and takes the new token. It is not repeated: the server may have changed it already. */
  changePassword(input: ChangePasswordInput): Promise<ChangePasswordMutation['changePassword']>;
  /** Asks the server whether the session is live, and learns why it is not. */
  check(): Promise<void>;

  /**
   * A `fetch` for any GraphQL client: sends the token, takes the token of answers that have a new one, and learns from
   * `UNAUTHENTICATED`.
   */
  readonly fetch: typeof globalThis.fetch;
  /** Resolves when no act is under way any more that may replace the token. */
  settled(): Promise<void>;
  /** Ends the watching. */
  stop(): void;
}
