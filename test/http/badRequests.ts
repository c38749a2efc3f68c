// Generators of random wrong requests. Every generated text contains a word that no response may repeat.

import fc from 'fast-check';

import {
  historyOperation,
  loginOperation,
  logoutOperation,
  meOperation,
  registerOperation,
  sessionOperation,
} from '../support/operations.js';

/** Part of every generated text and name. */
export const word = 'zqxjk7';

export interface BadRequest {
  readonly method: string;
  /** With the query string. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array<ArrayBuffer> | null;
}

/** Texts that JSON can carry: NUL, lone surrogates, combining marks, direction marks, long ones. */
export const text: fc.Arbitrary<string> = fc
  .tuple(
    fc.oneof(
      fc.string({ unit: 'binary', maxLength: 20 }),
      fc.string({ unit: 'grapheme', maxLength: 20 }),
      fc.constantFrom(
        '',
        '\0',
        '\ud800',
        '\udfff\ud800',
        '\u202e',
        'é'.repeat(300),
        '😀'.repeat(200),
        '9'.repeat(400),
      ),
      fc.constantFrom("'; drop table users; --", '${7*7}', '../../etc/passwd', '%00', '{{7*7}}', '<script>'),
    ),
    fc.boolean(),
  )
  .map(([some, isFirst]) => (isFirst ? some + word : word + some));

const scalar = fc.oneof(
  text,
  fc.constantFrom(null, true, false, 0, -1, 1e308, 2 ** 53, 0.1, '', '__proto__', 'constructor'),
);

/** Nested values, with names that every JavaScript object inherits. */
export const value: fc.Arbitrary<unknown> = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    scalar,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.oneof(text, fc.constantFrom('input', 'password', 'length', 'toString')), tie('value'), {
      maxKeys: 3,
    }),
  ),
})).value;

const documents = [
  historyOperation,
  loginOperation,
  logoutOperation,
  meOperation,
  registerOperation,
  sessionOperation,
  'subscription { sessionEnded { reason } }',
];

const piece = fc.constantFrom(
  ...[
    '{',
    '}',
    '(',
    ')',
    '[',
    ']',
    '!',
    '$',
    '@',
    ':',
    '...',
    '"',
    '"""',
    '#',
    '&',
    '|',
    '\\',
    '\0',
    '\ufeff',
    '\u2028',
  ],
  ...[
    ' on ',
    ' fragment ',
    ' query ',
    ' null ',
    ' 1e99999 ',
    ' 0x1 ',
    ` ${word} `,
    ` @${word} `,
    ` $${word} `,
    '\\ud800',
  ],
);

/** A valid document with pieces removed, replaced or inserted. */
export const brokenDocument: fc.Arbitrary<string> = fc
  .tuple(
    fc.constantFrom(...documents),
    fc.array(fc.tuple(fc.nat(600), fc.nat(30), fc.oneof(piece, fc.constant(''))), {
      minLength: 1,
      maxLength: 4,
    }),
  )
  .map(([whole, cuts]) =>
    cuts.reduce((rest, [at, length, put]) => {
      const start = at % rest.length;
      return rest.slice(0, start) + put + rest.slice(start + length);
    }, whole),
  );

/** The input of a valid operation with random values. */
const input = fc.record(
  {
    email: fc.oneof(value, fc.constant('someone@example.com')),
    password: fc.oneof(value, fc.constant('a password')),
    device: fc.oneof(value, fc.record({ kind: fc.oneof(value, fc.constant('WEB')), name: value })),
    requestId: value,
    takeover: value,
  },
  { requiredKeys: [] },
);

const parameters: fc.Arbitrary<unknown> = fc.oneof(
  fc.record({ query: brokenDocument }),
  fc.record({ query: fc.constantFrom(...documents), variables: fc.oneof(fc.record({ input }), value) }),
  fc.record(
    {
      query: fc.oneof(value, fc.constantFrom(...documents)),
      variables: value,
      operationName: value,
      extensions: fc.oneof(
        value,
        fc.record({ persistedQuery: fc.oneof(value, fc.record({ version: value, sha256Hash: value })) }),
      ),
      documentId: value,
    },
    { requiredKeys: [] },
  ),
  value,
);

