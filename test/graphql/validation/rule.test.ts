import { getIntrospectionQuery, parse, specifiedRules, validate } from 'graphql';
import { describe, expect, test } from 'vitest';

import { readConfig } from '../../../src/config/index.js';
import { createDocumentLimits, fixedLimits } from '../../../src/graphql/validation/documentLimits.js';
import { credentialMutations } from '../../../src/graphql/validation/rootFields.js';
import { createSchema } from '../../../src/graphql/schema.js';
import { documents } from '../../../src/http/routes/landing/browser/operations.js';
import * as operations from '../../support/operations.js';

const schema = createSchema();
const limits = { ...readConfig({}).graphql.limits, ...fixedLimits };
const rules = [...specifiedRules, createDocumentLimits(schema, limits)];

const errors = (text: string) =>
  validate(schema, parse(text, { maxLexicalTokens: limits.tokens }), rules).map(({ message }) => message);

const repeat = (count: number, text: (n: string) => string) =>
  Array.from({ length: count }, (_, n) => text(String(n))).join(' ');

describe('the rule accepts documents of front ends', () => {
  const client = Object.entries(operations).filter(([name]) => name.endsWith('Operation')) as [
    string,
    string,
  ][];
  test.each([
    ...client,
    ['introspection', getIntrospectionQuery()],
    [
      'introspection with all options',
      getIntrospectionQuery({
        descriptions: true,
        specifiedByUrl: true,
        directiveIsRepeatable: true,
        schemaDescription: true,
        inputValueDeprecation: true,
        oneOf: true,
      }),
    ],
    ['landing page', documents.join('\n')],
    ['a few aliases', '{ a: session { __typename } b: session { __typename } me { id } }'],
    [
      'a whole history',
      '{ me { history(first: 100) { pageInfo { hasNextPage endCursor } edges { cursor node { id ipAddress userAgent signedInAt lastSeenAt expiresAt endedAt endReason current device { kind name } supersededBy { id device { kind name } signedInAt } } } } } }',
    ],
    [
      'operations to choose from, each with one credential',
      'mutation A($i: LoginInput!) { __typename login(input: $i) { __typename } } mutation B($i: RegisterInput!) { register(input: $i) { __typename } }',
    ],
    [
      'mutations without a credential, together',
      'mutation { endOtherSessions { sessions { id } } logout { session { id } } }',
    ],
  ])('%s', (_name, text) => {
    expect(errors(text)).toEqual([]);
  });
});

