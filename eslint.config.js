// Typed rules for the code, schema rules for schema.graphql, and the house's own: one reader of the environment, one
// source of time. Which folder may import which is in .dependency-cruiser.js.

import graphqlPlugin from '@graphql-eslint/eslint-plugin';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

/** The plugin's types are of another edition of ESLint's. */
const graphqlRules = /** @type {import('eslint').ESLint.Plugin} */ (/** @type {unknown} */ (graphqlPlugin));

const code = ['**/*.ts', '**/*.js'];

const environment = [
  {
    selector: 'MemberExpression[object.name="process"][property.name="env"]',
    message: 'Settings come from src/config/index.ts, the one reader of the environment.',
  },
];

const time = [
  {
    selector: 'MemberExpression[object.name="Date"][property.name="now"]',
    message: 'Take a Clock: time is passed in, so that a test can turn it.',
  },
  {
    selector: ':matches(NewExpression, CallExpression)[callee.name="Date"][arguments.length=0]',
    message: 'Take a Clock: time is passed in, so that a test can turn it.',
  },
];

export default defineConfig(
  {
    ignores: [
      'dist/',
      'bench/peers/',
      'drizzle/',
      '.data/',
      'src/client/generated.ts',
      'src/graphql/generated.ts',
      'src/team/generated.ts',
      'examples/client/generated/',
    ],
  },
  { linterOptions: { noInlineConfig: true } },
  {
    files: code,
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      // Parts are closures behind interfaces, which have no `this` to lose.
      '@typescript-eslint/unbound-method': 'off',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-warning-comments': 'error',
      'object-shorthand': 'error',
      'prefer-const': 'error',
    },
  },
  {
    files: ['src/**/*.ts'],
    rules: {
      'max-lines': ['error', { max: 400, skipBlankLines: true }],
      'no-console': 'error',
      'no-restricted-properties': [
        'error',
        {
          object: 'AbortSignal',
          property: 'any',
          message:
            'On Node 20 a signal that lives long keeps each signal that is made of it: forward the abort instead.',
        },
      ],
      'no-restricted-syntax': ['error', ...environment, ...time],
    },
  },
  { files: ['src/config/index.ts'], rules: { 'no-restricted-syntax': ['error', ...time] } },
  { files: ['src/common/clock.ts'], rules: { 'no-restricted-syntax': ['error', ...environment] } },
  {
    files: ['schema.graphql'],
    plugins: { '@graphql-eslint': graphqlRules },
    languageOptions: {
      parser: graphqlPlugin.parser,
      parserOptions: { graphQLConfig: { schema: './schema.graphql' } },
    },
    rules: {
      ...graphqlPlugin.configs['flat/schema-recommended'].rules,
      '@graphql-eslint/input-name': ['error', { caseSensitiveInputType: false }],
      '@graphql-eslint/no-scalar-result-type-on-mutation': 'error',
      '@graphql-eslint/require-description': [
        'error',
        {
          types: true,
          rootField: true,
          DirectiveDefinition: true,
          EnumValueDefinition: true,
          FieldDefinition: true,
          InputValueDefinition: true,
        },
      ],
      // A short description stands on one line.
      '@graphql-eslint/description-style': 'off',
      // ErrorCode is reached by no field; it is published for generated code.
      '@graphql-eslint/no-unreachable-types': 'off',
      // Only what a client may cache or refer to has an id.
      '@graphql-eslint/strict-id-in-types': 'off',
    },
  },
);