/** Text that a header may contain. */
const headerText = fc.oneof(
  fc.string({
    unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)),
    maxLength: 40,
  }),
  fc.constantFrom('*/*', 'application/json', 'text/plain', 'a/b;q=9', ';;;', '"', 'x'.repeat(5_000)),
);

const headers = fc
  .record(
    {
      accept: headerText,
      authorization: fc.oneof(
        headerText,
        headerText.map((some) => `Bearer ${word}${some}`),
      ),
      'content-type': headerText,
      'content-encoding': headerText,
      'x-request-id': headerText,
      'x-forwarded-for': headerText,
      'apollo-require-preflight': headerText,
      'x-apollo-operation-name': headerText,
      traceparent: headerText,
      origin: headerText,
      'user-agent': headerText,
    },
    { requiredKeys: [] },
  )
  .chain((all) => fc.shuffledSubarray(Object.entries(all)))
  .map((some) => Object.fromEntries(some.slice(0, 2)));

const post = fc.tuple(parameters, headers).map(([all, some]): BadRequest => {
  return {
    method: 'POST',
    path: '/graphql',
    headers: { 'content-type': 'application/json', ...some },
    // `JSON.stringify` writes a lone surrogate as an escape, which is valid JSON.
    body: JSON.stringify(all),
  };
});

const bytes = fc
  .tuple(parameters, fc.uint8Array({ minLength: 1, maxLength: 20 }), fc.nat(500))
  .map(([all, some, at]): BadRequest => {
    const body = Buffer.from(JSON.stringify(all));
    const start = at % (body.length + 1);
    const broken = Buffer.concat([body.subarray(0, start), some, body.subarray(start + some.length)]);
    return {
      method: 'POST',
      path: '/graphql',
      headers: { 'content-type': 'application/json' },
      body: Uint8Array.from(broken),
    };
  });

const get = fc
  .tuple(
    fc.array(
      fc.tuple(
        fc.oneof(fc.constantFrom('query', 'variables', 'extensions', 'operationName', 'token'), text),
        fc.oneof(
          text,
          brokenDocument,
          value.map((one) => JSON.stringify(one)),
        ),
      ),
      { maxLength: 4 },
    ),
    fc.constantFrom(
      '/graphql',
      '/graphql',
      '/graphql',
      '/link/verifyEmail',
      '/link/resetPassword',
      '/healthz',
      '/nowhere',
    ),
    fc.constantFrom('GET', 'GET', 'HEAD', 'OPTIONS', 'PUT', 'PATCH', 'DELETE'),
    headers,
  )
  .map(([all, path, method, some]): BadRequest => {
    const search = new URLSearchParams(
      all.map(([name, one]): [string, string] => [name.toWellFormed(), one.toWellFormed()]),
    );
    return {
      method,
      path: `${path}?${search.toString()}`,
      headers: { 'apollo-require-preflight': '1', ...some },
      body: null,
    };
  });

const form = fc
  .tuple(
    fc.constantFrom('verifyEmail', 'resetPassword', 'confirmEmailChange'),
    fc.array(fc.tuple(fc.constantFrom('token', 'password', word), text)),
  )
  .map(([operation, fields]): BadRequest => {
    return {
      method: 'POST',
      path: `/link/${operation}`,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams(
        fields.map(([name, one]): [string, string] => [name, one.toWellFormed()]),
      ).toString(),
    };
  });

export const badRequest: fc.Arbitrary<BadRequest> = fc.oneof(
  { arbitrary: post, weight: 6 },
  { arbitrary: bytes, weight: 2 },
  { arbitrary: get, weight: 3 },
  { arbitrary: form, weight: 1 },
);

/** Websocket messages: those of graphql-transport-ws with random content, and texts that are none. */
export const badFrame: fc.Arbitrary<string> = fc.oneof(
  fc
    .record({
      type: fc.oneof(
        fc.constantFrom('subscribe', 'ping', 'pong', 'complete', 'next', 'connection_init'),
        text,
      ),
      id: fc.oneof(fc.constantFrom('1', '2'), value),
      payload: fc.oneof(parameters, value),
    })
    .map((message) => JSON.stringify(message)),
  parameters.map((payload) => JSON.stringify({ type: 'subscribe', id: '1', payload })),
  brokenDocument.map((query) => JSON.stringify({ type: 'subscribe', id: '1', payload: { query } })),
  value.map((one) => JSON.stringify(one)),
  text,
);