describe('the rule refuses a document beyond a limit and names the limit', () => {
  const deep = (n: number) =>
    '{ me { sessions { ' + 'supersededBy { '.repeat(n) + 'id' + ' }'.repeat(n) + ' } } }';
  test.each([
    ['depth', `{ ${'a { '.repeat(12)} b ${'}'.repeat(12)} }`, 'nests fields too deeply: 12'],
    [
      'depth through fragments',
      `{ ...F0 } ${repeat(12, (n) => `fragment F${n} on Query { a { ...F${String(Number(n) + 1)} } }`)} fragment F12 on Query { b }`,
      'nests fields too deeply: 12',
    ],
    ['aliases', `{ me { ${repeat(65, (n) => `a${n}: id`)} } }`, 'aliases and repeated fields: 64'],
    ['repeated fields', `{ me { ${repeat(66, () => 'id')} } }`, 'aliases and repeated fields: 64'],
    [
      'repeated fields in inline fragments',
      `{ me { ${repeat(66, () => '... { id }')} } }`,
      'aliases and repeated fields: 64',
    ],
    ['root fields', `{ ${repeat(65, (n) => `f${n}`)} }`, 'too many fields at its top: 64'],
    [
      'root fields through fragments',
      `{ ${repeat(33, () => '...F')} } fragment F on Query { me { id } session { __typename } }`,
      'too many fields at its top: 64',
    ],
    ['directives', `{ me { id ${repeat(33, () => '@include(if: true)')} } }`, 'too many directives: 32'],
    [
      'directives on the operation',
      `query ${repeat(33, () => '@x')} { me { id } }`,
      'too many directives: 32',
    ],
    ['recursion', deep(4), 'nests a field in itself too often: 3'],
    [
      'cost',
      `{ me { ${repeat(9, (n) => `h${n}: history(first: 100) { edges { node { id device { kind name } supersededBy { id device { kind name } current } } } }`)} } }`,
      'may hold 10000 values',
    ],
    [
      'cost through fragments',
      `{ me { ...A } } ${repeat(20, (n) => `fragment F${n} on User { ...F${String(Number(n) + 1)} ...F${String(Number(n) + 1)} }`)} fragment F20 on User { id } fragment A on User { ...F0 }`,
      'may hold 10000 values',
    ],
    [
      'fragments',
      `{ me { id } } ${repeat(101, (n) => `fragment F${n} on User { id }`)}`,
      'too many fragments: 100',
    ],
    [
      'a second operation',
      `query A { me { id } } query B ${deep(4)}`,
      'nests a field in itself too often: 3',
    ],
    [
      'repeated fields in a fragment that is never spread',
      `{ me { id } } fragment F on User { ${repeat(66, () => 'sessions { id }')} }`,
      'aliases and repeated fields: 64',
    ],
    [
      'repeated fields in the first of two fragments of one name',
      `{ me { ...F } } fragment F on User { ${repeat(66, () => 'id')} } fragment F on User { id }`,
      'aliases and repeated fields: 64',
    ],
    [
      'repeated fields in a fragment that spreads itself only',
      `{ me { id } } fragment F on User { ...F ${repeat(66, () => 'sessions { id }')} }`,
      'aliases and repeated fields: 64',
    ],
    [
      'repeated fields of the schema',
      `{ __schema { ${repeat(66, () => 'types { name }')} } }`,
      'aliases and repeated fields: 64',
    ],
    ['schemas', `{ ${repeat(11, (n) => `s${n}: __schema { description }`)} }`, 'may hold 10000 values'],
  ])('%s', (_name, text, message) => {
    expect(errors(text)).toEqual([expect.stringContaining(message)]);
  });
});

test('the parser refuses a document with too many tokens', () => {
  expect(() => errors(`{ ${repeat(2_000, () => 'a')} }`)).toThrow('more that 2000 tokens');
});

test.each([
  ['a document', `{ me { ${repeat(390, () => 'sessions { id }')} } }`],
  ['a document about the schema', `{ __schema { ${repeat(390, () => 'types { name }')} } }`],
  [
    'a fragment that nothing spreads',
    `{ me { id } } fragment F on User { ${repeat(390, () => 'sessions { id }')} }`,
  ],
])('the other rules do not run for %s beyond the limits', (_what, text) => {
  const time = (all: typeof rules) => {
    const document = parse(text);
    const started = performance.now();
    validate(schema, document, all);
    return performance.now() - started;
  };
  for (let warm = 0; warm < 3; warm += 1) time(rules);
  expect(Math.min(time(rules), time(rules), time(rules))).toBeLessThan(time([...specifiedRules]) / 4);
});

describe('the rule refuses unused and circular fragments with one error, before the rules of GraphQL run', () => {
  const circle = (count: number) =>
    repeat(count, (n) => `fragment F${n} on Session { id ...F${String((Number(n) + 1) % count)} }`);
  test.each([
    ['one in itself', '{ me { sessions { ...F0 } } } fragment F0 on Session { id ...F0 }', /spreads itself/],
    ['a circle', `{ me { sessions { ...F0 } } } ${circle(50)}`, /spreads itself/],
    ['a circle that is not reached', `{ __typename } ${circle(50)}`, /spreads itself/],
    [
      'every fragment in every other',
      `{ me { sessions { ...F0 } } } ${repeat(20, (n) => `fragment F${n} on Session { ${repeat(20, (m) => `...F${m}`)} }`)}`,
      /spreads itself/,
    ],
    ['one that is not used', '{ __typename } fragment F on Session { id }', /no operation uses/],
    [
      'one that only an unused one uses',
      '{ __typename } fragment F on Session { ...G } fragment G on Session { id }',
      /no operation uses/,
    ],
    [
      'two of one name',
      '{ me { sessions { ...F } } } fragment F on User { id } fragment F on Session { id }',
      /./,
    ],
  ])('%s', (_name, text, message) => {
    expect(errors(text)).toEqual([expect.stringMatching(message)]);
  });

  test('accepts a fragment that operations use, also twice and through another fragment', () => {
    const text =
      '{ me { sessions { ...F ...G } } } fragment F on Session { id ...G } fragment G on Session { endedAt }';
    expect(errors(text)).toEqual([]);
  });

  test('accepts 32 operations and refuses 33', () => {
    expect(errors(repeat(33, (n) => `query A${n} { __typename }`))).toEqual([
      expect.stringMatching(/too many operations: 32/),
    ]);
    expect(errors(repeat(32, (n) => `query A${n} { __typename }`))).toEqual([]);
  });
});

