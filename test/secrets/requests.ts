// The requests to the node: every operation with valid and with malformed input, over HTTP, WebSockets and link pages.

import { sessionEndedOperation, openSocket } from '../support/socket.js';
import { everyOperation, wrongDocuments, wrongInputs } from './everyOperation.js';
import { type Recorder } from './recorder.js';
import { canary, plainSecret, secret } from './canary.js';

/** An account with its password and token. */
export interface Owner {
  readonly email: string;
  readonly password: string;
  readonly token: string;
}

/** Returns an input for every operation by name, with the owner's own values, so that each gets far. */
export function inputsFor({
  email,
  password,
  token,
}: Owner): Readonly<Record<string, Record<string, unknown>>> {
  const wrong = secret('wrong');
  const device = { kind: 'WEB', name: 'A browser' };
  const newPassword = secret('new');
  return {
    register: { email, password, device },
    login: { email, password: wrong, device },
    completeRegistration: { challengeToken: token, code: secret('code') },
    requestLoginCode: { email, device },
    loginWithCode: { challengeToken: token, code: secret('code') },
    endSession: { id: '3b241101-e2bb-4255-8caf-4136c566a962' },
    confirmIdentity: { password: wrong },
    setPassword: { newPassword },
    changePassword: { currentPassword: wrong, newPassword },
    requestEmailVerification: { email },
    verifyEmail: { token },
    requestPasswordReset: { email },
    resetPassword: { token, newPassword },
    requestEmailChange: { newEmail: `other.${email}` },
    confirmEmailChange: { token },
    completePasskeyRegistration: {
      challengeToken: token,
      response: credential('webauthn.create'),
      name: 'A phone',
    },
    renamePasskey: { id: '3b241101-e2bb-4255-8caf-4136c566a962', name: 'A phone' },
    completePasskeyLogin: { challengeToken: token, response: credential('webauthn.get'), device },
  };
}

/** Makes the response of a browser to an unknown challenge. */
function credential(type: string): Readonly<Record<string, unknown>> {
  const encode = (text: string) => Buffer.from(text).toString('base64url');
  const clientData = { type, challenge: secret('challenge'), origin: 'https://app.example.com' };
  const response = {
    clientDataJSON: encode(JSON.stringify(clientData)),
    attestationObject: encode(secret('attestation')),
    authenticatorData: encode(secret('authenticator')),
    signature: encode(secret('signature')),
  };
  return { id: encode('no passkey'), rawId: encode('no passkey'), type: 'public-key', response };
}

/** Sends every operation once, with valid input. */
export async function sendValid(recorder: Recorder, owner: Owner): Promise<void> {
  const inputs = inputsFor(owner);
  for (const { name, query } of everyOperation)
    await recorder.ask(name, { query, variables: { input: inputs[name] } }, { token: owner.token });
}

/** Sends every operation with every kind of malformed input or document. */
export async function sendMalformed(recorder: Recorder, owner: Owner): Promise<void> {
  const inputs = inputsFor(owner);
  const preflight = { 'apollo-require-preflight': '1' };
  const acts = everyOperation.flatMap((operation) => {
    const { name, query, kind } = operation;
    const documents = wrongDocuments(operation, secret('literal'));
    // All requests share one token, and these two operations would end its session.
    const options = { token: name === 'logout' || name === 'deleteAccount' ? forged : owner.token };
    return [
      ...wrongInputs(operation, inputs[name] ?? {}, secret('input')).map(
        (input) => () => recorder.ask(`${name} with an input`, { query, variables: { input } }, options),
      ),
      ...documents.map((text) => () => recorder.ask(`${name}: ${text}`, { query: text }, options)),
      ...(kind === 'query' || name === 'login' ? documents : documents.slice(-3)).flatMap((text) =>
        [preflight, {}].map(
          (headers) => () =>
            recorder.ask(`GET ${name}: ${text}`, { query: text }, { ...options, headers, method: 'GET' }),
        ),
      ),
    ];
  });
  await atOnce(8, acts);
}

