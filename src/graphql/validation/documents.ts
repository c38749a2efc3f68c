// Checks documents that Apollo Server does not execute: they have one kind of operation, and keep every limit that holds over
// HTTP.

import {
  type DocumentNode,
  getOperationAST,
  getVariableValues,
  GraphQLError,
  type GraphQLSchema,
  NoSchemaIntrospectionCustomRule,
  type OperationTypeNode,
  parse,
  specifiedRules,
  validate,
  type ValidationRule,
} from 'graphql';

import { badUserInput } from '../errors.js';
import { type FormatError } from '../formatError.js';
import { type TrustedDocuments } from '../persisted/trustedDocuments.js';

export interface DocumentCheckOptions {
  readonly schema: GraphQLSchema;
  /** The only kind of operation, and the error text for any other kind. */
  readonly operation: { readonly type: OperationTypeNode; readonly otherwise: string };
  /** Whether a document may ask for the schema. */
  readonly introspection: boolean;
  /** How many tokens a document may have. */
  readonly maxTokens: number;
  /** Rules beside GraphQL's own. */
  readonly rules: readonly ValidationRule[];
  /** The only documents to execute; null to execute any. */
  readonly trusted: TrustedDocuments | null;
  readonly formatError: FormatError;
}

/** The executor lists as many. */
const maxVariableErrors = 50;

/** A document that may be executed, or the errors that say why not, as the client may see them. */
export type CheckedDocument =
  | { readonly kind: 'document'; readonly document: DocumentNode }
  | { readonly kind: 'refused'; readonly errors: readonly GraphQLError[] };

export type DocumentCheck = (payload: {
  readonly query: string;
  readonly operationName?: string | null | undefined;
  readonly variables?: Readonly<Record<string, unknown>> | null | undefined;
  readonly extensions?: unknown;
}) => CheckedDocument;

export function createDocumentCheck(options: DocumentCheckOptions): DocumentCheck {
  const { schema, introspection, maxTokens, trusted, formatError } = options;
  const rules = [
    ...specifiedRules,
    ...options.rules,
    ...(introspection ? [] : [NoSchemaIntrospectionCustomRule]),
  ];

  /** Makes the error that the client would get over HTTP: it repeats nothing that was submitted. */
  const formatted = (error: GraphQLError, code: string) => {
    const { nodes = null, source = null, positions = null } = error;
    const place = { nodes, source, positions };
    const coded = new GraphQLError(error.message, { ...place, extensions: { ...error.extensions, code } });
    const { message, extensions = null } = formatError(coded.toJSON(), coded);
    return new GraphQLError(message, { ...place, extensions });
  };

  return ({ query, operationName, variables, extensions }) => {
    const text = trusted === null ? query : trusted.find({ query, extensions });
    if (text === null) return refused(formatted(new GraphQLError(''), 'PERSISTED_QUERY_NOT_FOUND'));

    let document: DocumentNode;
    try {
      document = parse(text, { maxLexicalTokens: maxTokens });
    } catch (error) {
      if (!(error instanceof GraphQLError)) throw error;
      return refused(formatted(error, 'GRAPHQL_PARSE_FAILED'));
    }
    const errors = validate(schema, document, rules);
    if (errors.length > 0)
      return refused(...errors.map((error) => formatted(error, 'GRAPHQL_VALIDATION_FAILED')));

    const operation = getOperationAST(document, operationName);
    if (operation == null) return refused(formatted(new GraphQLError(''), 'OPERATION_RESOLUTION_FAILURE'));
    if (operation.operation !== options.operation.type)
      return refused(badUserInput(options.operation.otherwise));
    // The executor would refuse them too, with an error that looks like a fault of the server.
    const coerced = getVariableValues(schema, operation.variableDefinitions ?? [], variables ?? {}, {
      maxErrors: maxVariableErrors,
    });
    if (coerced.errors !== undefined) {
      return refused(...coerced.errors.map((error) => formatted(error, 'BAD_USER_INPUT')));
    }
    return { kind: 'document', document };
  };
}

function refused(...errors: readonly GraphQLError[]): CheckedDocument {
  return { kind: 'refused', errors };
}
