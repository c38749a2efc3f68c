// The session of one device, as `hufu/client` gives it to a front end, and the options that it is made with.

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
import { absoluteUrl } from './platform.js';
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
  /** The server's option `typePrefix`, if it has set one. */
  readonly typePrefix?: string;
}

const isUrl = (value: unknown) => {
  try {
    return typeof value === 'string' && value !== '' && absoluteUrl(value).host !== '';
  } catch {
    return false;
  }
};
const isObject = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value);
const isStore = (value: unknown) =>
  isObject(value) &&
  ['read', 'write', 'onChange'].every(
    (name) => typeof Reflect.get(Object(value) as object, name) === 'function',
  );

const rules: Readonly<
  Record<keyof SessionOptions, readonly [fits: (value: unknown) => boolean, is: string]>
> = {
  url: [isUrl, 'a URL such as https://api.example.com/graphql'],
  webSocketUrl: [
    (value) => value === undefined || isUrl(value),
    'a URL such as wss://api.example.com/graphql',
  ],
  storage: [
    (value) => value === undefined || value === 'memory' || value === 'localStorage' || isStore(value),
    "'memory', 'localStorage' or an object with read, write and onChange",
  ],
  device: [(value) => value === undefined || isObject(value), 'an object with a kind and a name'],
  trustedOrigins: [
    (value) => value === undefined || (Array.isArray(value) && value.every(isUrl)),
    'a list of origins such as https://orders.example.com',
  ],
  typePrefix: [
    (value) => value === undefined || (typeof value === 'string' && /^\w{0,32}$/.test(value)),
    "the server's option typePrefix",
  ],
};

/**
 * Checks the options that an app without types may pass.
 *
 * @throws TypeError that says which option of createSession does not fit, and what it may be; it never repeats a value
 */
export function checkOptions(given: unknown): void {
  const known = Object.keys(rules);
  const names = known.join(', ');
  if (!isObject(given)) throw new TypeError(`createSession: the options must be an object with ${names}.`);
  const options = given as Readonly<Record<string, unknown>>;
  for (const name of Object.keys(options))
    if (!known.includes(name))
      throw new TypeError(`createSession: there is no option ${name}. It takes ${names}.`);
  for (const [name, [fits, is]] of Object.entries(rules))
    if (!fits(options[name])) throw new TypeError(`createSession: ${name} must be ${is}.`);
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

  /** Returns the state of the session as this device knows it. It is the same object until that changes. */
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
   * Completes a sign-in at a provider with the query of the URL that the person has returned to, `location.search`; repeated as
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
   * Signs out on this device at once, and then on the server, which is asked for half a minute. A sign-in under way does not
   * sign in any more.
   *
   * @throws HufuError where the server does not answer; this device is signed out all the same
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
  /** Resolves when no act that may replace the token is under way any more, and after 5 seconds at the latest. */
  settled(): Promise<void>;
  /** Stops watching the session and the other tabs. */
  stop(): void;
}