/** Sends malformed HTTP requests, with secrets in every part. */
export async function sendMalformedHttp(recorder: Recorder, { token }: Owner): Promise<void> {
  const json = { 'content-type': 'application/json' };
  const me = JSON.stringify({ query: '{ me { id } }' });
  const post = (body: string, headers: Record<string, string> = json) => ({ method: 'POST', body, headers });
  const basic = Buffer.from(`user:${secret('basic')}`).toString('base64');
  const named = plainSecret('named');
  for (const authorization of [
    `Bearer ${plainSecret('bearer')}`,
    `Bearer ${forged}`,
    `Bearer ${token}x`,
    `Bearer ${token.slice(0, -5)}`,
    `Bearer ${token} ${token}`,
    `bearer`,
    `Basic ${basic}`,
    `${named} ${token}`,
  ])
    await recorder.send(`authorization ${authorization}`, '/graphql', post(me, { ...json, authorization }));
  for (const init of [
    post(me, { ...json, cookie: `session=${token}; password=${named}` }),
    post(me, { ...json, 'x-token': token, referer: `https://example.com/?token=${token}` }),
    post(me, { 'content-type': `text/${named}`, authorization: `Bearer ${token}` }),
    post(`{"query": "${secret('cut')}`),
    post(`[${JSON.stringify({ query: secret('batch') })}]`),
    post(JSON.stringify(secret('text'))),
    post(JSON.stringify({ query: secret('long').repeat(8_000) })),
    post(JSON.stringify({ query: '{ me { id } }', operationName: secret('operation') })),
    post(JSON.stringify({ query: '{ me { id } }', variables: secret('variables') })),
    post(JSON.stringify({ query: '{ me { id } }', extensions: { persistedQuery: secret('hash') } })),
    post(JSON.stringify({ extensions: { persistedQuery: { version: 1, sha256Hash: named } } })),
    post(JSON.stringify({ documentId: token })),
    { method: 'PUT', body: secret('put') },
    { method: 'DELETE' },
  ])
    await recorder.send('odd', `/graphql?token=${token}&password=${named}`, init);
  for (const path of [
    `/${named}`,
    `/reset/${token}`,
    `/link/${named}?token=${token}`,
    `/healthz?token=${token}`,
  ])
    for (const method of ['GET', 'POST', 'OPTIONS']) await recorder.send(path, path, { method });
}

/** Opens WebSockets that send secrets in valid and malformed messages. */
export async function useSockets(recorder: Recorder, url: string, { token }: Owner): Promise<void> {
  const begin = (payload: unknown) => ({ type: 'connection_init', payload });
  const good = begin({ authorization: `Bearer ${token}` });
  const ask = (query: unknown, variables?: unknown) => ({
    type: 'subscribe',
    id: plainSecret('id').replace(canary, ''),
    payload: { query, variables },
  });
  const word = `a${canary}`;
  const conversations: readonly (readonly unknown[])[] = [
    [begin({ authorization: `Bearer ${token}x` })],
    [begin({ authorization: `Bearer ${forged}` })],
    [begin({ authorization: secret('params') })],
    [begin({ authorization: [token], password: secret('params') })],
    [begin({ password: secret('params') }), ask(sessionEndedOperation)],
    [begin(secret('params'))],
    [begin({ authorization: `Bearer ${token}`, Authorization: `Bearer ${token}` })],
    [good, good],
    [good, secret('frame')],
    [good, { type: secret('type') }],
    [good, { type: 'next', id: '1', payload: { token } }],
    [good, ask(`subscription { ${word} }`)],
    [good, ask(`subscription { sessionEnded(token: ${JSON.stringify(token)}) { at } }`)],
    [good, ask(`subscription { sessionEnded { at } } "${secret('rest')}`)],
    [
      good,
      ask(`mutation { login(input: { password: ${JSON.stringify(secret('literal'))} }) { __typename } }`),
    ],
    [
      good,
      ask('subscription ($a: Boolean!) { sessionEnded { at @skip(if: $a) } }', { a: secret('variable') }),
    ],
    [good, ask({ password: secret('document') })],
    [good, ask(sessionEndedOperation, secret('variables'))],
    [{ type: 'subscribe', id: '1', payload: { query: secret('early') } }],
  ];
  await Promise.all(
    conversations.map(async (messages) => {
      const socket = await openSocket(url);
      for (const message of messages)
        socket.raw.send(typeof message === 'string' ? message : JSON.stringify(message));
      const closing = await socket.closed(400).catch(() => null);
      socket.raw.terminate();
      recorder.responses.push({
        asked: `socket: ${JSON.stringify(messages)}`,
        text: JSON.stringify([socket.messages, closing]),
      });
    }),
  );
}

/** Opens and submits the link pages of every operation with the tokens and with forged ones. */
export async function useLinks(recorder: Recorder, tokens: readonly string[]): Promise<void> {
  for (const operation of ['verifyEmail', 'resetPassword', 'confirmEmailChange'])
    for (const token of [...tokens, plainSecret('link'), forged]) {
      await recorder.link(operation, token);
      await recorder.link(operation, token, { password: 'short' });
      await recorder.link(operation, token, { password: `${secret('form')}\0`, [canary]: canary });
    }
}

/** A token of the right form that no node signed. */
const forged = ['{"alg":"HS256","typ":"at+jwt"}', `{"sid":"${canary}"}`, canary]
  .map((part) => Buffer.from(part).toString('base64url'))
  .join('.');

async function atOnce(count: number, acts: readonly (() => Promise<unknown>)[]): Promise<void> {
  const rest = acts.values();
  const work = async () => {
    for (const act of rest) await act();
  };
  await Promise.all(Array.from({ length: count }, work));
}
