// The operations of examples/, played against a node in the order in which the docs tell them. An answer that stands beside an
// operation is what the node answers; an operation without one succeeds.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { buildSchema, extendSchema, parse, validate } from 'graphql';
import { beforeAll, describe, expect, it } from 'vitest';

import { gql } from '../support/gql.js';
import { laptop, login, loginOperation, register } from '../support/operations.js';
import { connect, subscribe, sessionEndedOn } from '../support/socket.js';
import { type RunningNode, startNode } from '../support/startNode.js';
import { example, exampleFiles, filesOf } from './files.js';

type Json = Readonly<Record<string, unknown>>;

interface Step {
  /** Its file below examples/, without the extension; its variables are beside it. */
  readonly operation: string;
  /** Who sends it; the device that signed in last when left out. */
  readonly as?: 'phone';
  /** The file of its answer, without the extension. */
  readonly answer?: string;
}

const story: readonly Step[] = [
  { operation: 'tour/register' },
  { operation: 'tour/me', answer: 'tour/me' },
  { operation: 'tour/login', answer: 'tour/login' },
  { operation: 'tour/me', as: 'phone', answer: 'tour/superseded' },
  { operation: 'tour/session', as: 'phone', answer: 'tour/session' },
  { operation: 'sessions/endOtherSessions' },
  { operation: 'accounts/requestEmailVerification' },
  { operation: 'accounts/verifyEmail' },
  { operation: 'accounts/changePassword' },
  { operation: 'accounts/setPassword', answer: 'accounts/setPassword' },
  { operation: 'accounts/confirmIdentity' },
  { operation: 'accounts/requestEmailChange' },
  { operation: 'accounts/confirmEmailChange' },
  { operation: 'accounts/requestPasswordReset' },
  { operation: 'accounts/resetPassword' },
  { operation: 'accounts/deleteAccount' },
];

/** Tested apart. */
const subscription = 'sessions/sessionEnded';
const extension = 'extending/schema';
/** They need the code of a mail: see auth/pendingRegistration and auth/emailCode. */
const completions = ['accounts/completeRegistration', 'accounts/requestLoginCode', 'accounts/loginWithCode'];
/** They need an authenticator: see auth/passkeys.browser. */
const passkeys = [
  'passkeys/startPasskeyRegistration',
  'passkeys/completePasskeyRegistration',
  'passkeys/startPasskeyLogin',
  'passkeys/completePasskeyLogin',
];

const signIn = {
  query: loginOperation,
  variables: { input: { email: 'ann@example.org', password: 'five gulls over the pier' } },
};

/** The mails that the links come from; notices have links too. */
const subjects: Readonly<Record<string, RegExp>> = {
  verifyEmail: /^Confirm your e-mail/,
  resetPassword: /^Set a new password/,
  confirmEmailChange: /^Confirm your new e-mail/,
};

