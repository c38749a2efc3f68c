// A minimal GraphQL client: one POST, and the whole response.

/** The text of an operation, typed with its data: `const me: Operation<{ me: { id: string } | null }> = '...'`. */
export type Operation<Data> = string & { readonly answers?: Data };

export interface GqlRequest<Data> {
  readonly query: Operation<Data>;
  readonly variables?: Readonly<Record<string, unknown>>;
  /** Needed where the text has several operations. */
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
 * @param url the node's URL, without a path
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

/** How long the hasher keeps a sign-in in its queue before it gives up. */
export const hasherMaxWaitMs = 4_000;

/** Sends a sign-in, up to five times while the hasher gives up after its longest wait: a busy machine is no failure of the test. */
export async function signIn<Data>(url: string, request: GqlRequest<Data>): Promise<GqlAnswer<Data>> {
  for (let tries = 1; ; tries += 1) {
    const startedAt = performance.now();
    const answer = await gql(url, request);
    const hasWaited = performance.now() - startedAt >= hasherMaxWaitMs;
    const isUnavailable = answer.errors[0]?.extensions.code === 'SERVICE_UNAVAILABLE';
    if (!hasWaited || !isUnavailable || tries === 5) return answer;
  }
}
