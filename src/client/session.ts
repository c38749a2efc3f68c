// The session of one device: signs in and out, keeps the token, gives it to requests, and learns at once why it ended.

import { isMutation, readAnswer, readOpened } from './answers.js';
import {
  changePasswordDocument,
  completeLoginDocument,
  completePasskeyLoginDocument,
  completeProviderLoginDocument,
  confirmIdentityDocument,
  loginDocument,
  loginWithCodeDocument,
  logoutDocument,
  registerDocument,
  requestLoginCodeDocument,
  sessionStateDocument,
  startProviderLoginDocument,
} from './documents.js';
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
  type LogoutMutation,
  type RegisterInput,
  type RegisterMutation,
  type RequestLoginCodeInput,
  type RequestLoginCodeMutation,
  type SessionStateQuery,
  type StartProviderLoginInput,
  type StartProviderLoginMutation,
} from './generated.js';
import { keptText } from './keptText.js';
import { pendingLoginCode } from './loginCode.js';
import { absoluteUrl, randomUuid } from './platform.js';
import { type ProviderDenied, returnedIn } from './providerLogin.js';
import { type Ended, readEnded } from './reasons.js';
import { type Request, send, withRetries } from './request.js';
import { localStore, memoryStore, type SessionState, type SessionStore } from './store.js';
import { createTabs } from './tabs.js';
import { watchEnd } from './watchEnd.js';

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

/** While a server renders a page it knows of no session. */
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

const unknown: UnknownState = { status: 'unknown' };
const notSignedIn: SessionState = { status: 'signedOut', ended: null };

