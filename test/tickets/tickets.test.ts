// Tickets over a real port: clients mint them, services exchange session tokens for them, and other libraries verify them.

import { spawnSync } from 'node:child_process';
import { createPublicKey, type JsonWebKey } from 'node:crypto';

import { createRemoteJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose';
import jsonwebtoken from 'jsonwebtoken';
import { beforeAll, describe, expect, it } from 'vitest';

import {
  createTicketVerifier,
  exchangeToken,
  mintTicket as mintByExample,
} from '../../examples/integrations/tickets.js';
import { gql, type Operation } from '../support/gql.js';
import { login, meOperation, register, type SignedInFields } from '../support/operations.js';
import { rowsOf } from '../support/rows.js';
import { serviceKey } from '../support/serviceKey.js';
import { type RunningNode, startNode } from '../support/startNode.js';

const mintTicket: Operation<{ mintTicket: { __typename: string; ticket: string; expiresAt: string } }> = `
  mutation Mint($input: MintTicketInput!) {
    mintTicket(input: $input) { __typename ... on MintTicketSuccess { ticket expiresAt } ... on Problem { message } }
  }`;

const exchangeType = 'urn:ietf:params:oauth:grant-type:token-exchange';
const accessToken = 'urn:ietf:params:oauth:token-type:access_token';

describe('tickets', () => {
  let node: RunningNode;
  let person: SignedInFields;
  let key: string;
  beforeAll(async () => {
    node = await startNode({
      env: { INTEGRATIONS: 'tickets', TICKET_AUDIENCES: 'orders, graph=hasura', DATA_KEY: 'k'.repeat(32) },
    });
    person = await register(node.url);
    key = await serviceKey(node, 'billing', ['tickets']);
  });

  const mint = async (audience: string, token = person.token) => {
    const { data, errors } = await gql(node.url, {
      query: mintTicket,
      variables: { input: { audience } },
      token,
    });
    return { result: data?.mintTicket, errors };
  };
  const ticketFor = async (audience: string) => (await mint(audience)).result?.ticket ?? '';
  const keySet = () => createRemoteJWKSet(new URL('/.well-known/jwks.json', node.url));
  const exchange = async (fields: Readonly<Record<string, string>>, authorization = `Bearer ${key}`) => {
    const response = await fetch(`${node.url}/token`, {
      method: 'POST',
      headers: authorization === '' ? {} : { authorization },
      body: new URLSearchParams({
        grant_type: exchangeType,
        subject_token: person.token,
        subject_token_type: accessToken,
        audience: 'orders',
        ...fields,
      }),
    });
    return { status: response.status, body: (await response.json()) as Readonly<Record<string, unknown>> };
  };

  it('TICKETS-01 MUST have the claims of RFC 9068, and be valid for at most 60 s', async () => {
    const ticket = await ticketFor('orders');
    const { payload, protectedHeader } = await jwtVerify(ticket, keySet(), {
      audience: 'orders',
      issuer: 'hufu',
    });
    expect(protectedHeader).toEqual({ alg: 'ES256', typ: 'ticket+jwt', kid: expect.any(String) as string });
    const { iat = 0, exp = 0 } = payload;
    expect(exp - iat).toBe(60);
    expect(payload).toEqual({
      iss: 'hufu',
      sub: person.user.id,
      aud: 'orders',
      exp,
      iat,
      jti: expect.any(String) as string,
      client_id: 'hufu',
      sid: person.session.id,
      scope: 'session',
      acr: 'aal1',
      amr: ['pwd'],
      auth_time: expect.any(Number) as number,
    });
    await expect(jwtVerify(ticket, keySet(), { audience: 'graph' })).rejects.toThrow(/aud/);
  });

  it('TICKETS-02 MUST have the claims of Hasura for an audience with `=hasura`', async () => {
    expect(decodeJwt(await ticketFor('graph'))['https://hasura.io/jwt/claims']).toEqual({
      'x-hasura-allowed-roles': ['user'],
      'x-hasura-default-role': 'user',
      'x-hasura-user-id': person.user.id,
      'x-hasura-session-id': person.session.id,
    });
    expect(decodeJwt(await ticketFor('orders'))).not.toHaveProperty(['https://hasura.io/jwt/claims']);
  });

  it('TICKETS-03 MUST be accepted by jsonwebtoken, and by PyJWT where it is installed', async () => {
    const ticket = await ticketFor('orders');
    const url = `${node.url}/.well-known/jwks.json`;
    const { keys } = (await (await fetch(url)).json()) as { readonly keys: readonly JsonWebKey[] };
    const jwk = keys.find(({ kid }) => kid === decodeProtectedHeader(ticket).kid) ?? {};
    const publicKey = createPublicKey({ key: jwk, format: 'jwk' });
    const options = { algorithms: ['ES256' as const], audience: 'orders', issuer: 'hufu' };
    expect(jsonwebtoken.verify(ticket, publicKey, options)).toMatchObject({ sub: person.user.id });

    const python = process.env['PYTHON'] ?? 'python3';
    if (spawnSync(python, ['-c', 'import jwt, cryptography']).status !== 0) return;
    const code =
      'import jwt, sys, json; t, k = sys.argv[1:3]; ' +
      'print(jwt.decode(t, jwt.PyJWK(json.loads(k)).key, algorithms=["ES256"], audience="orders", issuer="hufu")["sub"])';
    const run = spawnSync(python, ['-c', code, ticket, JSON.stringify(jwk)], { encoding: 'utf8' });
    expect(run.stdout.trim()).toBe(person.user.id);
  });

  it('TICKETS-04 MUST NOT be accepted as a session token, nor a session token as a ticket', async () => {
    const ticket = await ticketFor('orders');
    const { errors } = await gql(node.url, { query: meOperation, token: ticket });
    expect(errors[0]?.extensions).toMatchObject({ code: 'UNAUTHENTICATED', reason: 'INVALID_TOKEN' });
    expect((await mint('orders', ticket)).errors[0]?.extensions.reason).toBe('INVALID_TOKEN');
    expect(await exchange({ subject_token: ticket })).toMatchObject({
      status: 400,
      body: { error: 'invalid_request' },
    });
    await expect(jwtVerify(person.token, keySet())).rejects.toThrow();
  });

  it('TICKETS-05 MUST be minted only for listed audiences and live sessions', async () => {
    for (const audience of ['', 'other', 'Orders', 'orders ', 'x'.repeat(50_000)])
      expect((await mint(audience)).result?.__typename).toBe('AudienceNotAllowed');
    const ended = await register(node.url);
    await login(node.url, ended.user.email);
    expect((await mint('orders', ended.token)).errors[0]?.extensions).toMatchObject({ reason: 'SUPERSEDED' });
    expect(await exchange({ subject_token: ended.token })).toMatchObject({
      body: { error: 'invalid_request' },
    });
  });

  it('TICKETS-06 MUST be given to a service in exchange for a session token (RFC 8693)', async () => {
    const { status, body } = await exchange({});
    expect(status).toBe(200);
    expect(body).toMatchObject({
      issued_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      token_type: 'Bearer',
      expires_in: expect.any(Number) as number,
    });
    expect(body['expires_in']).toBeGreaterThan(0);
    expect(body['expires_in']).toBeLessThanOrEqual(60);
    const { payload } = await jwtVerify(String(body['access_token']), keySet(), { audience: 'orders' });
    expect(payload.jti).not.toBe(decodeJwt(await ticketFor('orders')).jti);
    expect(payload).toMatchObject({ sub: person.user.id, sid: person.session.id, client_id: 'billing' });
    const basic = `Basic ${Buffer.from(`billing:${key}`).toString('base64')}`;
    expect((await exchange({}, basic)).status).toBe(200);
  });

  it.each([
    [{ audience: 'elsewhere' }, 400, 'invalid_target'],
    [{ grant_type: 'client_credentials' }, 400, 'unsupported_grant_type'],
    [{ subject_token_type: 'urn:ietf:params:oauth:token-type:saml2' }, 400, 'invalid_request'],
    [{ requested_token_type: accessToken }, 400, 'invalid_request'],
    [{ actor_token: 'x' }, 400, 'invalid_request'],
    [{ subject_token: '' }, 400, 'invalid_request'],
  ])('TICKETS-07 MUST be refused to a service with %o', async (fields, status, error) => {
    expect(await exchange(fields)).toMatchObject({ status, body: { error } });
  });

  it('TICKETS-08 MUST be refused to a client that is no service, and to a service without the scope', async () => {
    const other = await serviceKey(node, 'gateway', ['introspect']);
    expect(await exchange({}, `Bearer ${other}`)).toMatchObject({
      status: 403,
      body: { error: 'insufficient_scope' },
    });
    for (const authorization of ['', `Bearer ${person.token}`, 'Bearer hufu_', 'Basic eA=='])
      expect(await exchange({}, authorization)).toMatchObject({
        status: 401,
        body: { error: 'invalid_client' },
      });
  });

  it('TICKETS-12 MUST be minted, exchanged and verified by the examples of the docs', async () => {
    const verify = createTicketVerifier(node.url, 'hufu', 'orders');
    const ids = { userId: person.user.id, sessionId: person.session.id };
    expect(await verify(await mintByExample(node.url, person.token, 'orders'))).toEqual(ids);
    expect(await verify(await exchangeToken(node.url, key, person.token, 'orders'))).toEqual(ids);
    await expect(mintByExample(node.url, person.token, 'other')).rejects.toThrow('no tickets');
    await expect(mintByExample(node.url, 'forged', 'orders')).rejects.toThrow();
    await expect(exchangeToken(node.url, key, 'forged', 'orders')).rejects.toThrow('invalid_request');
  });

  it('TICKETS-09 MUST have published keys with a max-age of 300 s, which the RFC 8414 metadata names', async () => {
    const keys = await fetch(`${node.url}/.well-known/jwks.json`);
    expect(keys.headers.get('cache-control')).toBe('public, max-age=300');
    const metadata = await (await fetch(`${node.url}/.well-known/oauth-authorization-server`)).json();
    expect(metadata).toEqual({
      issuer: 'hufu',
      jwks_uri: `${node.url}/.well-known/jwks.json`,
      token_endpoint: `${node.url}/token`,
      token_endpoint_auth_methods_supported: ['client_secret_basic'],
      grant_types_supported: [exchangeType],
      response_types_supported: [],
    });
  });

  it('TICKETS-10 MUST be signed by one key, whose private part is sealed in the database', async () => {
    await ticketFor('orders');
    const rows = await rowsOf(node.database, 'select public_key, sealed_private_key from hufu.signing_keys');
    expect(rows.length).toBe(1);
    expect(rows[0]?.['sealed_private_key']).toMatch(/^[\w-]+\.[\w-]+$/);
    expect(rows[0]?.['public_key']).not.toHaveProperty('d');
  });
});

it('TICKETS-11 a node without TICKET_AUDIENCES MUST NOT mint tickets or have their routes', async () => {
  const node = await startNode();
  const { token } = await register(node.url);
  const variables = { input: { audience: 'orders' } };
  const { data } = await gql(node.url, { query: mintTicket, variables, token });
  expect(data?.mintTicket.__typename).toBe('AudienceNotAllowed');
  for (const path of ['/token', '/.well-known/jwks.json', '/.well-known/oauth-authorization-server'])
    expect((await fetch(`${node.url}${path}`)).status).toBe(404);
});

it('TICKETS-13 tickets MUST be limited for each account over all its clients', async () => {
  const few = { RATE_LIMITS: 'on', RATE_LIMIT_ACCOUNT_TICKETS_PER_HOUR: '2', SESSION_LIMIT: '0' };
  const node = await startNode({
    env: { INTEGRATIONS: 'tickets', TICKET_AUDIENCES: 'orders', DATA_KEY: 'k'.repeat(32), ...few },
  });
  const [ann, bob] = [await register(node.url), await register(node.url)];
  const { token: second } = await login(node.url, ann.user.email);
  const query = `mutation { mintTicket(input: { audience: "orders" }) { __typename } }`;
  const mint = async (token: string) =>
    (await gql<{ mintTicket: { __typename: string } }>(node.url, { query, token })).data?.mintTicket
      .__typename;
  for (const token of [ann.token, second, bob.token]) expect(await mint(token)).toBe('MintTicketSuccess');
  for (const token of [ann.token, second]) expect(await mint(token)).toBe('TooManyAttempts');
  expect(await mint(bob.token)).toBe('MintTicketSuccess');
});
