// Sends requests as other servers do.

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** The parsed JSON; null without JSON. */
  readonly body: unknown;
}

export async function send(url: string, path: string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(new URL(path, url), init);
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') === true;
  return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : null };
}

export function bearer(token: string): Readonly<Record<string, string>> {
  return { authorization: `Bearer ${token}` };
}

export function basic(name: string, key: string): Readonly<Record<string, string>> {
  return { authorization: `Basic ${Buffer.from(`${name}:${key}`).toString('base64')}` };
}

export function post(body: unknown, headers: Readonly<Record<string, string>> = {}): RequestInit {
  const init = { method: 'POST', headers: { 'content-type': 'application/json', ...headers } };
  return { ...init, body: typeof body === 'string' ? body : JSON.stringify(body) };
}

export function form(fields: Readonly<Record<string, string>>, headers: Readonly<Record<string, string>>) {
  return { method: 'POST', headers, body: new URLSearchParams(fields) };
}
