// Sends one operation over HTTP, and repeats it while the server is away.

import { withDeadline } from './platform.js';
import { prefixDocument, unprefixResults } from './typePrefix.js';

/** The server refused an operation, or did not answer. */
export class HufuError extends Error {
  override readonly name = 'HufuError';

  /** A value of the schema's `ErrorCode`; `NO_ANSWER` where no answer arrived. */
  readonly code: string;
  /** All extensions of the server's error. */
  readonly extensions: Readonly<Record<string, unknown>>;

  constructor(message: string, code: string, extensions: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.code = code;
    this.extensions = extensions;
  }
}

interface Answer<Data> {
  readonly data?: Data | null;
  readonly errors?: readonly {
    readonly message: string;
    readonly extensions?: Readonly<Record<string, unknown>>;
  }[];
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

/**
 * Sends an operation and gives its data.
 *
 * @throws {@link HufuError} where there is no data
 */
export type Send = <Data>(request: Request) => Promise<Data>;

/** Makes the function that sends operations to one URL, whose types have the prefix. */
export function sendTo(url: string, typePrefix: string): Send {
  return async <Data>({ document, variables, token, keepalive = false }: Request) => {
    const answer = await withDeadline(timeoutMs, async (signal) => {
      const response = await globalThis.fetch(url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          accept: 'application/graphql-response+json, application/json',
          ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        },
        body: JSON.stringify({ query: prefixDocument(document, typePrefix), variables }),
        signal,
        keepalive,
      });
      return (await response.json()) as Answer<Data> | null;
    }).catch(() => null);
    if (answer?.data != null) return unprefixResults(answer.data, typePrefix);
    const error = answer?.errors?.[0];
    // The network failed, or a proxy answered with a page or with JSON of its own.
    if (error === undefined) throw new HufuError('The server does not answer.', 'NO_ANSWER');
    const { message, extensions = {} } = error;
    throw new HufuError(message, codeOf(extensions), extensions);
  };
}

function codeOf({ code }: Readonly<Record<string, unknown>>): string {
  return typeof code === 'string' ? code : 'INTERNAL_SERVER_ERROR';
}

/** The number of attempts, and the pause after the first, in milliseconds: 1, 2, 4, 8 and 16 s, half a minute in all. */
const attempts = 6;
const firstPauseMs = 1_000;

/** No attempt begins later than this, in milliseconds: after 60 s the server takes a repeated sign-in for another one. */
const maxRetryMs = 40_000;

/**
 * Repeats the work while the server is away. The work must be one that the server recognizes as repeated.
 *
 * @throws the error of the last attempt
 */
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
