// A GraphQL client of a few lines: one POST, and everything that came back.

/** An operation's text, typed with the data it answers: `const me: Operation<{ me: { id: string } | null }> = '...'`. */
export type Operation<Data> = string & { readonly answers?: Data };

export interface GqlRequest<Data> {
  readonly query: Operation<Data>;
  readonly variables?: Readonly<Record<string, unknown>>;
  /** Which of the text's operations to execute; left out where there is one. */
  readonly operationName?: string;
  /** Sent as `Authorization: Bearer`. */
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface GqlError {
  readonly message: string;
  readonly path?: readonly (string | number)[];
  readonly extensions: Readonly<Record<string, unknown>> & {
    readonly code: string;
    readonly reason?: string;
  };
}

export interface GqlAnswer<Data> {
  readonly status: number;
  readonly headers: Headers;
  /** Null where the operation could not be executed. */
  readonly data: Data | null;
  readonly errors: readonly GqlError[];
}

/**
 * @param url where the node listens, without a path
 * @throws when the answer is not JSON
 */
export async function gql<Data>(url: string, request: GqlRequest<Data>): Promise<GqlAnswer<Data>> {
  const response = await fetch(new URL('/graphql', url), {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(request.token === undefined ? {} : { authorization: `Bearer ${request.token}` }),
      ...request.headers,
    },
    body: JSON.stringify({
      query: request.query,
      variables: request.variables,
      operationName: request.operationName,
    }),
  });
  const body = (await response.json()) as { data?: Data | null; errors?: GqlError[] };
  return {
    status: response.status,
    headers: response.headers,
    data: body.data ?? null,
    errors: body.errors ?? [],
  };
}

/** How long a sign-in waits for its turn to be hashed. */
export const hasherMaxWaitMs = 4_000;

/** Sends a sign-in, and sends it again after it has waited for its hash in vain, as it may on a machine that is busy. */
export async function signIn<Data>(url: string, request: GqlRequest<Data>): Promise<GqlAnswer<Data>> {
  for (let tries = 1; ; tries += 1) {
    const startedAt = performance.now();
    const answer = await gql(url, request);
    const hasWaited = performance.now() - startedAt >= hasherMaxWaitMs;
    const isUnavailable = answer.errors[0]?.extensions.code === 'SERVICE_UNAVAILABLE';
    if (!hasWaited || !isUnavailable || tries === 5) return answer;
  }
}
