// Raw requests of every kind, valid and malformed.

import { createHash, randomUUID } from 'node:crypto';

import { loginOperation, logoutOperation, meOperation, sessionOperation } from '../support/operations.js';

/** One request, and the state of its connection afterwards. */
export interface RawRequest {
  readonly bytes: string;
  /** `answered`: usable for the next request; `closed`: by the server; `aborted`: by the client before the response. */
  readonly then: 'answered' | 'closed' | 'aborted';
}

const hash = (text: string) => createHash('sha256').update(text).digest('hex');

function post(body: unknown, token?: string): string {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const authorization = token === undefined ? '' : `authorization: Bearer ${token}\r\n`;
  return (
    `POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n${authorization}` +
    `content-length: ${String(Buffer.byteLength(text))}\r\n\r\n${text}`
  );
}

const answered = (bytes: string): RawRequest => ({ bytes, then: 'answered' });

/** The kinds, each with its share in percent. */
export function requestMix(
  tokens: readonly string[],
): readonly (readonly [number, (n: number) => RawRequest])[] {
  const tokenOf = (n: number) => tokens[n % tokens.length];
  const name = () => `n${randomUUID().replaceAll('-', '')}`;
  return [
    [40, (n) => answered(post({ query: meOperation }, tokenOf(n)))],
    [15, (n) => answered(post({ query: sessionOperation }, n % 2 === 0 ? tokenOf(n) : undefined))],
    // New names in documents that are valid, invalid, and no GraphQL.
    [
      8,
      (n) => answered(post({ query: `query ${name()} { ${name()}: session { __typename } }` }, tokenOf(n))),
    ],
    [8, () => answered(post({ query: `{ ${name()} { ${name()} } }` }))],
    [4, () => answered(post({ query: `{ ${name()}` }))],
    [
      6,
      () =>
        answered(post({ query: meOperation }, `${String(tokens[0]).slice(0, -20)}${name().slice(0, 20)}`)),
    ],
    [3, () => answered(post({ query: logoutOperation }, name()))],
    [
      4,
      () =>
        answered(
          post({ query: loginOperation, variables: { input: { email: name(), password: [name()] } } }),
        ),
    ],
    [
      5,
      () => {
        const query = `{ ${name()}: session { __typename } }`;
        return answered(
          post({ query, extensions: { persistedQuery: { version: 1, sha256Hash: hash(query) } } }),
        );
      },
    ],
    [2, () => answered(post({ extensions: { persistedQuery: { version: 1, sha256Hash: hash(name()) } } }))],
    [1, () => answered(post({ query: '{ me { id } }', variables: { [name()]: 'x'.repeat(90_000) } }))],
    [1, () => answered(`GET /${name()} HTTP/1.1\r\nhost: x\r\nx-request-id: ${name()}\r\n\r\n`)],
    [1, () => ({ bytes: post(`{"query": "${'x'.repeat(110_000)}"}`), then: 'closed' })],
    [1, () => ({ bytes: `${name()} / HTTP/9\r\n\r\n`, then: 'closed' })],
    [1, (n) => ({ bytes: post({ query: meOperation }, tokenOf(n)).slice(0, -20), then: 'aborted' })],
  ];
}
