import { expect, test } from 'vitest';

import { negotiate } from '../../src/http/requestHeaders.js';

const json = 'application/json; charset=utf-8';
const graphqlResponse = 'application/graphql-response+json; charset=utf-8';

test.each([
  [undefined, json],
  ['', json],
  [' ', json],
  [',', json],
  ['*/*', json],
  ['application/*', json],
  ['application/json;odata=verbose', json],
  ['application/json; charset=utf-8', json],
  ['application/json; charset="utf-8"; q=0.9', json],
  ['application/json;profile="a, b;c"', json],
  ['text/html, application/json;v=1;q=0.1', json],
  ['application/graphql-response+json; charset=utf-8, application/json;q=0.9', graphqlResponse],
  ['application/graphql-response+json;q=0.5;v=2, application/json;q=0.1', graphqlResponse],
  ['application/json;q=0', null],
  ['application/json;v=1;q=0', null],
  ['text/html', null],
  ['text/html;charset=utf-8', null],
])('a request with Accept: %s gets %s', (accept, type) => {
  expect(negotiate(accept)).toBe(type);
});
