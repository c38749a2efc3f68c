// A fake Hufu for faults that a real one does not have on demand: a feed that falls silent, an answer that never comes.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

import { listen } from '../support/listen.js';

export const serviceKey = 'hufu_0123456789abcdef_key';

export interface FakeHufu {
  readonly url: string;
  /** The tokens of each introspection, in their order. */
  readonly asked: (readonly string[])[];
  /** The `Last-Event-ID` of each request for the feed; null where it had none. */
  readonly followed: (string | null)[];
  /** Tokens of live sessions; the session has the token's name. */
  readonly live: Set<string>;
  /** The methods of every user. */
  userMethods: readonly string[];
  /** The way in which it answers questions. */
  mode: 'answers' | 'is silent' | 'is busy' | 'stalls' | 'refuses' | 'babbles';
  /** Sends an event to all followers of the feed. */
  say(event: 'ended' | 'heartbeat' | 'ready' | 'reset', id: string, data?: object): void;
  /** Sends a comment to all followers, as a proxy may. */
  comment(): void;
  /** Cuts the connections of all followers. */
  cut(): void;
  /** Whether followers are accepted. */
  feeds: boolean;
  /** Whether a `Last-Event-ID` is one of its history. */
  knowsIds: boolean;
}

export async function startFakeHufu(): Promise<FakeHufu> {
  const followers = new Set<ServerResponse>();
  const server = createServer((request, response) => void serve(request, response));
  const text = (event: string, id: string, data: object) =>
    `event: ${event}\nid: ${id}\ndata: ${JSON.stringify(data)}\n\n`;

  const hufu = {
    url: '',
    asked: [] as (readonly string[])[],
    followed: [] as (string | null)[],
    live: new Set<string>(),
    userMethods: ['PASSWORD', 'EMAIL_CODE'] as readonly string[],
    mode: 'answers' as FakeHufu['mode'],
    feeds: true as boolean,
    knowsIds: true as boolean,
    say(event: string, id: string, data: object = {}) {
      for (const follower of followers) follower.write(text(event, id, data));
    },
    comment() {
      for (const follower of followers) follower.write(': a proxy\n\n');
    },
    cut() {
      for (const follower of followers) follower.destroy();
    },
  } satisfies FakeHufu;

  const results = (tokens: readonly string[]) =>
    tokens.map((token) =>
      hufu.live.has(token)
        ? {
            active: true,
            sub: 'user',
            sid: token,
            exp: Math.floor(Date.now() / 1_000) + 3_600,
            iat: 1_000_000_000,
            auth_time: Math.floor(Date.now() / 1_000) - 60,
            methods: ['PASSWORD'],
            user_methods: hufu.userMethods,
            email: 'ann@example.com',
            email_verified: true,
          }
        : {
            active: false,
            hufu: { reason: 'SUPERSEDED', at: '2030-01-01T00:00:00.000Z', by: { kind: 'TV', name: null } },
          },
    );

  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    if (request.headers.authorization !== `Bearer ${serviceKey}` || hufu.mode === 'refuses') {
      response.writeHead(401).end();
    } else if (request.url === '/sessions/ended') {
      const place = request.headers['last-event-id'];
      hufu.followed.push(typeof place === 'string' ? place : null);
      if (!hufu.feeds || (place !== undefined && !hufu.knowsIds)) {
        response.writeHead(hufu.feeds ? 400 : 503).end();
        return;
      }
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.flushHeaders();
      followers.add(response);
      response.once('close', () => followers.delete(response));
    } else {
      const chunks = await request.toArray();
      const { tokens } = JSON.parse(Buffer.concat(chunks as Buffer[]).toString()) as { tokens: string[] };
      hufu.asked.push(tokens);
      if (hufu.mode === 'is busy') response.writeHead(503).end();
      else if (hufu.mode === 'stalls') response.writeHead(503).write('{');
      else if (hufu.mode === 'babbles') response.end('<html>');
      else if (hufu.mode === 'answers')
        response.end(JSON.stringify({ results: results(tokens), at: new Date() }));
    }
  };
  hufu.url = await listen(server);
  return hufu;
}
