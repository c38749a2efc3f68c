// `@auth`, a directive for a host's own types and fields: a field that has it, or whose type has it, needs a signed-in user.

import { getDirective, MapperKind, mapSchema } from '@graphql-tools/utils';
import {
  defaultFieldResolver,
  type GraphQLField,
  type GraphQLFieldConfig,
  type GraphQLObjectType,
  type GraphQLSchema,
  isObjectType,
} from 'graphql';

export interface AuthDirective {
  /** The definition of `@auth`, for the host's schema. */
  readonly typeDefs: string;
  /**
   * Makes the directive hold: gives the schema in which it does.
   *
   * @throws when a field of an interface has it: no resolver of a type would demand a user for it; and for a
   *   `freshWithinSeconds` that no proof could satisfy
   */
  transformer(schema: GraphQLSchema): GraphQLSchema;
}

/** The checks of a context that the directive demands. Each throws where the context does not satisfy it. */
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

const freshWithinSeconds = 'freshWithinSeconds';

/** The key that marks a guarded field in its extensions. */
const guardedMark = 'hufuGuarded';

/** Tells whether the schema has this directive, and not another of the same name. */
function hasDirective(schema: GraphQLSchema): boolean {
  return schema.getDirective('auth')?.args.some(({ name }) => name === freshWithinSeconds) === true;
}

/** Returns the arguments of the directive on the field, else of that on its type; undefined where neither has it. */
function directiveOf(
  schema: GraphQLSchema,
  field: GraphQLField<unknown, unknown> | GraphQLFieldConfig<unknown, unknown>,
  type: GraphQLObjectType | undefined,
): Readonly<Record<string, unknown>> | undefined {
  return (getDirective(schema, field, 'auth') ?? (type && getDirective(schema, type, 'auth')))?.[0];
}

/** Makes the directive hold where the schema has it, and not another of the same name. */
export function withAuth(schema: GraphQLSchema, { transformer }: AuthDirective): GraphQLSchema {
  return hasDirective(schema) ? transformer(schema) : schema;
}

/**
 * Refuses a schema that the transformer has not seen: it would answer strangers where the directive stands.
 *
 * @throws with the name of a field
 */
export function refuseUnguarded(schema: GraphQLSchema): void {
  if (!hasDirective(schema)) return;
  for (const type of Object.values(schema.getTypeMap()).filter(isObjectType))
    for (const field of Object.values(type.getFields()))
      if (directiveOf(schema, field, type) !== undefined && field.extensions[guardedMark] !== true)
        throw new Error(
          `@auth on ${type.name}.${field.name} guards nothing: serve the schema that hufu.auth.transformer() gives.`,
        );
}

export function createAuthDirective<Context>(guards: Guards<Context>): AuthDirective {
  type Field = GraphQLFieldConfig<unknown, Context>;

  const guarded = (field: Field, withinSeconds: unknown): Field => {
    const requireAuth = (context: Context) => {
      if (typeof withinSeconds === 'number') guards.requireFresh(context, { withinSeconds });
      else guards.requireUser(context);
    };
    const { resolve = defaultFieldResolver, subscribe } = field;
    const extensions = { ...field.extensions, [guardedMark]: true };
    const guard: typeof resolve = (parent, args, context, info) => {
      requireAuth(context);
      return resolve(parent, args, context, info);
    };
    if (subscribe === undefined) return { ...field, extensions, resolve: guard };
    return {
      ...field,
      extensions,
      // Its events need no further proof.
      subscribe: (parent, args, context, info) => {
        requireAuth(context);
        return subscribe(parent, args, context, info);
      },
    };
  };

  return {
    typeDefs,
    transformer: (schema) =>
      mapSchema(schema, {
        [MapperKind.OBJECT_FIELD]: (field, name, typeName) => {
          const type = schema.getType(typeName);
          const directive = directiveOf(schema, field, isObjectType(type) ? type : undefined);
          if (directive === undefined) return undefined;
          const withinSeconds = directive[freshWithinSeconds];
          if (typeof withinSeconds === 'number' && withinSeconds < 1)
            throw new Error(`@auth on ${typeName}.${name}: ${freshWithinSeconds} must be at least 1.`);
          return guarded(field as Field, withinSeconds);
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
