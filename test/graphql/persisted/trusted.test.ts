// Persisted queries, and a node that executes only the documents of a list.

import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { OperatorError } from '../../../src/common/errors.js';
import { readTrustedDocuments } from '../../../src/graphql/persisted/trustedDocuments.js';
import { temporaryFolder } from '../../support/temporaryFolder.js';
import { loginOperation, meOperation, register, registerOperation } from '../../support/operations.js';
import { connect } from '../../support/socket.js';
import { startNode } from '../../support/startNode.js';

const folder = temporaryFolder();

function listed(name: string, content: unknown): string {
  const path = join(folder, name);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const session = 'query Session { session { __typename } }';
/** The client preset names documents by their SHA-1 by default. */
const sha1 = createHash('sha1').update(session).digest('hex');
const ended = 'subscription Ended { sessionEnded { reason } }';
const path = listed('documents.json', {
  [sha256(ended)]: ended,
  [sha1]: session,
  [sha256(loginOperation)]: loginOperation,
  [sha256(registerOperation)]: registerOperation,
  stale: '{ gone }',
});

const anything = await startNode();
const trusted = await startNode({ env: { TRUSTED_DOCUMENTS: path } });

async function post(url: string, body: object, accept = 'application/json') {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

async function get(url: string, parameters: Record<string, string>) {
  const response = await fetch(`${url}/graphql?${new URLSearchParams(parameters).toString()}`, {
    headers: { 'apollo-require-preflight': '1' },
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

const signedOut = { data: { session: { __typename: 'SignedOut' } } };
const persisted = (sha256Hash: string) => ({ persistedQuery: { version: 1, sha256Hash } });
const codes = (body: Record<string, unknown>) =>
  (body['errors'] as { extensions: { code: string } }[]).map(({ extensions }) => extensions.code);

test('DOCUMENTS-01 a node MUST execute a registered document by its hash alone', async () => {
  const hash = sha256(session);
  const unknown = await post(anything.url, { extensions: persisted(hash) });
  expect(codes(unknown.body)).toEqual(['PERSISTED_QUERY_NOT_FOUND']);
  expect((await post(anything.url, { query: session, extensions: persisted(hash) })).body).toEqual(signedOut);
  expect((await post(anything.url, { extensions: persisted(hash) })).body).toEqual(signedOut);
  const wrong = await post(anything.url, { query: meOperation, extensions: persisted(hash) });
  expect(wrong.body['data']).toBeUndefined();
});

test('DOCUMENTS-02 a node with a list MUST execute a listed document by hash, by documentId, or by its exact text', async () => {
  for (const body of [
    { documentId: sha1 },
    { documentId: `sha1:${sha1}` },
    { extensions: persisted(sha1) },
    { query: session },
    { query: session, extensions: persisted(sha256(session)) },
  ]) {
    expect((await post(trusted.url, body)).body, JSON.stringify(body)).toEqual(signedOut);
  }
  expect((await get(trusted.url, { documentId: sha1 })).body).toEqual(signedOut);
  expect((await get(trusted.url, { extensions: JSON.stringify(persisted(sha1)) })).body).toEqual(signedOut);
  const { body } = await post(trusted.url, {
    documentId: sha256(loginOperation),
    operationName: 'Login',
    variables: { input: { email: 'nobody@example.com', password: 'correct horse' } },
  });
  expect(body).toMatchObject({ data: { login: { __typename: 'InvalidCredentials' } } });
});

test('DOCUMENTS-03 a node with a list MUST NOT execute or register any other document', async () => {
  const other = `${session} `;
  for (const body of [
    { query: other },
    { query: meOperation, extensions: persisted(sha256(meOperation)) },
    { query: other, documentId: sha1 },
    { query: other, extensions: persisted(sha1) },
    { extensions: persisted(sha256(meOperation)) },
    { documentId: 'constructor' },
    { documentId: 5 },
  ]) {
    const answer = await post(trusted.url, body);
    expect(answer.body['data'], JSON.stringify(body)).toBeUndefined();
    expect(codes(answer.body)).toEqual(['PERSISTED_QUERY_NOT_FOUND']);
  }
  expect(codes((await get(trusted.url, { query: other })).body)).toEqual(['PERSISTED_QUERY_NOT_FOUND']);
  expect((await post(trusted.url, { extensions: persisted(sha256(other)) })).body['data']).toBeUndefined();
});

test('DOCUMENTS-04 a node with a list MUST answer 400 to a request without a document or with one that is no string', async () => {
  for (const body of [{ variables: {} }, { query: 5 }, { query: '' }, { query: { kind: 'Document' } }]) {
    const answer = await post(trusted.url, body);
    expect(answer.status, JSON.stringify(body)).toBe(400);
    expect(codes(answer.body)).toEqual(['BAD_REQUEST']);
  }
});

test('DOCUMENTS-05 a node MUST NOT start with an unreadable list, and MUST name the reason', async () => {
  const broken = join(folder, 'utf16.json');
  writeFileSync(broken, Buffer.from('\uFEFF{}', 'utf16le'));
  for (const [bad, why] of [
    [join(folder, 'missing.json'), 'does not exist'],
    [folder, 'cannot be read (EISDIR)'],
    [broken, 'is not UTF-8'],
    [listed('a.json', '{'), 'is not'],
    [listed('b.json', []), 'is not a list of documents'],
    [listed('c.json', { a: 1 }), 'is not a list of documents'],
  ] as const) {
    expect(() => readTrustedDocuments(bad)).toThrow(OperatorError);
    expect(() => readTrustedDocuments(bad)).toThrow(`TRUSTED_DOCUMENTS: the file ${bad} ${why}`);
  }
  await expect(startNode({ env: { TRUSTED_DOCUMENTS: folder } })).rejects.toThrow('TRUSTED_DOCUMENTS: ');
});

test('DOCUMENTS-06 a websocket of a node with a list MUST execute a listed document by text or hash, and no other', async () => {
  const { token } = await register(trusted.url);
  const hashed = (hash: string) => ({ query: '', extensions: persisted(hash) });
  for (const [payload, isRun] of [
    [{ query: ended }, true],
    [hashed(sha256(ended)), true],
    [{ query: `${ended} ` }, false],
    [{ query: 'subscription { sessionEnded { at } }' }, false],
    [{ query: 'subscription { sessionEnded { at } }', extensions: persisted(sha256(ended)) }, false],
    [hashed(sha256(meOperation)), false],
  ] as const) {
    const socket = await connect(trusted.url, token);
    socket.send({ type: 'subscribe', id: '1', payload });
    socket.send({ type: 'ping' });
    await socket.message('pong');
    const refusals = socket.messages.filter(({ type }) => type === 'error').map((message) => message.payload);
    expect(refusals, JSON.stringify(payload)).toMatchObject(
      isRun ? [] : [[{ extensions: { code: 'PERSISTED_QUERY_NOT_FOUND' } }]],
    );
    socket.close();
  }
});

test('DOCUMENTS-07 a node MUST refuse a document with two credentials also by its hash and from the list', async () => {
  const login = 'login(input: { email: "a@example.com", password: "x" }) { __typename }';
  const twice = `mutation { a: ${login} b: ${login} }`;
  const node = await startNode({
    env: { TRUSTED_DOCUMENTS: listed('twice.json', { [sha256(twice)]: twice }) },
  });
  for (const [url, body] of [
    [anything.url, { query: twice, extensions: persisted(sha256(twice)) }],
    [node.url, { documentId: sha256(twice) }],
  ] as const) {
    const answer = await post(url, body);
    expect(answer.body['data']).toBeUndefined();
    expect(codes(answer.body)).toEqual(['GRAPHQL_VALIDATION_FAILED']);
    expect(JSON.stringify(answer.body)).toContain('login takes a credential');
  }
  const again = await post(anything.url, { extensions: persisted(sha256(twice)) });
  expect(again.body['data']).toBeUndefined();
});
