// A client that records every response, without the tokens that were issued to it.

import { canary } from './canary.js';

export interface RecordedResponse {
  /** The request, for the message of a failure. */
  readonly asked: string;
  /** Status, headers and body, without the tokens that were issued to the client. */
  readonly text: string;
}

export interface AskOptions {
  readonly token?: string;
  readonly method?: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Recorder {
  readonly responses: RecordedResponse[];
  /** Tokens that were issued, and must appear nowhere else. */
  readonly issued: string[];
  /** Sends an operation to /graphql, and returns its results by field. */
  ask(
    asked: string,
    parameters: Readonly<Record<string, unknown>>,
    options?: AskOptions,
  ): Promise<Readonly<Record<string, Result | null>>>;
  /** Sends any request, and returns the status. */
  send(asked: string, path: string, init?: RequestInit): Promise<number>;
  /** Opens a link or submits its form, and returns the status. */
  link(operation: string, token: string, fields?: Readonly<Record<string, string>>): Promise<number>;
}

export interface Result {
  readonly __typename: string;
  readonly token?: string;
  readonly session?: { readonly id: string } | null;
}

/** @param url where the node listens */
export function startRecorder(url: string): Recorder {
  const responses: RecordedResponse[] = [];
  const issued: string[] = [];

  const record = async (asked: string, path: string, init: RequestInit, own: (body: string) => string) => {
    const response = await fetch(url + path, { redirect: 'manual', ...init });
    const body = await response.text();
    const headers = Array.from(response.headers, ([name, value]) => `${name}: ${value}`).join('\n');
    responses.push({ asked, text: `${String(response.status)}\n${headers}\n${own(body)}` });
    return { status: response.status, body };
  };

  return {
    responses,
    issued,
    async ask(asked, parameters, { token, method = 'POST', headers = {} } = {}) {
      const all = {
        ...headers,
        ...(method === 'POST' ? { 'content-type': 'application/json' } : {}),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      };
      const search = new URLSearchParams(
        Object.entries(parameters).map(([name, value]): [string, string] => [
          name,
          typeof value === 'string' ? value : JSON.stringify(value),
        ]),
      );
      const init =
        method === 'POST' ? { method, headers: all, body: JSON.stringify(parameters) } : { headers: all };
      const path = method === 'POST' ? '/graphql' : `/graphql?${search.toString()}`;
      let results: Readonly<Record<string, Result | null>> = {};
      await record(asked, path, init, (body) => {
        results = (JSON.parse(body) as { data?: Record<string, Result | null> | null }).data ?? {};
        const tokens = Object.values(results).flatMap((result) => result?.token ?? []);
        issued.push(...tokens);
        // Removes the token once. A second copy would be a leak.
        return tokens.reduce((text, own) => text.replace(own, '(issued)'), body);
      });
      return results;
    },
    async send(asked, path, init = {}) {
      return (await record(asked, path, init, (body) => body)).status;
    },
    async link(operation, token, fields) {
      const post = { method: 'POST', body: new URLSearchParams({ token, ...fields }) };
      const path = `/link/${operation}`;
      const search = `?token=${encodeURIComponent(token)}`;
      const [to, init] = fields === undefined ? [path + search, {}] : [path, post];
      // The page of a valid link has the token in its form.
      const own = (body: string) =>
        token.includes(canary) ? body : body.replace(`value="${token}"`, '(issued)');
      return (await record(`link ${operation}`, to, init, own)).status;
    },
  };
}
