// One operation over HTTP.

import { withDeadline } from './platform.js';

/** The server refused an operation, or did not answer. */
export class HufuError extends Error {
  override readonly name = 'HufuError';

  /** A value of the schema's `ErrorCode`; `NO_ANSWER` where none arrived. */
  readonly code: string;
  /** What else the server says of it. */
  readonly extensions: Readonly<Record<string, unknown>>;

  constructor(message: string, code: string, extensions: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.code = code;
    this.extensions = extensions;
  }
}

export interface GraphqlError {
  readonly message: string;
  readonly extensions?: Readonly<Record<string, unknown>>;
}

export interface Answer<Data> {
  readonly data?: Data | null;
  readonly errors?: readonly GraphqlError[];
}

export interface Request {
  readonly document: string;
  readonly variables?: object;
  readonly token: string | null;
  /** Whether the browser sends it although the page is being closed. */
  readonly keepalive?: boolean;
}

/** How long one attempt may take, in milliseconds. */
const timeoutMs = 15_000;

/** @throws {@link HufuError} where there is no data */
export async function send<Data>(
  fetch: typeof globalThis.fetch,
  url: string,
  request: Request,
): Promise<Data> {
  const { document, variables, token, keepalive = false } = request;
  const answer = await withDeadline(timeoutMs, async (signal) => {
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/graphql-response+json, application/json',
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify({ query: document, variables }),
      signal,
      keepalive,
    });
    return (await response.json()) as Answer<Data> | null;
  }).catch(() => null);
  if (answer?.data != null) return answer.data;
  const error = answer?.errors?.[0];
  // The network, or a proxy that answers with a page or with JSON of its own.
  if (error === undefined) throw new HufuError('The server does not answer.', 'NO_ANSWER');
  const { message, extensions = {} } = error;
  throw new HufuError(message, codeOf(extensions), extensions);
}

function codeOf({ code }: Readonly<Record<string, unknown>>): string {
  return typeof code === 'string' ? code : 'INTERNAL_SERVER_ERROR';
}

/** The number of attempts, and the pause after the first, in milliseconds: 1, 2, 4, 8 and 16 s, half a minute in all. */
const attempts = 6;
const firstPauseMs = 1_000;

/** Later than this no attempt begins, in milliseconds: after 60 s the server takes it for another sign-in. */
const maxRetryMs = 40_000;

/** Repeats what may be repeated while the server is away. */
export async function withRetries<T>(work: () => Promise<T>): Promise<T> {
  const beganAtMs = performance.now();
  for (let tries = 1; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      const code = error instanceof HufuError ? error.code : null;
      const isTemporary = code === 'NO_ANSWER' || code === 'SERVICE_UNAVAILABLE';
      const pauseMs = firstPauseMs * 2 ** (tries - 1);
      const isLate = performance.now() - beganAtMs + pauseMs > maxRetryMs;
      if (!isTemporary || isLate || tries === attempts) throw error;
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }
}
