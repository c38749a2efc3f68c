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
  type ChangePasswordMutation,
  type CompleteLoginMutation,
  type CompletePasskeyLoginMutation,
  type CompleteProviderLoginMutation,
  type ConfirmIdentityMutation,
  type LoginMutation,
  type LoginWithCodeMutation,
  type LogoutMutation,
  type RegisterMutation,
  type RequestLoginCodeMutation,
  type SessionStateQuery,
  type StartProviderLoginMutation,
} from './generated.js';
import { type HufuSession, type SessionOptions, type UnknownState, checkOptions } from './hufuSession.js';
import { pendingLoginCode } from './loginCode.js';
import { absoluteUrl, randomUuid, keptText } from './platform.js';
import { returnedIn } from './providerLogin.js';
import { type Ended, readEnded } from './reasons.js';
import { type Request, send, withRetries } from './request.js';
import { localStore, memoryStore, type SessionState, type SessionStore } from './store.js';
import { createTabs } from './tabs.js';
import { watchEnd } from './watchEnd.js';

const unknown: UnknownState = { status: 'unknown' };
const notSignedIn: SessionState = { status: 'signedOut', ended: null };

/** @throws TypeError for an option that does not fit */
export function createSession(options: SessionOptions): HufuSession {
  checkOptions(options);
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
  /** Counts what may open a session, in the order in which it began, and names the one whose session was taken last. */
  let attempts = 0;
  let takenAttempt = 0;
  /** Counts what asks for a mailed code, and names the request whose challenge is kept. */
  let codeRequests = 0;
  let keptCodeRequest = 0;

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
                void onEnded(ended, token);
              },
              rejected() {
                // Without an answer the next connection asks again.
                check().catch(() => undefined);
              },
            }),
          );
  };

  /** Handles the end of a token's session. An act under way may replace that session; its end then says nothing. */
  const onEnded = async (ended: Ended, token: string) => {
    // A request without its token has lost it on the way: that says nothing of the session.
    if (ended.reason === 'NO_TOKEN') return;
    await tabs.settled();
    synchronize();
    if (state.status !== 'signedIn') return;
    // A repeated sign-in gives another token of the same session: the server names the session, unless it does not know the token.
    const isOwn = ended.sessionId == null ? state.token === token : state.sessionId === ended.sessionId;
    if (!isOwn) return;
    change({ status: 'signedOut', ended });
  };

  const ask = <Data>(request: Request) => send<Data>(globalThis.fetch, url.href, request);

  /** Runs an act when those before it are over, and takes the token of its answer. */
  const act = <Data extends object>(work: (token: string | null) => Promise<Data>): Promise<Data> => {
    const take = taking();
    const begun = lastAct.then(() =>
      tabs.act(async () => {
        synchronize();
        const sent = state;
        const data = await work(tokenOf(sent));
        for (const result of Object.values(data)) take(result, sent);
        return data;
      }),
    );
    lastAct = begun.catch(() => undefined);
    return begun;
  };

  /** Signs in by a mutation that may be repeated. */
  const signIn = <Data extends object>(document: string, input: object) =>
    act(() => withRetries(() => ask<Data>({ document, variables: { input }, token: null })));
  /** Proves who the user is by a mutation that replaces the token. */
  const prove = <Data extends object>(document: string, input: object) =>
    act((token) => ask<Data>({ document, variables: { input }, token }));

  /**
   * Takes the token of what begins now. Ends its session instead if the person signs out before it is there, or if what began
   * later has signed in: the newest sign-in wins, whichever answer is the last. A repeated attempt gives another token of the
   * same session, so sessions are compared and not tokens.
   */
  const taking = () => {
    const signOutsBefore = signOuts;
    const attempt = (attempts += 1);
    return (result: unknown, sent: SessionState) => {
      const opened = readOpened(result);
      if (opened === null) return;
      synchronize();
      const isNewest = opened.isReplacement ? stillHolds(sent) : attempt > takenAttempt;
      if (signOuts === signOutsBefore && isNewest) {
        takenAttempt = Math.max(takenAttempt, attempt);
        change(opened.state);
      } else if (sessionOf(state) !== opened.state.sessionId)
        endOnServer(opened.state.token).catch(() => undefined);
    };
  };

  /** False once the person has signed out in another tab, or someone else has signed in there. */
  const stillHolds = (sent: SessionState) =>
    state.status === 'signedIn' ? state.sessionId === sessionOf(sent) : state.ended?.reason !== 'LOGGED_OUT';

  const endOnServer = (token: string) =>
    withRetries(() => ask<LogoutMutation>({ document: logoutDocument, token, keepalive: true }));

  const check = async () => {
    const token = tokenOf(state);
    if (token === null) return;
    const { session } = await ask<SessionStateQuery>({ document: sessionStateDocument, token });
    if (session.__typename !== 'SignedOut') return;
    // A newer server may have a reason that this client does not know.
    await onEnded(readEnded(session) ?? { reason: 'INVALID_TOKEN', at: null, by: null }, token);
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
      const { requestLoginCode: result } = await ask<RequestLoginCodeMutation>(request);
      // The person waits for the newest mail, whichever answer is the last.
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
      if (overTypes.includes(result.__typename) && loginCode.read() === challengeToken) loginCode.forget();
      return result;
    },
    async completePasskeyLogin(input) {
      const attempt = { device, ...input };
      return (await signIn<CompletePasskeyLoginMutation>(completePasskeyLoginDocument, attempt))
        .completePasskeyLogin;
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
      const attempt = { device, ...input, ...returned, challengeToken, idempotencyKey: randomUuid() };
      return (await signIn<CompleteProviderLoginMutation>(completeProviderLoginDocument, attempt))
        .completeProviderLogin;
    },
    confirmIdentity: async (input) =>
      (await prove<ConfirmIdentityMutation>(confirmIdentityDocument, input)).confirmIdentity,
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
    changePassword: async (input) =>
      (await prove<ChangePasswordMutation>(changePasswordDocument, input)).changePassword,
    check,
    async fetch(input, init) {
      const target = absoluteUrl(input instanceof Request ? input.url : String(input));
      if (!origins.has(target.origin)) return globalThis.fetch(input, init);
      const headers = new Headers(init?.headers ?? (input instanceof Request ? input.headers : undefined));
      // What becomes of other credentials, of the app's own, says nothing of this session.
      const isOwn = headers.has('authorization');
      const sent = isOwn ? notSignedIn : state;
      const token = tokenOf(sent);
      if (token !== null) headers.set('authorization', `Bearer ${token}`);
      const body = init?.body ?? (input instanceof Request ? await input.clone().text() : undefined);
      const mayReplace = !isOwn && isMutation(body);
      const take = taking();
      const request = async () => {
        const response = await globalThis.fetch(input, { ...init, headers });
        const { results, ended } = await readAnswer(response);
        if (mayReplace) for (const result of results) take(result, sent);
        if (ended !== null && token !== null) void onEnded(ended, token);
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

function sessionOf(state: SessionState): string | null {
  return state.status === 'signedIn' ? state.sessionId : null;
}