describe('a mutation that takes a credential must be alone in its operation', () => {
  const token = '{ token: "x" }';
  const calls: Readonly<Record<string, string>> = {
    register: 'register(input: { email: "a@b.c", password: "x" })',
    completeRegistration: 'completeRegistration(input: { challengeToken: "x", code: "y" })',
    loginWithCode: 'loginWithCode(input: { challengeToken: "x", code: "y" })',
    login: 'login(input: { email: "a@b.c", password: "x" })',
    completeLogin: 'completeLogin(input: { challengeToken: "x", totp: "123456" })',
    confirmTotpEnrolment: 'confirmTotpEnrolment(input: { challengeToken: "x", code: "123456" })',
    completePasskeyRegistration:
      'completePasskeyRegistration(input: { challengeToken: "x", response: {}, name: "x" })',
    completePasskeyLogin: 'completePasskeyLogin(input: { challengeToken: "x", response: {} })',
    completeProviderLogin: 'completeProviderLogin(input: { challengeToken: "x", code: "x", state: "x" })',
    completeIdentityLink: 'completeIdentityLink(input: { challengeToken: "x", code: "x", state: "x" })',
    confirmIdentity: 'confirmIdentity(input: { password: "x" })',
    setPassword: 'setPassword(input: { newPassword: "x" })',
    changePassword: 'changePassword(input: { currentPassword: "x", newPassword: "y" })',
    verifyEmail: `verifyEmail(input: ${token})`,
    resetPassword: 'resetPassword(input: { token: "x", newPassword: "y" })',
    confirmEmailChange: `confirmEmailChange(input: ${token})`,
  };

  test('MUST cover exactly the mutations of the schema that take a credential', () => {
    expect([...credentialMutations(schema)].toSorted()).toEqual(Object.keys(calls).toSorted());
  });

  describe.each(Object.entries(calls))('%s', (name, call) => {
    const field = `${call} { __typename }`;
    test.each([
      ['twice', `mutation { a: ${field} b: ${field} }`],
      ['fifty times', `mutation { ${repeat(50, (n) => `a${n}: ${field}`)} }`],
      ['beside endOtherSessions', `mutation { ${field} endOtherSessions { __typename } }`],
      ['behind logout', `mutation { logout { __typename } ${field} }`],
      ['in an inline fragment', `mutation { logout { __typename } ... { ... on Mutation { ${field} } } }`],
      ['in a fragment', `mutation { a: ${field} ...F } fragment F on Mutation { ${field} }`],
      [
        'in fragments of fragments',
        `mutation { ...F ...G } fragment F on Mutation { ...H } fragment H on Mutation { a: ${field} } fragment G on Mutation { b: ${field} }`,
      ],
      [
        'under conditions',
        `mutation ($a: Boolean!) { a: ${call} @skip(if: $a) { __typename } b: ${call} @include(if: $a) { __typename } }`,
      ],
      ['in the second operation', `query A { me { id } } mutation B { a: ${field} b: ${field} }`],
    ])('MUST be refused %s', (_how, text) => {
      expect(errors(text)).toEqual([
        `${name} takes a credential and must be the only field of its mutation. Send the other fields in a request of their own.`,
      ]);
    });

    test('MUST be accepted alone', () => {
      expect(errors(`mutation { ...F } fragment F on Mutation { __typename ${field} }`)).toEqual([]);
    });
  });
});
