// Devices that sign in, send requests, change passwords and end sessions without a pause, and record every answer.

import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

import WebSocket from 'ws';

import { type Act, type Operation, type Refusal, type Result, type Time, type Watch } from './history.js';

export interface Recorder {
  readonly now: () => Time;
  readonly operations: Operation[];
  readonly watches: Watch[];
}

export interface Account {
  readonly name: string;
  readonly email: string;
  /** The passwords that may be valid, the likeliest first: a change without an answer may or may not take effect. */
  passwords: string[];
  isChanging: boolean;
  /** The sessions that its devices know. */
  readonly sessions: Set<string>;
}

export interface Place {
  readonly name: string;
  readonly url: string;
}

/** Gives a number from 0 to 1, the same for the same seed. */
export type Random = () => number;

export interface Device {
  /** Acts until `isOver()` is true. */
  run(isOver: () => boolean): Promise<void>;
  /** Closes its sockets, and opens no other. */
  stop(): void;
}

/** The time that a client waits for an answer, in milliseconds. */
const requestTimeoutMs = 12_000;

/** The number of passwords that a device remembers: so many changes in a row may take effect late or never. */
const maxPasswords = 6;

const signedIn = `token session { id } user { id }`;
const documents = {
  register: `mutation ($input: RegisterInput!) { result: register(input: $input) { __typename
    ... on RegisterSuccess { ${signedIn} } } }`,
  login: `mutation ($input: LoginInput!) { result: login(input: $input) { __typename
    ... on LoginSuccess { ${signedIn} superseded { id } } } }`,
  me: `{ result: me { __typename id } }`,
  logout: `mutation { result: logout { __typename session { id } } }`,
  endSession: `mutation ($input: EndSessionInput!) { result: endSession(input: $input) { __typename
    ... on EndSessionSuccess { session { id } } } }`,
  endOtherSessions: `mutation { result: endOtherSessions { __typename sessions { id } } }`,
  changePassword: `mutation ($input: ChangePasswordInput!) { result: changePassword(input: $input) { __typename
    ... on ChangePasswordSuccess { ${signedIn} endedSessions { id } } } }`,
} as const satisfies Record<Act['kind'], string>;

const subscription = 'subscription { sessionEnded { reason by { name } } }';

