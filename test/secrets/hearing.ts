// A client that keeps every word of every answer, and knows what of it was the asker's own to be told.

import { mark } from './marks.js';

export interface Heard {
  /** What was asked, for the reader of a failure. */
  readonly asked: string;
  /** Status, headers and body, without what was given to its owner. */
  readonly text: string;
}

export interface AskOptions {
  readonly token?: string;
  readonly method?: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Hearing {
  readonly heard: Heard[];
  /** Tokens that were given out, and so must turn up nowhere else. */
  readonly given: string[];
  /** Sends an operation's parameters to /graphql; gives the results by their fields. */
  ask(
    asked: string,
    parameters: Readonly<Record<string, unknown>>,
    options?: AskOptions,
  ): Promise<Readonly<Record<string, Result | null>>>;
  /** Sends anything to any path; gives the status. */
  send(asked: string, path: string, init?: RequestInit): Promise<number>;
  /** Opens a link, or uses it with the form of its page; gives the status. */
  link(operation: string, token: string, fields?: Readonly<Record<string, string>>): Promise<number>;
}

export interface Result {
  readonly __typename: string;
  readonly token?: string;
  readonly session?: { readonly id: string } | null;
}

/** @param url where the node listens */
export function startHearing(url: string): Hearing {
  const heard: Heard[] = [];
  const given: string[] = [];

  const hear = async (asked: string, path: string, init: RequestInit, own: (body: string) => string) => {
    const response = await fetch(url + path, { redirect: 'manual', ...init });
    const body = await response.text();
    const headers = Array.from(response.headers, ([name, value]) => `${name}: ${value}`).join('\n');
    heard.push({ asked, text: `${String(response.status)}\n${headers}\n${own(body)}` });
    return { status: response.status, body };
  };

  return {
    heard,
    given,
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
      await hear(asked, path, init, (body) => {
        results = (JSON.parse(body) as { data?: Record<string, Result | null> | null }).data ?? {};
        const tokens = Object.values(results).flatMap((result) => result?.token ?? []);
        given.push(...tokens);
        // Once in the answer that gives it: a second time would be one too many.
        return tokens.reduce((text, own) => text.replace(own, '(given)'), body);
      });
      return results;
    },
    async send(asked, path, init = {}) {
      return (await hear(asked, path, init, (body) => body)).status;
    },
    async link(operation, token, fields) {
      const post = { method: 'POST', body: new URLSearchParams({ token, ...fields }) };
      const path = `/link/${operation}`;
      const search = `?token=${encodeURIComponent(token)}`;
      const [to, init] = fields === undefined ? [path + search, {}] : [path, post];
      // The page of a link that stands has its token in its form, to be sent on by the person who opened it.
      const own = (body: string) =>
        token.includes(mark) ? body : body.replace(`value="${token}"`, '(given)');
      return (await hear(`link ${operation}`, to, init, own)).status;
    },
  };
}
