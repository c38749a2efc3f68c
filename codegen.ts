// Makes the server's resolver types from schema.graphql, and the typed client that the tests use as a front end would.
// The results are committed; `npm run check` compares them.

import { readFileSync } from 'node:fs';

import type { CodegenConfig } from '@graphql-codegen/cli';

/** The scalars in a browser. Types of the names of WebAuthn's are global in TypeScript's DOM library. */
const ofBrowser = {
  AuthenticationResponseJSON: 'AuthenticationResponseJSON',
  DateTime: 'string',
  PublicKeyCredentialCreationOptionsJSON: 'PublicKeyCredentialCreationOptionsJSON',
  PublicKeyCredentialRequestOptionsJSON: 'PublicKeyCredentialRequestOptionsJSON',
  RegistrationResponseJSON: 'RegistrationResponseJSON',
};

const objects = (scalars: object) => Object.fromEntries(Object.keys(scalars).map((name) => [name, 'object']));

/** A team's own types, in a clone. */
const teamSchema = './src/team/schema.graphql';
const hasTeamTypes = /^[^#\n]*\w/m.test(readFileSync(teamSchema, 'utf8'));

const ofResolvers = {
  avoidOptionals: { defaultValue: true },
  enumsAsTypes: true,
  immutableTypes: true,
  importExtension: '.js',
  resolversNonOptionalTypename: { unionMember: true },
  scalars: {
    AuthenticationResponseJSON: 'unknown',
    DateTime: 'Date',
    PublicKeyCredentialCreationOptionsJSON: 'object',
    PublicKeyCredentialRequestOptionsJSON: 'object',
    RegistrationResponseJSON: 'unknown',
  },
  strictScalars: true,
  useTypeImports: true,
} as const;

/** What a resolver hands on is the domain's value; the fields that differ have resolvers of their own. */
const mappersIn = (folder: string) => ({
  contextType: `${folder}/context.js#Context`,
  mappers: {
    SecondFactorRequired: `${folder}/results.js#SecondFactorNode`,
    Session: `${folder}/results.js#SessionNode`,
    User: `${folder}/results.js#UserNode`,
  },
});

const config: CodegenConfig = {
  schema: './schema.graphql',
  generates: {
    './src/graphql/generated.ts': {
      plugins: ['typescript', 'typescript-resolvers'],
      config: { ...ofResolvers, ...mappersIn('.') },
    },
    ...(hasTeamTypes
      ? {
          './src/team/generated.ts': {
            schema: teamSchema,
            plugins: ['typescript', 'typescript-resolvers'],
            config: { ...ofResolvers, ...mappersIn('../graphql') },
          },
        }
      : {}),
    // What the browser's half knows of the schema.
    './src/client/generated.ts': {
      documents: ['./src/client/documents.ts'],
      plugins: ['typescript-operations', './.ci/clientFacts.js'],
      config: {
        enumsAsTypes: true,
        immutableTypes: true,
        // Without the DOM's types, which a server that renders pages does not have.
        scalars: { ...objects(ofBrowser), DateTime: 'string' },
        strictScalars: true,
        useTypeImports: true,
      },
    },
    './examples/client/generated/': {
      documents: ['./examples/client/operations.ts'],
      preset: 'client',
      presetConfig: { fragmentMasking: false },
      config: {
        enumsAsTypes: true,
        importExtension: '.js',
        scalars: ofBrowser,
        strictScalars: true,
        useTypeImports: true,
      },
    },
    // Clients with a normalised cache need to know which types an interface or union has.
    './examples/client/generated/possibleTypes.ts': {
      plugins: ['fragment-matcher'],
    },
    // What `gql-tada generate-output` makes.
    './examples/client/generated/introspection.d.ts': { plugins: ['./.ci/gqlTada.js'] },
  },
};

export default config;