export function createDevice(
  account: Account,
  places: readonly Place[],
  recorder: Recorder,
  random: Random,
): Device {
  let held: { readonly session: string; readonly token: string } | null = null;
  let socket: WebSocket | null = null;
  const sockets = new Set<WebSocket>();
  let isStopped = false;
  const anyPlace = () => pick(places, random);

  /** Sends a request once, and records it with its answer. */
  const ask = async (act: Act, place = anyPlace()): Promise<Result> => {
    const isSignIn = act.kind === 'login' || act.kind === 'register';
    const sent = isSignIn ? null : held;
    const startedAt = recorder.now();
    const result = await send(place, account, act, sent?.token ?? null);
    recorder.operations.push({
      account: account.name,
      node: place.name,
      session: sent?.session ?? null,
      act,
      startedAt,
      endedAt: recorder.now(),
      result,
    });
    return result;
  };

  const take = (result: Result) => {
    if (result.kind !== 'signedIn') return;
    held = { session: result.session, token: result.token };
    account.sessions.add(result.session);
    watch(held);
  };

  const prefer = (password: string) => {
    const others = account.passwords.filter((other) => other !== password);
    account.passwords = [password, ...others].slice(0, maxPasswords);
  };

  const doubt = (password: string) => {
    account.passwords = [...account.passwords.filter((other) => other !== password), password];
  };

  const signIn = async () => {
    const password = random() < 0.8 ? account.passwords[0] : pick(account.passwords, random);
    if (password === undefined) throw new Error('an account without a password');
    const act = { kind: 'login', password, key: randomUUID(), device: randomUUID() } as const;
    for (let tries = 0; tries < 3; tries += 1) {
      const result = await ask(act);
      take(result);
      if (result.kind === 'signedIn') prefer(password);
      if (result.kind === 'wrongPassword') doubt(password);
      // Repeats the same sign-in, as a client does without an answer.
      if (result.kind !== 'unavailable') return;
      await sleep(200);
    }
  };

  const changePassword = async () => {
    const [password] = account.passwords;
    if (account.isChanging || password === undefined) return;
    account.isChanging = true;
    const newPassword = `four boats ${randomUUID()}`;
    const result = await ask({ kind: 'changePassword', password, newPassword });
    take(result);
    if (result.kind === 'signedIn') prefer(newPassword);
    else if (result.kind === 'unavailable') account.passwords.push(newPassword);
    else if (result.kind === 'wrongPassword') doubt(password);
    account.isChanging = false;
  };

  const act = async () => {
    if (held === null) {
      await signIn();
      return;
    }
    const chance = random();
    if (chance < 0.1) await signIn();
    else if (chance < 0.14) forgetIfDone(await ask({ kind: 'logout' }));
    else if (chance < 0.18) await ask({ kind: 'endOtherSessions' });
    else if (chance < 0.21) await changePassword();
    else if (chance < 0.25) await ask({ kind: 'endSession', target: pick([...account.sessions], random) });
    else await read();
  };

  const forgetIfDone = ({ kind }: Result) => {
    // Half of the devices send another request with the ended token, which must be refused.
    if (kind === 'done' && random() < 0.5) held = null;
  };

  /** Sends several requests that overlap to one node, as a page does. */
  const read = async () => {
    const place = anyPlace();
    const first = ask({ kind: 'me' }, place);
    const later = Array.from({ length: Math.floor(random() * 12) }, async () => {
      await sleep(random() * 400);
      return ask({ kind: 'me' }, place);
    });
    const results = await Promise.all([first, ...later]);
    if (results.some(({ kind }) => kind === 'refused') && random() < 0.7) held = null;
  };

  const watch = ({ session, token }: { readonly session: string; readonly token: string }) => {
    // Keeps the earlier session's socket: the node must close it with the reason when that session ends.
    const place = anyPlace();
    const opened = new WebSocket(
      new URL('/graphql', place.url.replace('http', 'ws')),
      'graphql-transport-ws',
    );
    socket = opened;
    sockets.add(opened);
    const events: { readonly at: Time; readonly refusal: Refusal }[] = [];
    let record: { -readonly [Key in keyof Watch]: Watch[Key] } | null = null;
    const speak = (message: unknown) => {
      opened.send(JSON.stringify(message));
    };
    opened.on('open', () => {
      speak({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } });
    });
    opened.on('message', (data: Buffer) => {
      const message = JSON.parse(data.toString()) as SocketMessage;
      if (message.type === 'connection_ack') {
        speak({ type: 'subscribe', id: '1', payload: { query: subscription } });
        speak({ type: 'ping' });
      } else if (message.type === 'pong') {
        record = {
          account: account.name,
          node: place.name,
          session,
          startedAt: recorder.now(),
          events,
          closed: null,
        };
        recorder.watches.push(record);
      } else if (message.type === 'next') {
        const { reason, by } = message.payload.data.sessionEnded;
        events.push({ at: recorder.now(), refusal: { kind: 'refused', reason, by: by?.name ?? null } });
      } else if (message.type === 'error') {
        const [error] = message.payload;
        const { code, reason = '', by } = error?.extensions ?? { code: '' };
        // The session had ended before the subscription began.
        if (code === 'UNAUTHENTICATED')
          events.push({ at: recorder.now(), refusal: { kind: 'refused', reason, by: by?.name ?? null } });
      }
    });
    opened.on('error', () => undefined);
    opened.on('close', (code: number, reason: Buffer) => {
      sockets.delete(opened);
      if (record !== null) record.closed = { at: recorder.now(), code, reason: reason.toString() };
      const isWanted = socket === opened && !isStopped && code !== 4403;
      // Connects again, to any node.
      if (isWanted)
        setTimeout(() => {
          if (socket === opened && !isStopped && held?.session === session) watch({ session, token });
        }, 300).unref();
    });
  };

  return {
    async run(isOver) {
      while (!isOver()) {
        await act();
        await sleep(20 + random() * 60);
      }
    },
    stop() {
      isStopped = true;
      for (const open of sockets) open.terminate();
    },
  };
}

/**
 * Registers the account.
 *
 * @throws when the registration does not succeed
 */
