// A node that stops answers every request that it has accepted, and keeps the effects.

import { once } from 'node:events';
import { request } from 'node:http';
import { json } from 'node:stream/consumers';

import { describe, expect, it } from 'vitest';

import { hasherMaxWaitMs } from '../support/gql.js';
import { loginOperation, password, register, type SignedInFields } from '../support/operations.js';
import { rowsOf } from '../support/rows.js';
import { spawnNode } from '../support/spawnNode.js';

/** Sends a request over its own connection; `read` resolves when the node has its head. */
function send(url: string, body: object): { read: Promise<unknown>; answer: Promise<LoginAnswer> } {
  const sending = request(new URL('/graphql', url), {
    method: 'POST',
    agent: false,
    // Makes the node send 100 Continue when it has the head.
    headers: { 'content-type': 'application/json', expect: '100-continue' },
  });
  const startedAt = performance.now();
  const answer = new Promise<LoginAnswer>((resolve, reject) => {
    sending.once('error', reject).once('response', (response) => {
      json(response).then((value) => {
        resolve({ ...(value as Omit<LoginAnswer, 'tookMs'>), tookMs: performance.now() - startedAt });
      }, reject);
    });
  });
  const read = once(sending, 'continue');
  sending.end(JSON.stringify(body));
  return { read, answer };
}

interface LoginAnswer {
  readonly data: { readonly login: SignedInFields } | null;
  readonly errors?: readonly { readonly extensions: { readonly code: string } }[];
  readonly tookMs: number;
}

describe('STOP-01 a node that stops during 60 logins', () => {
  it('MUST answer all of them, keep the acknowledged sessions, and exit with 0', async () => {
    const node = await spawnNode();
    const { user } = await register(node.url);
    const variables = { input: { email: user.email, password } };
    let answered = 0;
    const logins = Array.from({ length: 60 }, () => send(node.url, { query: loginOperation, variables }));
    for (const { answer } of logins) void answer.then(() => (answered += 1)).catch(() => undefined);
    // The node has read all requests, and most still wait for the hasher.
    await Promise.all(logins.map(({ read }) => read));
    const stopped = node.stop();
    expect(answered).toBeLessThan(50);
    const answers = await Promise.all(logins.map(({ answer }) => answer));
    expect(await stopped).toBe(0);
    // On a busy machine some logins time out in the queue of the hasher.
    const refused = answers.filter(({ data }) => data === null);
    for (const { errors, tookMs } of refused) {
      expect(errors?.[0]?.extensions.code).toBe('SERVICE_UNAVAILABLE');
      expect(tookMs).toBeGreaterThan(hasherMaxWaitMs);
    }
    const accepted = answers.flatMap(({ data }) => data?.login ?? []);
    expect(new Set(accepted.map(({ __typename }) => __typename))).toEqual(new Set(['LoginSuccess']));

    const given = accepted.map(({ session }) => session.id);
    const rows = await rowsOf(node.database, 'select id, ended_at from hufu.sessions');
    expect(rows.map(({ id }) => id)).toEqual(expect.arrayContaining(given));
    expect(rows.filter((row) => row['ended_at'] === null)).toHaveLength(1);
  });
});
