// `@auth`, a directive for a host's own types and fields: a field that has it, or whose type has it, needs a signed-in user.

import { getDirective, MapperKind, mapSchema } from '@graphql-tools/utils';
import { defaultFieldResolver, type GraphQLFieldConfig, type GraphQLSchema } from 'graphql';

export interface AuthDirective {
  /** The definition of `@auth`, for the host's schema. */
  readonly typeDefs: string;
  /**
   * Makes the directive hold: gives the schema in which it does.
   *
   * @throws when a field of an interface has it: no resolver of a type would demand a user for it
   */
  transformer(schema: GraphQLSchema): GraphQLSchema;
}

/** What the directive demands of a context. Each throws where that is not given. */
export interface Guards<Context> {
  requireUser(context: Context): unknown;
  requireFresh(context: Context, needed: { readonly withinSeconds: number }): unknown;
}

const typeDefs = `"""
The field, or each field of the type, needs a signed-in user. \`UNAUTHENTICATED\` with the reason where there is none.
"""
directive @auth(
  "How long ago the user may have proved who they are, in seconds; \`STEP_UP_REQUIRED\` if it is longer."
  freshWithinSeconds: Int
) on OBJECT | FIELD_DEFINITION
`;

export function createAuthDirective<Context>(guards: Guards<Context>): AuthDirective {
  type Field = GraphQLFieldConfig<unknown, Context>;

  const guarded = (field: Field, freshWithinSeconds: unknown): Field => {
    const demand = (context: Context) => {
      if (typeof freshWithinSeconds === 'number')
        guards.requireFresh(context, { withinSeconds: freshWithinSeconds });
      else guards.requireUser(context);
    };
    const { resolve = defaultFieldResolver, subscribe } = field;
    const guard: typeof resolve = (parent, args, context, info) => {
      demand(context);
      return resolve(parent, args, context, info);
    };
    if (subscribe === undefined) return { ...field, resolve: guard };
    return {
      ...field,
      // Its events need no further proof.
      subscribe: (parent, args, context, info) => {
        demand(context);
        return subscribe(parent, args, context, info);
      },
    };
  };

  return {
    typeDefs,
    transformer: (schema) =>
      mapSchema(schema, {
        [MapperKind.OBJECT_FIELD]: (field, _name, typeName) => {
          const type = schema.getType(typeName);
          const [directive] =
            getDirective(schema, field, 'auth') ?? (type && getDirective(schema, type, 'auth')) ?? [];
          return directive === undefined
            ? undefined
            : guarded(field as Field, directive['freshWithinSeconds'] as unknown);
        },
        [MapperKind.INTERFACE_FIELD]: (field, name, typeName) => {
          if (getDirective(schema, field, 'auth') !== undefined)
            throw new Error(
              `@auth on ${typeName}.${name} guards nothing: put it on the field of each type that implements ${typeName}.`,
            );
          return undefined;
        },
      }),
  };
}
