// Passkeys in a real browser with its virtual authenticator: the options and the accepted responses are those of browsers.

import { type CDPSession, type Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';

import { example } from '../examples/files.js';
import { openBrowser } from '../support/browser.js';
import { findChromium, needsChromium } from '../support/chromium.js';
import { register } from '../support/operations.js';
import { startNode } from '../support/startNode.js';

interface Result {
  readonly __typename: string;
  readonly reason?: string;
  readonly token?: string;
  readonly session?: { readonly methods: readonly string[] };
  readonly user?: { readonly email: string };
  /** The name of the browser's error. */
  readonly refusal?: string;
}

// The scripts of a front end, as text, since the tests have no DOM types. Each returns the mutation's result.

const send = `async (query, variables, token) => {
  const headers = { 'content-type': 'application/json', ...(token ? { authorization: 'Bearer ' + token } : {}) };
  const response = await fetch('/graphql', { method: 'POST', headers, body: JSON.stringify({ query, variables }) });
  const { data, errors } = await response.json();
  if (data == null) throw new Error(JSON.stringify(errors));
  return Object.values(data)[0];
}`;

/** The operations as the docs have them. */
const operation = (name: string) => JSON.stringify(example(`passkeys/${name}.graphql`));

const addPasskey = (token: string) => `(async () => {
  const send = ${send};
  const token = ${JSON.stringify(token)};
  const started = await send(${operation('startPasskeyRegistration')}, {}, token);
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(started.options);
  let credential;
  try {
    credential = await navigator.credentials.create({ publicKey });
  } catch (error) {
    return { refusal: error.name };
  }
  const input = { challengeToken: started.challenge.token, response: credential.toJSON(), name: 'Chromium' };
  return send(${operation('completePasskeyRegistration')}, { input }, token);
})()`;

const signIn = `(async () => {
  const send = ${send};
  const started = await send(${operation('startPasskeyLogin')});
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(started.options);
  let credential;
  try {
    credential = await navigator.credentials.get({ publicKey });
  } catch (error) {
    return { refusal: error.name };
  }
  const input = { challengeToken: started.challenge.token, response: credential.toJSON() };
  return send(${operation('completePasskeyLogin')}, { input });
})()`;

describe('passkeys in Chromium', async () => {
  if (findChromium() === null) {
    it.skip(needsChromium);
    return;
  }
  const { url } = await startNode({ env: { NODE_ENV: 'development', SESSION_LIMIT: '0' } });
  const { port } = new URL(url);
  const browser = await openBrowser({ javaScriptEnabled: true });

  /** Opens a page with an authenticator of its own. */
  async function open(host: string) {
    const page = await browser.newPage();
    await page.goto(`http://${host}:${port}/graphql`);
    const client = await browser.newCDPSession(page);
    await client.send('WebAuthn.enable');
    const { authenticatorId } = await client.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        protocol: 'ctap2',
        transport: 'internal',
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
        automaticPresenceSimulation: true,
      },
    });
    return { page, client, authenticatorId };
  }

  const run = (page: Page, script: string) => page.evaluate<Result>(script);
  const countersOf = async (client: CDPSession, authenticatorId: string) =>
    (await client.send('WebAuthn.getCredentials', { authenticatorId })).credentials.map(
      ({ signCount }) => signCount,
    );

  it('a browser creates a passkey once, and signs in with it repeatedly without an e-mail', async () => {
    const { user, token } = await register(url);
    const { page, client, authenticatorId } = await open('localhost');

    expect(await run(page, addPasskey(token))).toMatchObject({
      __typename: 'PasskeyAdded',
      passkey: { name: 'Chromium' },
    });
    // The options exclude existing passkeys, so an authenticator creates no second one for the account.
    expect(await run(page, addPasskey(token))).toEqual({ refusal: 'InvalidStateError' });

    const success = {
      __typename: 'LoginSuccess',
      user: { email: user.email },
      session: { methods: ['PASSKEY'] },
    };
    expect(await run(page, signIn)).toMatchObject(success);
    const [before = 0] = await countersOf(client, authenticatorId);
    expect(await run(page, signIn)).toMatchObject(success);
    expect((await countersOf(client, authenticatorId))[0]).toBeGreaterThan(before);
  });

  it('the server refuses a copied passkey by its lower counter', async () => {
    const { token } = await register(url);
    const { page, client, authenticatorId } = await open('localhost');
    await run(page, addPasskey(token));
    await run(page, signIn);
    const copy = (await client.send('WebAuthn.getCredentials', { authenticatorId })).credentials[0];
    if (copy === undefined) throw new Error('no passkey');
    await run(page, signIn);

    await client.send('WebAuthn.clearCredentials', { authenticatorId });
    await client.send('WebAuthn.addCredential', { authenticatorId, credential: copy });

    expect(await run(page, signIn)).toMatchObject({ __typename: 'PasskeyRejected', reason: 'COPIED' });
  });

  it('a browser creates no passkey for an unverified user or on a page of an IP', async () => {
    const { token } = await register(url);
    const { page, client, authenticatorId } = await open('localhost');
    await client.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: false });
    expect(await run(page, addPasskey(token))).toEqual({ refusal: 'NotAllowedError' });

    const elsewhere = await open('127.0.0.1');
    expect(await run(elsewhere.page, addPasskey(token))).toEqual({ refusal: 'SecurityError' });
  });
});
