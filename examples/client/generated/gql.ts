/* eslint-disable */
import * as types from './graphql.js';
import type { TypedDocumentNode as DocumentNode } from '@graphql-typed-document-node/core';

/**
 * Map of all GraphQL operations in the project.
 *
 * This map has several performance disadvantages:
 * 1. It is not tree-shakeable, so it will include all operations in the project.
 * 2. It is not minifiable, so the string of a GraphQL query will be multiple times inside the bundle.
 * 3. It does not support dead code elimination, so it will add unused operations.
 *
 * Therefore it is highly recommended to use the babel or swc plugin for production.
 * Learn more about it here: https://the-guild.dev/graphql/codegen/plugins/presets/preset-client#reducing-bundle-size
 */
type Documents = {
    "\n  mutation Register($input: RegisterInput!) {\n    register(input: $input) {\n      __typename\n      ... on RegisterSuccess {\n        token\n        expiresAt\n        session {\n          id\n        }\n        user {\n          id\n          email\n        }\n      }\n      ... on Problem {\n        message\n      }\n      ... on WeakPassword {\n        suggestions\n      }\n      ... on InvalidInput {\n        issues {\n          field\n          message\n        }\n      }\n    }\n  }\n": typeof types.RegisterDocument,
    "\n  mutation Login($input: LoginInput!) {\n    login(input: $input) {\n      __typename\n      ... on LoginSuccess {\n        token\n        expiresAt\n        session {\n          id\n          device {\n            kind\n            name\n          }\n          current\n        }\n        superseded {\n          id\n          endReason\n          endedAt\n          supersededBy {\n            id\n          }\n        }\n      }\n      ... on Problem {\n        message\n      }\n    }\n  }\n": typeof types.LoginDocument,
    "\n  query Me {\n    me {\n      id\n      email\n      emailVerified\n      sessions {\n        id\n        current\n      }\n    }\n  }\n": typeof types.MeDocument,
    "\n  query SessionState {\n    session {\n      __typename\n      ... on Session {\n        id\n        expiresAt\n      }\n      ... on SignedOut {\n        reason\n        at\n        by {\n          kind\n          name\n        }\n      }\n    }\n  }\n": typeof types.SessionStateDocument,
    "\n  mutation Logout {\n    logout {\n      session {\n        id\n        endReason\n      }\n    }\n  }\n": typeof types.LogoutDocument,
    "\n  mutation EndOtherSessions {\n    endOtherSessions {\n      sessions {\n        id\n      }\n    }\n  }\n": typeof types.EndOtherSessionsDocument,
    "\n  mutation ChangePassword($input: ChangePasswordInput!) {\n    changePassword(input: $input) {\n      __typename\n      ... on ChangePasswordSuccess {\n        token\n        session {\n          id\n        }\n        user {\n          id\n          sessions {\n            id\n          }\n        }\n      }\n      ... on Problem {\n        message\n      }\n    }\n  }\n": typeof types.ChangePasswordDocument,
};
const documents: Documents = {
    "\n  mutation Register($input: RegisterInput!) {\n    register(input: $input) {\n      __typename\n      ... on RegisterSuccess {\n        token\n        expiresAt\n        session {\n          id\n        }\n        user {\n          id\n          email\n        }\n      }\n      ... on Problem {\n        message\n      }\n      ... on WeakPassword {\n        suggestions\n      }\n      ... on InvalidInput {\n        issues {\n          field\n          message\n        }\n      }\n    }\n  }\n": types.RegisterDocument,
    "\n  mutation Login($input: LoginInput!) {\n    login(input: $input) {\n      __typename\n      ... on LoginSuccess {\n        token\n        expiresAt\n        session {\n          id\n          device {\n            kind\n            name\n          }\n          current\n        }\n        superseded {\n          id\n          endReason\n          endedAt\n          supersededBy {\n            id\n          }\n        }\n      }\n      ... on Problem {\n        message\n      }\n    }\n  }\n": types.LoginDocument,
    "\n  query Me {\n    me {\n      id\n      email\n      emailVerified\n      sessions {\n        id\n        current\n      }\n    }\n  }\n": types.MeDocument,
    "\n  query SessionState {\n    session {\n      __typename\n      ... on Session {\n        id\n        expiresAt\n      }\n      ... on SignedOut {\n        reason\n        at\n        by {\n          kind\n          name\n        }\n      }\n    }\n  }\n": types.SessionStateDocument,
    "\n  mutation Logout {\n    logout {\n      session {\n        id\n        endReason\n      }\n    }\n  }\n": types.LogoutDocument,
    "\n  mutation EndOtherSessions {\n    endOtherSessions {\n      sessions {\n        id\n      }\n    }\n  }\n": types.EndOtherSessionsDocument,
    "\n  mutation ChangePassword($input: ChangePasswordInput!) {\n    changePassword(input: $input) {\n      __typename\n      ... on ChangePasswordSuccess {\n        token\n        session {\n          id\n        }\n        user {\n          id\n          sessions {\n            id\n          }\n        }\n      }\n      ... on Problem {\n        message\n      }\n    }\n  }\n": types.ChangePasswordDocument,
};

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 *
 *
 * @example
 * ```ts
 * const query = graphql(`query GetUser($id: ID!) { user(id: $id) { name } }`);
 * ```
 *
 * The query argument is unknown!
 * Please regenerate the types.
 */
