// Puts a trusted document's text into the request that asks for it, so that the server executes that and nothing
// else.

import { type TrustedDocuments } from './trustedDocuments.js';

interface Parameters {
  /** The query string with its question mark, or an empty text. */
  readonly search: string;
  /** The parsed JSON body; undefined for GET. */
  readonly body: unknown;
}

/** A hash that no document has: what asks for it is told that there is no such document. */
const nowhere = { persistedQuery: { version: 1, sha256Hash: '' } };

export function substitute(documents: TrustedDocuments, { search, body }: Parameters): Parameters {
  return body === undefined
    ? { search: substituteInSearch(documents, search), body }
    : { search, body: substituteInBody(documents, body) };
}

function substituteInBody(documents: TrustedDocuments, body: unknown): unknown {
  if (typeof body !== 'object' || body === null) return body;
  const { query, extensions, ...rest } = body as Readonly<Record<string, unknown>>;
  // Nothing that could be executed: the server says what is wrong with it.
  const isText = typeof query === 'string' && query !== '';
  if (!isText && rest['documentId'] === undefined && extensions === undefined) return body;
  const text = documents.find({ query, extensions, ...rest });
  return text === null ? { ...rest, extensions: nowhere } : { ...rest, query: text };
}

function substituteInSearch(documents: TrustedDocuments, search: string): string {
  const parameters = new URLSearchParams(search);
  const text = documents.find({
    query: parameters.get('query'),
    documentId: parameters.get('documentId'),
    extensions: parsed(parameters.get('extensions')),
  });
  for (const name of ['query', 'documentId', 'extensions']) parameters.delete(name);
  if (text === null) parameters.set('extensions', JSON.stringify(nowhere));
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
