// Trusted documents: the node executes only the documents of a list, which a front end's build writes. A request names
// its document by hash, or sends exactly its text.

import { type GraphQLSchema, parse, validate, type ValidationRule, specifiedRules } from 'graphql';
import { z } from 'zod';

import { OperatorError } from '../../common/errors.js';
import { readTextFile } from '../../common/files.js';
import { type GraphqlRequest } from '../context.js';

/** @param why continues the sentence "The file …" */
function unreadable(path: string, why: string): OperatorError {
  return new OperatorError(
    'TRUSTED_DOCUMENTS',
    `the file ${path} ${why}. It must be a JSON object of documents by their hash, as client-preset writes it with ` +
      '`persistedDocuments: true`.',
  );
}

export interface TrustedDocuments {
  /**
   * Finds the text of the document that a request asks for; null when the list does not have it.
   *
   * @param asked the request's parameters, of any types
   */
  find(asked: AskedDocument): string | null;
  /** Finds the hashes of documents that do not fit the schema, or exceed its limits. */
  unfit(schema: GraphQLSchema, limits: ValidationRule): readonly string[];
}

/** The parameters by which a request names its document. */
export interface AskedDocument {
  readonly query?: unknown;
  readonly documentId?: unknown;
  readonly extensions?: unknown;
}

const list = z.record(z.string().min(1), z.string().min(1));

const persistedQuery = z.object({ persistedQuery: z.object({ sha256Hash: z.string() }) });

/** @throws {@link OperatorError} when the file is not there, or is not such a list */
export function readTrustedDocuments(path: string): TrustedDocuments {
  const byHash = new Map(Object.entries(readList(path)));
  const texts = new Set(byHash.values());

  return {
    find({ query, documentId, extensions }) {
      if (typeof query === 'string' && query !== '') return texts.has(query) ? query : null;
      const hash = typeof documentId === 'string' ? documentId : persistedHash(extensions);
      // `sha256:` before it is how the GraphQL over HTTP draft writes a hash.
      return hash === null
        ? null
        : (byHash.get(hash) ?? byHash.get(hash.slice(hash.indexOf(':') + 1)) ?? null);
    },
    unfit(schema, limits) {
      return [...byHash].filter(([, text]) => !fits(schema, text, limits)).map(([hash]) => hash);
    },
  };
}

/** A hash that no document has: the response is then `PERSISTED_QUERY_NOT_FOUND`. */
const notFound = { persistedQuery: { version: 1, sha256Hash: '' } };

/** Puts the text of the trusted document into the request that asks for it, so that nothing else can be executed. */
export function withTrustedDocument(documents: TrustedDocuments, request: GraphqlRequest): GraphqlRequest {
  return request.method === 'GET'
    ? { ...request, search: withDocumentInSearch(documents, request.search) }
    : { ...request, body: withDocumentInBody(documents, request.body) };
}

function withDocumentInBody(documents: TrustedDocuments, body: unknown): unknown {
  if (typeof body !== 'object' || body === null) return body;
  const { query, extensions, ...rest } = body as Readonly<Record<string, unknown>>;
  // The body names no document: Apollo Server says what is wrong with it.
  const isText = typeof query === 'string' && query !== '';
  if (!isText && rest['documentId'] === undefined && extensions === undefined) return body;
  const text = documents.find({ query, extensions, ...rest });
  return text === null ? { ...rest, extensions: notFound } : { ...rest, query: text };
}

function withDocumentInSearch(documents: TrustedDocuments, search: string): string {
  const parameters = new URLSearchParams(search);
  const text = documents.find({
    query: parameters.get('query'),
    documentId: parameters.get('documentId'),
    extensions: parsed(parameters.get('extensions')),
  });
  for (const name of ['query', 'documentId', 'extensions']) parameters.delete(name);
  if (text === null) parameters.set('extensions', JSON.stringify(notFound));
  else parameters.set('query', text);
  return `?${parameters.toString()}`;
}

function parsed(text: string | null): unknown {
  try {
    return text === null ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

function readList(path: string): Readonly<Record<string, string>> {
  const file = readTextFile(path);
  if (file.kind === 'missing') throw unreadable(path, 'does not exist');
  if (file.kind === 'unreadable') throw unreadable(path, file.why);
  let value: unknown;
  try {
    value = JSON.parse(file.text);
  } catch {
    throw unreadable(path, 'is not JSON');
  }
  const read = list.safeParse(value);
  if (!read.success) throw unreadable(path, 'is not a list of documents');
  return read.data;
}

function persistedHash(extensions: unknown): string | null {
  const parsed = persistedQuery.safeParse(extensions);
  return parsed.success ? parsed.data.persistedQuery.sha256Hash : null;
}

function fits(schema: GraphQLSchema, text: string, limits: ValidationRule): boolean {
  try {
    return validate(schema, parse(text), [...specifiedRules, limits]).length === 0;
  } catch {
    return false;
  }
}