export function graphql(source: string): unknown;

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation Register($input: RegisterInput!) {\n    register(input: $input) {\n      __typename\n      ... on RegisterSuccess {\n        token\n        expiresAt\n        session {\n          id\n        }\n        user {\n          id\n          email\n        }\n      }\n      ... on Problem {\n        message\n      }\n      ... on WeakPassword {\n        suggestions\n      }\n      ... on InvalidInput {\n        issues {\n          field\n          message\n        }\n      }\n    }\n  }\n"): (typeof documents)["\n  mutation Register($input: RegisterInput!) {\n    register(input: $input) {\n      __typename\n      ... on RegisterSuccess {\n        token\n        expiresAt\n        session {\n          id\n        }\n        user {\n          id\n          email\n        }\n      }\n      ... on Problem {\n        message\n      }\n      ... on WeakPassword {\n        suggestions\n      }\n      ... on InvalidInput {\n        issues {\n          field\n          message\n        }\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation Login($input: LoginInput!) {\n    login(input: $input) {\n      __typename\n      ... on LoginSuccess {\n        token\n        expiresAt\n        session {\n          id\n          device {\n            kind\n            name\n          }\n          current\n        }\n        superseded {\n          id\n          endReason\n          endedAt\n          supersededBy {\n            id\n          }\n        }\n      }\n      ... on Problem {\n        message\n      }\n    }\n  }\n"): (typeof documents)["\n  mutation Login($input: LoginInput!) {\n    login(input: $input) {\n      __typename\n      ... on LoginSuccess {\n        token\n        expiresAt\n        session {\n          id\n          device {\n            kind\n            name\n          }\n          current\n        }\n        superseded {\n          id\n          endReason\n          endedAt\n          supersededBy {\n            id\n          }\n        }\n      }\n      ... on Problem {\n        message\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query Me {\n    me {\n      id\n      email\n      emailVerified\n      sessions {\n        id\n        current\n      }\n    }\n  }\n"): (typeof documents)["\n  query Me {\n    me {\n      id\n      email\n      emailVerified\n      sessions {\n        id\n        current\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query SessionState {\n    session {\n      __typename\n      ... on Session {\n        id\n        expiresAt\n      }\n      ... on SignedOut {\n        reason\n        at\n        by {\n          kind\n          name\n        }\n      }\n    }\n  }\n"): (typeof documents)["\n  query SessionState {\n    session {\n      __typename\n      ... on Session {\n        id\n        expiresAt\n      }\n      ... on SignedOut {\n        reason\n        at\n        by {\n          kind\n          name\n        }\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation Logout {\n    logout {\n      session {\n        id\n        endReason\n      }\n    }\n  }\n"): (typeof documents)["\n  mutation Logout {\n    logout {\n      session {\n        id\n        endReason\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation EndOtherSessions {\n    endOtherSessions {\n      sessions {\n        id\n      }\n    }\n  }\n"): (typeof documents)["\n  mutation EndOtherSessions {\n    endOtherSessions {\n      sessions {\n        id\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation ChangePassword($input: ChangePasswordInput!) {\n    changePassword(input: $input) {\n      __typename\n      ... on ChangePasswordSuccess {\n        token\n        session {\n          id\n        }\n        user {\n          id\n          sessions {\n            id\n          }\n        }\n      }\n      ... on Problem {\n        message\n      }\n    }\n  }\n"): (typeof documents)["\n  mutation ChangePassword($input: ChangePasswordInput!) {\n    changePassword(input: $input) {\n      __typename\n      ... on ChangePasswordSuccess {\n        token\n        session {\n          id\n        }\n        user {\n          id\n          sessions {\n            id\n          }\n        }\n      }\n      ... on Problem {\n        message\n      }\n    }\n  }\n"];

export function graphql(source: string) {
  return (documents as any)[source] ?? {};
}

export type DocumentType<TDocumentNode extends DocumentNode<any, any>> = TDocumentNode extends DocumentNode<  infer TType,  any>  ? TType  : never;