// Hufu's part of a host's schema: its types as text, its resolvers, and both joined with the host's. Nothing else in the
// host's schema is touched.

import { makeExecutableSchema } from '@graphql-tools/schema';
import { type IResolvers } from '@graphql-tools/utils';
import {
  type DocumentNode,
  GraphQLSchema,
  isAbstractType,
  isIntrospectionType,
  isSpecifiedScalarType,
  isTypeDefinitionNode,
  Kind,
  parse,
  print,
  type ValidationRule,
  visit,
} from 'graphql';

import { createSchema, readTypeDefs } from '../graphql/schema.js';
import { createDocumentLimits, type DocumentLimits } from '../graphql/validation/documentLimits.js';
import { credentialMutations } from '../graphql/validation/rootFields.js';
import { type Log } from '../observability/log.js';
import { documentsOf, namesIn, refuseClash, rootTypes } from './typeClash.js';
import { type HostResolvers, wrapResolvers } from './wrapResolvers.js';

/** The types and resolvers that a host adds to Hufu's schema. */
export interface HostExtension {
  /** Text, or documents that `gql` has parsed. They may extend Hufu's types. */
  readonly typeDefs: string | DocumentNode | readonly (string | DocumentNode)[];
  readonly resolvers?: IResolvers | readonly IResolvers[];
}

export interface HostSchema {
  readonly typeDefs: string;
  readonly resolvers: HostResolvers;
  /** Hufu's part alone. */
  readonly schema: GraphQLSchema;
  readonly validationRules: readonly ValidationRule[];
  /** Joins the host's types and resolvers with Hufu's. @throws with the names that both define */
  extend(own: HostExtension): GraphQLSchema;
  /** Refuses a schema in which the host defines a name of Hufu's. @throws with the names, or when Hufu's types are missing */
  check(schema: GraphQLSchema): void;
}

export interface HostSchemaOptions {
  readonly log: Log;
  readonly limits: DocumentLimits;
  /** The prefix of the types' names; empty for none. */
  readonly typePrefix: string;
}

export function createHostSchema({ log, limits, typePrefix }: HostSchemaOptions): HostSchema {
  const plain = createSchema();
  const credentials = credentialMutations(plain);
  const rename = createRenaming(plain, typePrefix);
  const typeDefs = typePrefix === '' ? readTypeDefs() : rename.text(readTypeDefs());
  const resolvers = rename.resolvers(wrapResolvers({ log, credentials }));
  const own = namesIn(parse(typeDefs));

  const join = (more: readonly (string | DocumentNode)[], theirs: readonly IResolvers[]) =>
    makeExecutableSchema({ typeDefs: [typeDefs, ...more], resolvers: [resolvers, ...theirs] });

  return {
    typeDefs,
    resolvers,
    schema: join([], []),
    validationRules: [createHostLimits(limits, credentials)],

    extend({ typeDefs: given, resolvers: theirs = [] }) {
      const texts = isList(given) ? given : [given];
      refuseClash(
        own,
        texts.map((text) => (typeof text === 'string' ? parse(text) : text)),
      );
      return join(texts, isList(theirs) ? theirs : [theirs]);
    },

    check(schema) {
      const missing = [...own.types].filter((name) => schema.getType(name) === undefined);
      if (missing.length > 0)
        throw new Error(
          `The schema lacks Hufu's types: ${missing.join(', ')}. Add hufu.typeDefs and hufu.resolvers to it.`,
        );
      refuseClash(own, documentsOf(schema, typeDefs));
    },
  };
}

function isList<T>(given: T | readonly T[]): given is readonly T[] {
  return Array.isArray(given);
}

/** Makes the rule of Hufu's own server for the documents of a host, whose schema is known once it validates one. */
function createHostLimits(limits: DocumentLimits, credentials: ReadonlySet<string>): ValidationRule {
  const rules = new WeakMap<GraphQLSchema, ValidationRule>();
  return (context) => {
    const schema = context.getSchema();
    if (!(schema instanceof GraphQLSchema)) throw new Error(twoCopies);
    const rule = rules.get(schema) ?? createDocumentLimits(schema, limits, credentials);
    rules.set(schema, rule);
    return rule(context);
  };
}

const twoCopies =
  'Two copies of the package graphql are loaded, and the schema is of another one than Hufu uses. Find them with ' +
  '`npm ls graphql`, and have one version for all.';

/** Gives every type except the root types a prefix, in the text and in the resolvers. */
function createRenaming(schema: GraphQLSchema, prefix: string) {
  const types = Object.values(schema.getTypeMap()).filter(
    (type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type) && !rootTypes.has(type.name),
  );
  const names = new Set(types.map(({ name }) => name));
  const renamed = (name: string) => (names.has(name) ? `${prefix}${name}` : name);

  return {
    text: (text: string) =>
      print(
        visit(parse(text), {
          enter: (node) =>
            node.kind === Kind.NAMED_TYPE || isTypeDefinitionNode(node)
              ? { ...node, name: { ...node.name, value: renamed(node.name.value) } }
              : undefined,
        }),
      ),

    resolvers(all: HostResolvers): HostResolvers {
      if (prefix === '') return all;
      const resolveType = ({ __typename }: { readonly __typename: string }) => renamed(__typename);
      return {
        ...Object.fromEntries(Object.entries(all).map(([name, fields]) => [renamed(name), fields])),
        ...Object.fromEntries(
          types.filter(isAbstractType).map(({ name }) => [renamed(name), { __resolveType: resolveType }]),
        ),
      };
    },
  };
}
