// Sign-ins at a provider with `hufu/client`: one page starts the sign-in, and the page that the user returns to completes it.

import { randomUUID } from 'node:crypto';

import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';

import { goToProvider, returnFromProvider } from '../../examples/client/providerSession.js';
import { createSession, type HufuSession } from '../../src/client/index.js';
import { browserStorage, deniedStorage } from '../support/browserStorage.js';
import { enrol } from '../support/factors.js';
import { gql } from '../support/gql.js';
import { loseFirstAnswer } from '../support/loseFirstAnswer.js';
import { historyOperation, register } from '../support/operations.js';
import { clientSecret, type OidcProvider, startOidcProvider } from '../support/oidcProvider.js';
import { providerEnv, redirectUri } from '../support/providers.js';
import { rowsOf } from '../support/rows.js';
import { type RunningNode, startNode } from '../support/startNode.js';

describe('a sign-in at a provider', () => {
  let node: RunningNode;
  let acme: OidcProvider;
  let tab: ReturnType<typeof browserStorage>;
  const sessions: HufuSession[] = [];

  beforeAll(async () => {
    acme = await startOidcProvider({ clientId: 'hufu', redirectUris: [redirectUri] });
    node = await startNode({
      env: {
        PROVIDERS: 'acme',
        PROVIDERS_VERIFYING_EMAIL: 'acme',
        PROVIDER_REDIRECT_URIS: redirectUri,
        ...providerEnv('acme', acme.issuer, { clientSecret }),
      },
    });
  });

  beforeEach(() => {
    tab = browserStorage();
    vi.stubGlobal('sessionStorage', tab);
  });

  afterEach(() => {
    for (const session of sessions.splice(0)) session.stop();
    vi.unstubAllGlobals();
  });

  /** Opens a page in the tab: it knows only what the tab has stored. */
  const openPage = () => {
    const session = createSession({ url: `${node.url}/graphql`, device: { kind: 'WEB', name: 'Firefox' } });
    sessions.push(session);
    return session;
  };
  /** Goes from a page to the provider, and gives the query with which the user returns. */
  const visit = async (session: HufuSession, person: string = randomUUID()) =>
    (await acme.signIn(await goToProvider(session, 'acme', redirectUri), person)).search;
  const heldBy = (session: HufuSession) => {
    const state = session.getSnapshot();
    if (state.status !== 'signedIn') throw new Error(state.status);
    return state;
  };

  test('is completed once, by the page that the user returns to', async () => {
    const search = await visit(openPage());
    expect(tab.entries.size).toBe(1);

    const session = openPage();
    const [first, second] = await Promise.all([
      session.completeProviderLogin(search),
      session.completeProviderLogin(search),
    ]);

    expect(first).toMatchObject({ __typename: 'RegisterSuccess', user: { id: heldBy(session).userId } });
    expect(second).toBeNull();
    expect(tab.entries.size).toBe(0);
    const { data } = await gql(node.url, { query: historyOperation, token: heldBy(session).token });
    expect(data?.me.history.edges[0]?.node.device).toEqual({ kind: 'WEB', name: 'Firefox' });
  });

  test('is not completed by a page with another query, nor in another tab', async () => {
    const search = await visit(openPage());
    for (const other of ['', '?code=SUMMER', '?state=open'])
      expect(await openPage().completeProviderLogin(other)).toBeNull();
    vi.stubGlobal('sessionStorage', browserStorage());
    expect(await openPage().completeProviderLogin(search)).toBeNull();

    vi.stubGlobal('sessionStorage', tab);
    const session = openPage();
    expect(await returnFromProvider(session, search)).toBeNull();
    expect(session.getSnapshot().status).toBe('signedIn');
  });

  test.each([
    ['that has no storage', undefined],
    ['that denies its storage', deniedStorage],
  ])('is completed by the page that started it, in a browser %s', async (_name, storage) => {
    vi.stubGlobal('sessionStorage', storage);
    const session = openPage();
    const search = await visit(session);

    expect(await session.completeProviderLogin(search)).toMatchObject({ __typename: 'RegisterSuccess' });
    expect(await session.completeProviderLogin(search)).toBeNull();
  });

  test('is over when the user cancels it', async () => {
    const session = openPage();
    const search = await visit(session);

    const cancelled = await session.completeProviderLogin('?error=access_denied&state=any');

    expect(cancelled).toMatchObject({ __typename: 'ProviderDenied', error: 'access_denied' });
    expect(await session.completeProviderLogin(search)).toBeNull();
    expect(session.getSnapshot()).toEqual({ status: 'signedOut', ended: null });
  });

  test('says that the e-mail already has an account, and how its owner signs in', async () => {
    const person = randomUUID();
    const { user } = await register(node.url, { email: `${person}@example.com` });
    await rowsOf(node.database, `update hufu.users set email_verified_at = now() where id = '${user.id}'`);
    const session = openPage();

    expect(await returnFromProvider(session, await visit(session, person))).toMatch(/It has: PASSWORD\.$/);
    expect(session.getSnapshot().status).toBe('signedOut');
  });

  test('continues with the second factor', async () => {
    const person = randomUUID();
    const first = openPage();
    await first.completeProviderLogin(await visit(first, person));
    const realTime = { now: () => new Date(), turn: () => undefined };
    const { recoveryCodes } = await enrol(node.url, heldBy(first).token, realTime);

    const session = openPage();
    const half = await session.completeProviderLogin(await visit(session, person));
    if (half?.__typename !== 'SecondFactorRequired') throw new Error(half?.__typename);
    expect(session.getSnapshot().status).toBe('signedOut');
    await session.completeLogin({
      challengeToken: half.challenge.token,
      recoveryCode: recoveryCodes[0],
    });

    expect(heldBy(session).userId).toBe(heldBy(first).userId);
  });

  test('is repeated when its answer is lost, and opens one session only', async () => {
    const session = openPage();
    const search = await visit(session);
    const sent = loseFirstAnswer();

    await session.completeProviderLogin(search);

    vi.unstubAllGlobals();
    expect(sent()).toBe(2);
    const { token, sessionId } = heldBy(session);
    const { data } = await gql(node.url, { query: historyOperation, token });
    expect(data?.me.history.edges.map((edge) => edge.node.id)).toEqual([sessionId]);
  });

  test('fails for a provider that the server does not have, and stores nothing', async () => {
    const started = openPage().startProviderLogin({ provider: 'none', redirectUri });

    await expect(started).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
    expect(tab.entries.size).toBe(0);
  });
});
