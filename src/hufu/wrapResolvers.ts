// Hufu's resolvers in a host's schema: each finds its own context in the host's, and its errors say what a client may learn.
// The host's own resolvers and errors are not touched.

import { type IResolvers } from '@graphql-tools/utils';
import { GraphQLError, type GraphQLResolveInfo, Kind, OperationTypeNode } from 'graphql';

import { type RequestContext } from '../graphql/context.js';
import { serviceUnavailable } from '../graphql/errors.js';
import { codeOf } from '../graphql/formatError.js';
import { resolvers, withScalarsOfTheFile } from '../graphql/schema.js';
import { typeNameOf } from '../graphql/telemetry.js';
import { crowdedText } from '../graphql/validation/documentLimits.js';
import { findCrowdedCredential } from '../graphql/validation/rootFields.js';
import { type Log } from '../observability/log.js';
import { contextOf } from './hostContext.js';

/** Resolvers by type and field, as `makeExecutableSchema`, Apollo Server and Yoga take them. */
export type HostResolvers = IResolvers;

type Resolve = (parent: unknown, args: unknown, context: unknown, info: GraphQLResolveInfo) => unknown;

export interface WrapOptions {
  readonly log: Log;
  /** The mutations that take a credential. */
  readonly credentials: ReadonlySet<string>;
}

export function wrapResolvers(options: WrapOptions): HostResolvers {
  const wrapped = Object.entries(withScalarsOfTheFile(resolvers)).map(([type, fields]) => {
    if (isScalar(fields)) return [type, fields];
    const own = Object.entries(fields as Readonly<Record<string, unknown>>).map(([field, resolver]) => [
      field,
      wrapField({ ...options, type }, resolver),
    ]);
    return [type, Object.fromEntries(own) as Readonly<Record<string, unknown>>];
  });
  return Object.fromEntries(wrapped) as HostResolvers;
}

function isScalar(fields: object): boolean {
  return 'serialize' in fields;
}

interface FieldParts extends WrapOptions {
  readonly type: string;
}

/** Wraps the functions of a field; a subscription has two. */
function wrapField(parts: FieldParts, resolver: unknown): unknown {
  if (typeof resolver === 'function') return wrap(parts, resolver as Resolve);
  const functions = Object.entries(resolver as Readonly<Record<string, Resolve>>);
  return Object.fromEntries(functions.map(([name, resolve]) => [name, wrap(parts, resolve)]));
}

function wrap({ log, credentials, type }: FieldParts, resolve: Resolve): Resolve {
  const isMutation = type === 'Mutation';

  const fail = (error: unknown, context: RequestContext, info: GraphQLResolveInfo): never => {
    throw hostError(error, context, info, log);
  };

  return (parent, args, hostContext, info) => {
    const given = contextOf(hostContext);
    const context = info.operation.operation === OperationTypeNode.SUBSCRIPTION ? given.lasting() : given;
    if (isMutation) refuseCrowd(info, credentials);
    try {
      const result = resolve(parent, args, context, info);
      if (!(result instanceof Promise)) return result;
      return result.then(
        (value: unknown) => {
          if (isMutation) {
            const { metrics } = context.services;
            metrics.count('mutation_results', { field: info.fieldName, result: typeNameOf(value) });
          }
          return value;
        },
        (error: unknown) => fail(error, context, info),
      );
    } catch (error) {
      return fail(error, context, info);
    }
  };
}

/**
 * Refuses a mutation that takes a credential and does not stand alone: one document could try many passwords. Hufu's own
 * server refuses such a document as a whole, by validation.
 */
function refuseCrowd(
  { fieldName, operation, fragments }: GraphQLResolveInfo,
  credentials: ReadonlySet<string>,
): void {
  if (!credentials.has(fieldName)) return;
  const document = { kind: Kind.DOCUMENT, definitions: [operation, ...Object.values(fragments)] } as const;
  if (findCrowdedCredential(document, credentials) === null) return;
  throw new GraphQLError(crowdedText(fieldName), { extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } });
}

/** Makes the error that the client may see of an error of ours. The log has the cause of a bug under the request's id. */
function hostError(
  error: unknown,
  { requestId }: RequestContext,
  info: GraphQLResolveInfo,
  log: Log,
): unknown {
  const code = codeOf(error);
  if (code === 'SERVICE_UNAVAILABLE') return serviceUnavailable();
  if (code !== 'INTERNAL_SERVER_ERROR') return error;
  log.error({ err: error, requestId, path: `${info.parentType.name}.${info.fieldName}` }, 'unexpected error');
  const message = 'Something went wrong on the server. Its log has the cause under the request id.';
  return new GraphQLError(message, { extensions: { code, requestId } });
}
