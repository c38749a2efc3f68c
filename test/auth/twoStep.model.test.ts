// Random orders of acts by an owner with two devices and two strangers, of whom one knows every password of the account. In every
// order at most one session is live, and none was opened without all factors.

import fc from 'fast-check';
import { expect, it } from 'vitest';

import { run } from '../support/account.js';
import { createTestClock } from '../support/clock.js';
import { type App, enrol, runFactor } from '../support/factors.js';
import { gql } from '../support/gql.js';
import { meOperation, password, phone, register, laptop } from '../support/operations.js';
import { startNode } from '../support/startNode.js';

const clock = createTestClock();
const { url } = await startNode({ clock });

const passwords = [password, 'a lantern over the quiet river', 'a kettle under the tall old tree'] as const;

/** The expected state of the account. */
interface Model {
  readonly email: string;
  passwordIndex: number;
  app: App | null;
  /** The token of the only session that may be live; the owner holds it. */
  token: string;
  lastCode: string;
  recoveryCodes: string[];
  /** Challenges that the stranger with the password has got. */
  readonly stolen: string[];
  /** Tokens of sessions that have ended. */
  readonly ended: string[];
}

const actions = [
  'phone',
  'laptop',
  'recovery',
  'steal',
  'guess',
  'replay',
  'forge',
  'changePassword',
  'removeFactor',
  'enrol',
] as const;

const current = (model: Model) => passwords[model.passwordIndex % passwords.length] ?? password;
const factorOf = async (token: string) => {
  const { data } = await gql<{ me: { factors: { id: string }[] } }>(url, {
    query: '{ me { factors { id } } }',
    token,
  });
  return data?.me.factors[0]?.id;
};

function takePlace(model: Model, token: string | undefined): void {
  model.ended.push(model.token);
  model.token = token ?? '';
}

async function signIn(model: Model, device: object, answer: (app: App) => object): Promise<void> {
  const first = await runFactor(url, 'login', { email: model.email, password: current(model), device });
  if (model.app === null) {
    expect(first.__typename).toBe('LoginSuccess');
    takePlace(model, first.token);
    return;
  }
  expect(first.__typename).toBe('SecondFactorRequired');
  const input = { challengeToken: first.challenge?.token, ...answer(model.app) };
  const done = await runFactor(url, 'completeLogin', input);
  expect(done.__typename).toBe('LoginSuccess');
  takePlace(model, done.token);
}

const withCode = (model: Model) => (app: App) => {
  model.lastCode = app.next();
  return { totp: model.lastCode };
};

/** Checks that an answer to a challenge opens no session. */
const mustFail = async (challengeToken: string | undefined, answer: object) => {
  const { __typename } = await runFactor(url, 'completeLogin', { challengeToken, ...answer });
  expect(['CodeRejected', 'ChallengeRejected']).toContain(__typename);
};

const acts: Readonly<Record<(typeof actions)[number], (model: Model) => Promise<void>>> = {
  phone: (model) => signIn(model, phone, withCode(model)),
  laptop: (model) => signIn(model, laptop, withCode(model)),
  recovery: (model) => {
    const recoveryCode = model.recoveryCodes.pop();
    return recoveryCode === undefined ? Promise.resolve() : signIn(model, laptop, () => ({ recoveryCode }));
  },
  async steal(model) {
    if (model.app === null) return;
    const input = { email: model.email, password: current(model) };
    const first = await runFactor(url, 'login', input);
    expect(first).not.toHaveProperty('token');
    model.stolen.push(first.challenge?.token ?? '');
  },
  async guess(model) {
    const wrong = model.app?.wrong() ?? '000000';
    await mustFail(model.stolen.at(-1) ?? '', { totp: wrong });
  },
  replay: (model) => mustFail(model.stolen.at(-1) ?? '', { totp: model.lastCode }),
  forge: (model) => mustFail(Buffer.alloc(48, 7).toString('base64url'), { totp: model.lastCode }),
  async changePassword(model) {
    const currentPassword = current(model);
    model.passwordIndex += 1;
    const input = { currentPassword, newPassword: current(model) };
    const changed = await run(url, 'changePassword', input, model.token);
    expect(changed.__typename).toBe('ChangePasswordSuccess');
    takePlace(model, changed.token);
  },
  async removeFactor(model) {
    if (model.app === null) return;
    const removed = await runFactor(url, 'removeFactor', { id: await factorOf(model.token) }, model.token);
    expect(removed.__typename).toBe('RemoveFactorSuccess');
    model.app = null;
    model.recoveryCodes = [];
  },
  async enrol(model) {
    model.app = await enrol(url, model.token, clock);
    model.lastCode = model.app.shown();
    model.recoveryCodes = [...model.app.recoveryCodes];
  },
};

/** Checks the account after each act. */
async function check(model: Model): Promise<void> {
  const { data } = await gql<{ me: { sessions: { methods: string[]; current: boolean }[] } }>(url, {
    query: '{ me { sessions { methods current } } }',
    token: model.token,
  });
  expect(data?.me.sessions).toHaveLength(1);
  expect(data?.me.sessions[0]?.current).toBe(true);
  const last = model.ended.at(-1);
  if (last !== undefined)
    expect((await gql(url, { query: meOperation, token: last })).errors).toHaveLength(1);
  for (const challengeToken of model.stolen.slice(-1))
    if (model.app === null) await mustFail(challengeToken, { totp: model.lastCode });
}

it(
  'FACTOR-11 acts of an owner and two strangers in any order MUST leave at most one live session, which the owner holds',
  { timeout: 120_000 },
  async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom(...actions), { minLength: 4, maxLength: 12 }),
        async (order) => {
          const { token, user } = await register(url);
          const model: Model = {
            email: user.email,
            passwordIndex: 0,
            app: null,
            token,
            lastCode: '000000',
            recoveryCodes: [],
            stolen: [],
            ended: [],
          };
          await acts.enrol(model);
          for (const action of order) {
            await acts[action](model);
            await check(model);
          }
        },
      ),
      { numRuns: 10 },
    );
  },
);
