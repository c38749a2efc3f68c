// Sends the operations of examples/ to a node in the order of the docs. The node must give the answer that stands beside an
// operation; an operation without one must succeed.

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
  /** Its file below examples/, without the extension. Its variables may stand beside it. */
  readonly operation: string;
  /** The device that sends it; by default the one that signed in last. */
  readonly as?: 'phone';
  /** The file of its answer, without the extension. */
  readonly answer?: string;
}

const steps: readonly Step[] = [
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

/** Tests of their own send these. */
const subscription = 'sessions/sessionEnded';
const extension = 'extending/schema';
/** These need the code of a mail: see auth/pendingRegistration and auth/emailCode. */
const completions = ['accounts/completeRegistration', 'accounts/requestLoginCode', 'accounts/loginWithCode'];
/** These need an authenticator: see auth/passkeys.browser. */
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

/** The subjects of the mails with the links; notifications have links too. */
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

  const send = async ({ operation, as }: Step): Promise<Json> => {
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

  it('EXAMPLES-01 MUST all be sent by a test, and fit the schema', () => {
    const schema = buildSchema(readFileSync('schema.graphql', 'utf8'));
    const others = [subscription, extension, ...completions, ...passkeys];
    const sent = new Set([...steps.map(({ operation }) => operation), ...others]);
    expect(filesOf('graphql')).toEqual([...sent].map((name) => `examples/${name}.graphql`).sort());
    for (const name of sent)
      if (name === extension) extendSchema(schema, parse(example(`${name}.graphql`)));
      else expect(validate(schema, parse(example(`${name}.graphql`)))).toEqual([]);
    const beside = steps.flatMap(({ operation, answer }) => [
      `examples/${operation}.variables.json`,
      ...(answer === undefined ? [] : [`examples/${answer}.answer.json`]),
    ]);
    // test/examples/hosts.test.ts runs the hosts.
    const answers = filesOf('json').filter((file) => !file.startsWith('examples/hosts/'));
    expect(answers.filter((file) => !beside.includes(file))).toEqual([]);
  });

  it('EXAMPLES-02 MUST get the answers that stand beside them, or succeed', async () => {
    for (const step of steps) {
      // A password reset signs no client in.
      if (step.operation === 'accounts/deleteAccount')
        newest = (await gql(node.url, signIn)).data?.login.token;
      const answer = await send(step);
      const [result] = Object.values((answer['data'] as Json | null) ?? {}) as (Json | null)[];
      if (step.answer === undefined)
        expect({ ...step, errors: answer['errors'], problem: result?.['message'] }).toEqual(step);
      else {
        const expected = JSON.parse(example(`${step.answer}.answer.json`)) as Json;
        expect(normalized(answer, expected), step.operation).toEqual(expected);
      }
    }
  });

  it('EXAMPLES-03 MUST notify a subscribed device of the end of its session', async () => {
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

/** Replaces `eyJ…` by the token of the mail that the operation needs. */
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

const timestamp = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** Replaces the parts of an answer that differ in each run, timestamps and texts that the example cuts with `…`, by those of the example. */
function normalized(answer: unknown, like: unknown): unknown {
  if (Array.isArray(answer) && Array.isArray(like))
    return answer.map((part, index) => normalized(part, like[index]));
  if (typeof answer === 'object' && answer !== null && typeof like === 'object' && like !== null) {
    return Object.fromEntries(
      Object.entries(answer).map(([key, value]) => [key, normalized(value, (like as Json)[key])]),
    );
  }
  if (typeof answer !== 'string' || typeof like !== 'string') return answer;
  const isExpected = like.endsWith('…')
    ? answer.startsWith(like.slice(0, -1))
    : timestamp.test(like) && timestamp.test(answer);
  return isExpected ? like : answer;
}
