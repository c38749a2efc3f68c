// What a route answers, as plain values, before anything is written to a connection.

export interface HttpResponse {
  readonly status: number;
  /** Names and values in turn: `['content-type', 'text/html']`. Not those that every answer has anyway. */
  readonly headers: readonly string[];
  readonly body: string;
  /** The content security policy of a page; left out for answers that are no page, which may load nothing at all. */
  readonly policy?: string;
  /** What the request's line in the log says besides. */
  readonly report?: object;
}

type Code = 'BAD_USER_INPUT' | 'SERVICE_UNAVAILABLE' | 'INTERNAL_SERVER_ERROR';

export const jsonType = ['content-type', 'application/json; charset=utf-8'] as const;

/** An answer that is an error, in the shape in which GraphQL puts errors. */
export function errorResponse(
  status: number,
  code: Code,
  message: string,
  headers: readonly string[] = [],
): HttpResponse {
  const body = `${JSON.stringify({ errors: [{ message, extensions: { code } }] })}\n`;
  return { status, headers: [...jsonType, ...headers], body };
}
