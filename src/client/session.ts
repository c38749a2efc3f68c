// The session of one device: keeps the token, gives it to requests, and learns at once why the session has ended.

import { createActs } from './acts.js';
import { isMutation, readAnswer } from './answers.js';
import { sessionStateDocument } from './documents.js';
import { type SessionStateQuery } from './generated.js';
import { type HufuSession, type SessionOptions, type UnknownState, checkOptions } from './hufuSession.js';
import { createLocalState } from './localState.js';
import { createMutations } from './mutations.js';
import { absoluteUrl } from './platform.js';
import { type Ended, readEnded } from './reasons.js';
import { sendTo } from './request.js';
import { localStore, memoryStore, notSignedIn, type SessionStore, tokenOf } from './store.js';
import { createTabs } from './tabs.js';
import { watchEnd } from './watchEnd.js';

const unknown: UnknownState = { status: 'unknown' };

/**
 * Makes the session of a device, and begins to watch the one that the store holds.
 *
 * @throws TypeError for an option that does not fit
 */
export function createSession(options: SessionOptions): HufuSession {
  checkOptions(options);
  const url = absoluteUrl(options.url);
  const webSocketUrl = absoluteUrl(options.webSocketUrl ?? options.url);
  webSocketUrl.protocol = webSocketUrl.protocol.replace('http', 'ws');
  const { device = { kind: 'WEB' }, trustedOrigins = [], typePrefix = '' } = options;
  const origins = new Set([url, ...trustedOrigins.map(absoluteUrl)].map(({ origin }) => origin));
  const store = openStore(options.storage);
  const tabs = createTabs(store.sharedName);
  const local = createLocalState(store);
  const send = sendTo(url.href, typePrefix);
  const acts = createActs(local, tabs, send);

  /** Handles the end of a token's session. An act under way may replace that session; its end then says nothing. */
  const onEnded = async (ended: Ended, token: string) => {
    // The token of this request was lost on the way: that says nothing of the session.
    if (ended.reason === 'NO_TOKEN') return;
    await tabs.settled();
    local.synchronize();
    const state = local.current();
    if (state.status !== 'signedIn') return;
    // A repeated sign-in gives another token of the same session. The server names the session where it knows the token.
    const isOwn = ended.sessionId == null ? state.token === token : state.sessionId === ended.sessionId;
    if (isOwn) local.change({ status: 'signedOut', ended });
  };

  const check = async () => {
    const token = tokenOf(local.current());
    if (token === null) return;
    const { session } = await send<SessionStateQuery>({ document: sessionStateDocument, token });
    if (session.__typename !== 'SignedOut') return;
    // A newer server may have a reason that this client does not know.
    await onEnded(readEnded(session) ?? { reason: 'INVALID_TOKEN', at: null, by: null }, token);
  };

  let watched: string | null = null;
  let unwatch: () => void = () => undefined;
  /** Watches the session whose token the device holds now, in one tab for all. */
  const watch = () => {
    const token = tokenOf(local.current());
    if (token === watched) return;
    watched = token;
    unwatch();
    unwatch =
      token === null
        ? () => undefined
        : tabs.lead(() =>
            watchEnd({ url: webSocketUrl.href, typePrefix }, token, {
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
  const unsubscribe = local.subscribe(watch);
  watch();

  const fetch: HufuSession['fetch'] = async (input, init) => {
    const target = absoluteUrl(input instanceof Request ? input.url : String(input));
    if (!origins.has(target.origin)) return globalThis.fetch(input, init);
    const headers = new Headers(init?.headers ?? (input instanceof Request ? input.headers : undefined));
    // The answer to credentials of the app's own says nothing of this session.
    const isOwn = headers.has('authorization');
    const sent = isOwn ? notSignedIn : local.current();
    const token = tokenOf(sent);
    if (token !== null) headers.set('authorization', `Bearer ${token}`);
    const body = init?.body ?? (input instanceof Request ? await input.clone().text() : undefined);
    const mayOpen = !isOwn && isMutation(body);
    const keep = acts.begin();
    const request = async () => {
      const response = await globalThis.fetch(input, { ...init, headers });
      const { results, ended } = await readAnswer(response);
      if (mayOpen) for (const result of results) keep(result, sent);
      if (ended !== null && token !== null) void onEnded(ended, token);
      return response;
    };
    return mayOpen ? tabs.act(request) : request();
  };

  return {
    url: url.href,
    webSocketUrl: webSocketUrl.href,
    getSnapshot: local.current,
    getServerSnapshot: () => unknown,
    subscribe: local.subscribe,
    ...createMutations(url.href, device, acts, send),
    logout: acts.logout,
    check,
    fetch,
    settled: tabs.settled,
    stop() {
      unsubscribe();
      unwatch();
      local.stop();
    },
  };
}

function openStore(storage: SessionOptions['storage'] = 'memory'): SessionStore {
  if (storage === 'memory') return memoryStore();
  return storage === 'localStorage' ? localStore() : storage;
}