export async function registerAccount(account: Account, place: Place, recorder: Recorder): Promise<void> {
  const [password = ''] = account.passwords;
  const act = { kind: 'register', password, key: randomUUID(), device: randomUUID() } as const;
  const startedAt = recorder.now();
  const result = await send(place, account, act, null);
  if (result.kind !== 'signedIn') throw new Error(`not registered: ${JSON.stringify(result)}`);
  account.sessions.add(result.session);
  const times = { startedAt, endedAt: recorder.now() };
  recorder.operations.push({ account: account.name, node: place.name, session: null, act, ...times, result });
}

type SocketMessage =
  | { readonly type: 'connection_ack' | 'pong' | 'complete' | 'ping' }
  | { readonly type: 'error'; readonly payload: readonly AnswerError[] }
  | {
      readonly type: 'next';
      readonly payload: {
        readonly data: {
          readonly sessionEnded: { readonly reason: string; readonly by: { readonly name: string } | null };
        };
      };
    };

interface Answer {
  readonly data?: { readonly result: Payload | null } | null;
  readonly errors?: readonly AnswerError[];
}

interface AnswerError {
  readonly extensions: {
    readonly code: string;
    readonly reason?: string;
    readonly by?: { readonly name: string } | null;
  };
}

interface Payload {
  readonly __typename: string;
  readonly token?: string;
  readonly session?: { readonly id: string } | null;
  readonly superseded?: readonly { readonly id: string }[];
  readonly sessions?: readonly { readonly id: string }[];
  readonly endedSessions?: readonly { readonly id: string }[];
}

async function send(place: Place, account: Account, act: Act, token: string | null): Promise<Result> {
  const body = JSON.stringify({ query: documents[act.kind], variables: { input: inputOf(account, act) } });
  try {
    const response = await fetch(new URL('/graphql', place.url), {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      },
      body,
      signal: AbortSignal.timeout(requestTimeoutMs),
    });
    return resultOf((await response.json()) as Answer, act);
  } catch {
    return { kind: 'unavailable' };
  }
}

function inputOf({ email }: Account, act: Act): Readonly<Record<string, unknown>> {
  switch (act.kind) {
    case 'register':
    case 'login':
      return {
        email,
        password: act.password,
        idempotencyKey: act.key,
        device: { kind: 'OTHER', name: act.device },
      };
    case 'endSession':
      return { id: act.target };
    case 'changePassword':
      return { currentPassword: act.password, newPassword: act.newPassword };
    case 'me':
    case 'logout':
    case 'endOtherSessions':
      return {};
  }
}

function resultOf(answer: Answer, act: Act): Result {
  const [error] = answer.errors ?? [];
  if (error !== undefined) {
    const { code, reason = '', by } = error.extensions;
    if (code === 'SERVICE_UNAVAILABLE') return { kind: 'unavailable' };
    if (code === 'UNAUTHENTICATED') return { kind: 'refused', reason, by: by?.name ?? null };
    return { kind: 'unexpected', answer: JSON.stringify(answer) };
  }
  const payload = answer.data?.result;
  const unexpected = { kind: 'unexpected', answer: JSON.stringify(answer) } as const;
  if (payload == null) return unexpected;
  const { token, session } = payload;
  const ended = [
    ...(payload.superseded ?? []),
    ...(payload.sessions ?? []),
    ...(payload.endedSessions ?? []),
    ...((act.kind === 'logout' || act.kind === 'endSession') && session != null ? [session] : []),
  ].map(({ id }) => id);
  switch (payload.__typename) {
    case 'InvalidCredentials':
      return { kind: 'wrongPassword' };
    case 'SessionNotFound':
      return { kind: 'notFound' };
    case 'LogoutPayload':
      return session == null ? { kind: 'nothing' } : { kind: 'done', ended };
    case 'RegisterSuccess':
    case 'LoginSuccess':
    case 'ChangePasswordSuccess':
      if (token === undefined || session == null) return unexpected;
      return { kind: 'signedIn', session: session.id, token, ended };
    case 'User':
    case 'EndSessionSuccess':
    case 'EndOtherSessionsPayload':
      return { kind: 'done', ended };
    default:
      return unexpected;
  }
}

export function pick<T>(all: readonly T[], random: Random): T {
  const one = all[Math.floor(random() * all.length)];
  if (one === undefined) throw new Error('nothing to pick from');
  return one;
}
