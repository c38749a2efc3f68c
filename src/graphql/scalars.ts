// The scalars. Names, descriptions and `@specifiedBy` are those of `schema.graphql` (see schema.ts).

import { GraphQLScalarType } from 'graphql';
import { GraphQLDateTimeISO } from 'graphql-scalars';

/**
 * Passes a value of JSON through. A browser's answer gains members with each level of WebAuthn: a type with fixed fields would
 * refuse it. What is read of it is checked where it is read.
 */
const json = new GraphQLScalarType<unknown>({ name: 'JSON' });

export const scalars = {
  AuthenticationResponseJSON: json,
  DateTime: GraphQLDateTimeISO,
  PublicKeyCredentialCreationOptionsJSON: json,
  PublicKeyCredentialRequestOptionsJSON: json,
  RegistrationResponseJSON: json,
} as const;
