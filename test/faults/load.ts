// Users who log in, query and register continuously during faults, and a record of their responses.

import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';

import { expect } from 'vitest';

import { gql, type GqlAnswer, type Operation } from '../support/gql.js';
import {
  loginOperation,
  meOperation,
  randomEmail,
  password,
  registerOperation,
  type SignedInFields,
} from '../support/operations.js';
import { query as queryRows } from './serverDatabase.js';

export const kinds = ['me', 'login', 'register'] as const;

export type Kind = (typeof kinds)[number];

/** One response. */
export interface LoadResponse {
  readonly kind: Kind;
  readonly endedAt: number;
  readonly tookMs: number;
  /** `ok`, or the error's code and reason. */
  readonly outcome: string;
}

export interface Load {
  readonly responses: readonly LoadResponse[];
  /** The ids of the sessions in successful responses. */
  readonly acknowledged: ReadonlySet<string>;
  /** Responses that no fault explains. */
  readonly wrong: readonly string[];
  /** Stops after the responses to the requests in flight. */
  end(): Promise<void>;
}

interface Person {
  email: string;
  token: string;
  /** Whether a login since the token was issued had an unknown outcome: it may have superseded the token's session. */
  unsure: boolean;
}

const gapMs = 40;

/** @param people who are signed in already */
export function startLoad(url: string, people: readonly SignedInFields[]): Load {
  const responses: LoadResponse[] = [];
  const acknowledged = new Set(people.map(({ session }) => session.id));
  const wrong: string[] = [];
  let ending = false;

  const ask = async <Data>(kind: Kind, query: Operation<Data>, more: Readonly<Record<string, unknown>>) => {
    const startedAt = performance.now();
    const answer = await gql(url, { query, ...more });
    const endedAt = performance.now();
    responses.push({ kind, endedAt, tookMs: endedAt - startedAt, outcome: outcomeOf(answer) });
    return answer;
  };

  const signIn = async (person: Person) => {
    // A device name for each attempt: a login that was executed twice would leave two sessions of one name.
    const device = { kind: 'OTHER', name: randomUUID() };
    const input = { email: person.email, password, device };
    const answer = await ask('login', loginOperation, { variables: { input } });
    const result = answer.data?.login;
    if (result?.__typename === 'LoginSuccess') {
      acknowledged.add(result.session.id);
      Object.assign(person, { token: result.token, unsure: false });
    } else if (outcomeOf(answer) === 'SERVICE_UNAVAILABLE') person.unsure = true;
    else wrong.push(`login: ${outcomeOf(answer)} ${result?.__typename ?? ''}`);
  };

  const query = async (person: Person) => {
    const outcome = outcomeOf(await ask('me', meOperation, { token: person.token }));
    if (outcome === 'ok' || outcome === 'SERVICE_UNAVAILABLE') return;
    if (outcome === 'UNAUTHENTICATED SUPERSEDED' && person.unsure) return;
    wrong.push(`me: ${outcome}`);
  };

  const signUp = async () => {
    const input = { email: randomEmail(), password, device: { kind: 'OTHER', name: randomUUID() } };
    const answer = await ask('register', registerOperation, { variables: { input } });
    const result = answer.data?.register;
    if (result?.__typename === 'RegisterSuccess') acknowledged.add(result.session.id);
    else if (outcomeOf(answer) !== 'SERVICE_UNAVAILABLE') wrong.push(`register: ${outcomeOf(answer)}`);
  };

  const live = async ({ user, token }: SignedInFields, index: number) => {
    const person: Person = { email: user.email, token, unsure: false };
    for (let turn = index; !ending; turn += 1) {
      await (turn % 6 === 0 ? signUp() : turn % 3 === 1 ? signIn(person) : query(person));
      await pause(gapMs);
    }
  };
  const lives = people.map((person, index) =>
    live(person, index).catch((error: unknown) => {
      wrong.push(`no answer: ${String(error)}`);
    }),
  );

  return {
    responses,
    acknowledged,
    wrong,
    async end() {
      ending = true;
      await Promise.all(lives);
    },
  };
}

/** `ok`, or the first error's code with its reason. */
export function outcomeOf({ errors: [error] }: GqlAnswer<unknown>): string {
  if (error === undefined) return 'ok';
  const { code, reason } = error.extensions;
  return reason === undefined ? code : `${code} ${reason}`;
}

/** The longest that it may take until everything is served again, in milliseconds. */
export const healMs = 10_000;

/** Resolves, for each kind, to the milliseconds from the repair to the first good response with no bad one after it. */
export async function healed({ responses }: Load, repairedAt: number): Promise<readonly number[]> {
  const good = (kind: Kind, since: number) =>
    responses.filter((one) => one.kind === kind && one.outcome === 'ok' && one.endedAt > since);
  const lastBad = () =>
    Math.max(
      repairedAt,
      ...responses.filter(({ outcome }) => outcome === 'SERVICE_UNAVAILABLE').map(({ endedAt }) => endedAt),
    );
  const enough = () => kinds.every((kind) => good(kind, lastBad()).length >= 3);
  while (!enough() && performance.now() < repairedAt + healMs + 1_000) await pause(100);
  return kinds.map((kind) => Math.min(...good(kind, lastBad()).map(({ endedAt }) => endedAt - repairedAt)));
}

/** Expects every acknowledged session in the database, no login twice, and one live session for each user. */
export async function expectConsistentSessions(
  url: string,
  acknowledged: ReadonlySet<string>,
): Promise<void> {
  const ids = new Set((await queryRows(url, 'select id from hufu.sessions')).map(({ id }) => id));
  expect([...acknowledged].filter((id) => !ids.has(id))).toEqual([]);
  const twice = `select device_name from hufu.sessions where device_name is not null group by 1 having count(*) > 1`;
  expect(await queryRows(url, twice)).toEqual([]);
  const [counts] = await queryRows(
    url,
    `select (select count(*)::int from hufu.users) as users, count(distinct user_id)::int as people, count(*)::int as live
      from hufu.sessions where ended_at is null`,
  );
  expect(counts).toEqual({ users: counts?.['users'], people: counts?.['users'], live: counts?.['users'] });
}