export function createSession(options: SessionOptions): HufuSession {
  const url = absoluteUrl(options.url);
  const webSocketUrl = absoluteUrl(options.webSocketUrl ?? options.url);
  webSocketUrl.protocol = webSocketUrl.protocol.replace('http', 'ws');
  const { device = { kind: 'WEB' }, trustedOrigins = [] } = options;
  const origins = new Set([url, ...trustedOrigins.map(absoluteUrl)].map(({ origin }) => origin));
  const store = openStore(options.storage);
  const tabs = createTabs(store.sharedName);
  const providerLogin = keptText('sessionStorage', `hufu:providerLogin:${url.href}`);
  const loginCode = pendingLoginCode(url.href);
  const listeners = new Set<() => void>();
  let state = store.read() ?? notSignedIn;
  let isStopped = false;
  let unwatch: () => void = () => undefined;
  /** The acts of this client, one after another: the last one decides which token it holds. */
  let lastAct: Promise<unknown> = Promise.resolve();
  let signOuts = 0;

  const show = (next: SessionState) => {
    const before = tokenOf(state);
    state = next;
    if (tokenOf(next) !== before) watch();
    for (const listener of [...listeners]) {
      try {
        listener();
      } catch (error) {
        // It keeps no other from being told, and is reported as an event listener's is.
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  };
  const change = (next: SessionState) => {
    store.write(next);
    show(next);
  };
  /** Takes up what another tab has written. */
  const synchronize = () => {
    const next = store.read() ?? notSignedIn;
    if (JSON.stringify(next) !== JSON.stringify(state)) show(next);
  };
  const forget = store.onChange(synchronize);

  const watch = () => {
    unwatch();
    const token = tokenOf(state);
    unwatch =
      token === null || isStopped
        ? () => undefined
        : tabs.lead(() =>
            watchEnd(webSocketUrl.href, token, {
              ended(ended) {
                void hear(ended, token);
              },
              rejected() {
                // Without an answer the next connection asks again.
                check().catch(() => undefined);
              },
            }),
          );
  };

  /** Takes news of the session of a token. An act under way may replace that token, and then they are of no concern. */
  const hear = async (ended: Ended, token: string) => {
    // A request without its token has lost it on the way: that says nothing of the session.
    if (ended.reason === 'NO_TOKEN') return;
    await tabs.settled();
    synchronize();
    if (state.status !== 'signedIn' || state.token !== token) return;
    if (ended.sessionId != null && ended.sessionId !== state.sessionId) return;
    change({ status: 'signedOut', ended });
  };

  const ask = <Data>(request: Request) => send<Data>(globalThis.fetch, url.href, request);

  /** Runs an act when those before it are over, and takes the token of its result. */
  const act = <Result>(work: (token: string | null) => Promise<Result>): Promise<Result> => {
    const take = taking();
    const begun = lastAct.then(() =>
      tabs.act(async () => {
        synchronize();
        const sent = tokenOf(state);
        const result = await work(sent);
        take(result, sent);
        return result;
      }),
    );
    lastAct = begun.catch(() => undefined);
    return begun;
  };

  /** Takes the token of what begins now; if the person signs out before it is there, ends its session instead. */
  const taking = () => {
    const signOutsBefore = signOuts;
    return (result: unknown, sent: string | null) => {
      const opened = readOpened(result);
      if (opened === null) return;
      synchronize();
      const isWanted = signOuts === signOutsBefore && (!opened.isReplacement || stillHolds(sent));
      if (isWanted) change(opened.state);
      else endOnServer(opened.state.token).catch(() => undefined);
    };
  };

  /** False once the person has signed out in another tab, or someone else has signed in there. */
  const stillHolds = (token: string | null) =>
    state.status === 'signedIn' ? state.token === token : state.ended?.reason !== 'LOGGED_OUT';

  const endOnServer = (token: string) =>
    withRetries(() => ask<LogoutMutation>({ document: logoutDocument, token, keepalive: true }));

  const check = async () => {
    const token = tokenOf(state);
    if (token === null) return;
    const { session } = await ask<SessionStateQuery>({ document: sessionStateDocument, token });
    if (session.__typename !== 'SignedOut') return;
    // A newer server may have a reason that this client does not know.
    await hear(readEnded(session) ?? { reason: 'INVALID_TOKEN', at: null, by: null }, token);
  };

  watch();
  return {
    url: url.href,
    webSocketUrl: webSocketUrl.href,
    getSnapshot: () => state,
    getServerSnapshot: () => unknown,
    subscribe(listener) {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    register(input) {
      const variables = { input: { device, ...input, idempotencyKey: randomUuid() } };
      return act(async () => {
        const request = { document: registerDocument, variables, token: null };
        return (await withRetries(() => ask<RegisterMutation>(request))).register;
      });
    },
    login(input) {
      const variables = { input: { device, ...input, idempotencyKey: randomUuid() } };
      return act(async () => {
        const request = { document: loginDocument, variables, token: null };
        return (await withRetries(() => ask<LoginMutation>(request))).login;
      });
    },
    completeLogin: (input) =>
      act(async () => {
        const request = { document: completeLoginDocument, variables: { input }, token: null };
        return (await withRetries(() => ask<CompleteLoginMutation>(request))).completeLogin;
      }),
    async requestLoginCode(input) {
      const variables = { input: { device, ...input, idempotencyKey: randomUuid() } };
      const request = { document: requestLoginCodeDocument, variables, token: null };
      const { requestLoginCode: result } = await ask<RequestLoginCodeMutation>(request);
      if (result.__typename === 'LoginCodeRequested') loginCode.keep(result.challenge.token);
      return result;
    },
    async loginWithCode(input) {
      const challengeToken = loginCode.read();
      if (challengeToken === null) return null;
      const variables = { input: { ...input, challengeToken } };
      const result = await act(async () => {
        const request = { document: loginWithCodeDocument, variables, token: null };
        return (await withRetries(() => ask<LoginWithCodeMutation>(request))).loginWithCode;
      });
      if (overTypes.includes(result.__typename)) loginCode.forget();
      return result;
    },
    completePasskeyLogin(input) {
      const variables = { input: { device, ...input } };
      return act(async () => {
        const request = { document: completePasskeyLoginDocument, variables, token: null };
        return (await withRetries(() => ask<CompletePasskeyLoginMutation>(request))).completePasskeyLogin;
      });
    },
    async startProviderLogin(input) {
      const request = { document: startProviderLoginDocument, variables: { input }, token: null };
      const { startProviderLogin: result } = await ask<StartProviderLoginMutation>(request);
      if (result.__typename === 'ProviderLoginStarted') providerLogin.keep(result.challenge.token);
      return result;
    },
    async completeProviderLogin(search, input) {
      const returned = returnedIn(search);
      const challengeToken = providerLogin.read();
      if (returned === null || challengeToken === null) return null;
      providerLogin.forget();
      if ('error' in returned) return returned;
      const idempotencyKey = randomUuid();
      const variables = { input: { device, ...input, ...returned, challengeToken, idempotencyKey } };
      return act(async () => {
        const request = { document: completeProviderLoginDocument, variables, token: null };
        return (await withRetries(() => ask<CompleteProviderLoginMutation>(request))).completeProviderLogin;
      });
    },
    confirmIdentity: (input) =>
      act(async (token) => {
        const request = { document: confirmIdentityDocument, variables: { input }, token };
        return (await ask<ConfirmIdentityMutation>(request)).confirmIdentity;
      }),
    async logout() {
      signOuts += 1;
      synchronize();
      const token = tokenOf(state);
      if (token === null) return;
      change({ status: 'signedOut', ended: { reason: 'LOGGED_OUT', at: null, by: null } });
      const isEnded = endOnServer(token);
      // A sign-in that follows comes after it.
      lastAct = Promise.allSettled([lastAct, isEnded]);
      await isEnded;
    },
    changePassword: (input) =>
      act(async (token) => {
        const request = { document: changePasswordDocument, variables: { input }, token };
        return (await ask<ChangePasswordMutation>(request)).changePassword;
      }),
    check,
    async fetch(input, init) {
      const target = absoluteUrl(input instanceof Request ? input.url : String(input));
      if (!origins.has(target.origin)) return globalThis.fetch(input, init);
      const headers = new Headers(init?.headers ?? (input instanceof Request ? input.headers : undefined));
      // What becomes of other credentials, of the app's own, says nothing of this session.
      const isOwn = headers.has('authorization');
      const sent = isOwn ? null : tokenOf(state);
      if (sent !== null) headers.set('authorization', `Bearer ${sent}`);
      const body = init?.body ?? (input instanceof Request ? await input.clone().text() : undefined);
      const mayReplace = !isOwn && isMutation(body);
      const take = taking();
      const request = async () => {
        const response = await globalThis.fetch(input, { ...init, headers });
        const { results, ended } = await readAnswer(response);
        if (mayReplace) for (const result of results) take(result, sent);
        if (ended !== null && sent !== null) void hear(ended, sent);
        return response;
      };
      return mayReplace ? tabs.act(request) : request();
    },
    settled: () => tabs.settled(),
    stop() {
      isStopped = true;
      unwatch();
      forget();
    },
  };
}

function openStore(storage: SessionOptions['storage'] = 'memory'): SessionStore {
  if (storage === 'memory') return memoryStore();
  return storage === 'localStorage' ? localStore() : storage;
}

/** The results after which a challenge is of no use any more. */
const overTypes = ['LoginSuccess', 'SecondFactorRequired', 'ChallengeRejected'];

export function tokenOf(state: SessionState): string | null {
  return state.status === 'signedIn' ? state.token : null;
}