describe('the operations of examples/', () => {
  let node: RunningNode;
  const devices = new Map<string, string>();
  let newest: string | undefined;

  beforeAll(async () => {
    node = await startNode();
  });

  const play = async ({ operation, as }: Step): Promise<Json> => {
    const token = as === undefined ? newest : devices.get(as);
    const variablesFile = `${operation}.variables.json`;
    const variables = exampleFiles.includes(`examples/${variablesFile}`)
      ? (JSON.parse(example(variablesFile)) as { readonly input: { readonly device: { kind: string } } })
      : undefined;
    const response = await fetch(`${node.url}/graphql`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify({ query: await withLink(node, example(`${operation}.graphql`)), variables }),
    });
    const answer = (await response.json()) as Json;
    const [result] = Object.values((answer['data'] as Json | null | undefined) ?? {}) as (Json | null)[];
    if (typeof result?.['token'] === 'string') {
      newest = result['token'];
      if (variables?.input.device.kind === 'MOBILE') devices.set('phone', newest);
    }
    return answer;
  };

  it('EXAMPLES-01 MUST all be played, and fit the schema', () => {
    const schema = buildSchema(readFileSync('schema.graphql', 'utf8'));
    const apart = [subscription, extension, ...completions, ...passkeys];
    const played = new Set([...story.map(({ operation }) => operation), ...apart]);
    expect(filesOf('graphql')).toEqual([...played].map((name) => `examples/${name}.graphql`).sort());
    for (const name of played)
      if (name === extension) extendSchema(schema, parse(example(`${name}.graphql`)));
      else expect(validate(schema, parse(example(`${name}.graphql`)))).toEqual([]);
    const beside = story.flatMap(({ operation, answer }) => [
      `examples/${operation}.variables.json`,
      ...(answer === undefined ? [] : [`examples/${answer}.answer.json`]),
    ]);
    // test/examples/hosts.test.ts runs the hosts.
    const others = filesOf('json').filter((file) => !file.startsWith('examples/hosts/'));
    expect(others.filter((file) => !beside.includes(file))).toEqual([]);
  });

  it('EXAMPLES-02 MUST be answered as the examples say', async () => {
    for (const step of story) {
      // A reset signs no client in.
      if (step.operation === 'accounts/deleteAccount')
        newest = (await gql(node.url, signIn)).data?.login.token;
      const answer = await play(step);
      const [result] = Object.values((answer['data'] as Json | null) ?? {}) as (Json | null)[];
      if (step.answer === undefined)
        expect({ ...step, errors: answer['errors'], problem: result?.['message'] }).toEqual(step);
      else {
        const expected = JSON.parse(example(`${step.answer}.answer.json`)) as Json;
        expect(likened(answer, expected), step.operation).toEqual(expected);
      }
    }
  });

  it('EXAMPLES-03 MUST notify a device that waits', async () => {
    const { token, session, user } = await register(node.url);
    const socket = await connect(node.url, token);
    subscribe(socket, '1', example(`${subscription}.graphql`));
    socket.send({ type: 'ping' });
    await socket.message('pong');
    await login(node.url, user.email, laptop);
    const by = { kind: laptop.kind, name: laptop.name };
    expect(await sessionEndedOn(socket)).toMatchObject({ sessionId: session.id, reason: 'SUPERSEDED', by });
  });
});

/** Puts the token of the mail that the operation waits for into the place of `eyJ…`. */
async function withLink(node: RunningNode, document: string): Promise<string> {
  const operation = /(\w+)\(input: \{ token: "eyJ…"/.exec(document)?.[1];
  if (operation === undefined) return document;
  const token = () => {
    const mails = readFileSync(join(node.database.env['DATA_DIR'] ?? '', 'outbox.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { readonly subject: string; readonly text: string });
    const mail = mails.findLast(({ subject }) => subjects[operation]?.test(subject));
    return new RegExp(`/${operation}\\?token=([\\w.-]+)`).exec(mail?.text ?? '')?.[1] ?? '';
  };
  await expect.poll(token, { timeout: 10_000 }).not.toBe('');
  return document.replace('eyJ…', token());
}

const moment = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** The answer, with what differs from run to run as the example has it: moments, and texts that it cuts short with `…`. */
function likened(answer: unknown, like: unknown): unknown {
  if (Array.isArray(answer) && Array.isArray(like))
    return answer.map((part, index) => likened(part, like[index]));
  if (typeof answer === 'object' && answer !== null && typeof like === 'object' && like !== null) {
    return Object.fromEntries(
      Object.entries(answer).map(([key, value]) => [key, likened(value, (like as Json)[key])]),
    );
  }
  if (typeof answer !== 'string' || typeof like !== 'string') return answer;
  const isAlike = like.endsWith('…')
    ? answer.startsWith(like.slice(0, -1))
    : moment.test(like) && moment.test(answer);
  return isAlike ? like : answer;
}
