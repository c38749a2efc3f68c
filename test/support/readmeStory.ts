// Plays the README's operations against a node, in their order, and holds the answers that it prints against what the
// node answers. Prose directs it: "with the phone's token" says whose, "Ask `me`" which operation once more. A block of
// variables belongs to the operation before it, and so does an answer; an operation without an answer has to succeed.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect } from 'vitest';

import { type Block } from './readme.js';
import { type RunningNode } from './startNode.js';

type Json = Readonly<Record<string, unknown>>;

interface Act {
  readonly document: string;
  variables?: Json;
  /** Undefined for whoever signed in last. */
  readonly who: string | undefined;
  readonly line: number;
}

const devices: Readonly<Record<string, string>> = { phone: 'MOBILE', laptop: 'DESKTOP' };

/** The mails that the links are taken from; notices bear links too. */
const subjects: Readonly<Record<string, RegExp>> = {
  verifyEmail: /^Confirm your e-mail address/,
  resetPassword: /^Set a new password/,
  confirmEmailChange: /^Confirm your new e-mail address/,
};

/** @param stage what has to happen before an operation, by its name, that the README leaves out */
export async function playStory(
  node: RunningNode,
  blocks: readonly Block[],
  stage: Readonly<Record<string, string>>,
): Promise<number> {
  const tokens = new Map<string, string>();
  const documents = new Map<string, string>();
  let newest: string | undefined;
  let pending: Act | null = null;
  let played = 0;

  const send = async (act: Omit<Act, 'line'>): Promise<Json> => {
    const token = act.who === undefined ? newest : tokens.get(devices[act.who] ?? '');
    const response = await fetch(`${node.url}/graphql`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify({ query: await withLink(node, act.document), variables: act.variables }),
    });
    const answer = (await response.json()) as Json;
    const [result] = Object.values((answer['data'] as Json | null | undefined) ?? {}) as (Json | null)[];
    if (typeof result?.['token'] === 'string') {
      newest = result['token'];
      const device = (act.variables?.['input'] as { device?: { kind?: string } } | undefined)?.device;
      tokens.set(device?.kind ?? '', newest);
    }
    played += 1;
    return answer;
  };

  const finish = async () => {
    if (pending === null) return;
    const { line } = pending;
    const answer = await send(pending);
    const [result] = Object.values((answer['data'] ?? {}) as Json) as Json[];
    expect({ line, errors: answer['errors'], problem: result?.['message'] }).toEqual({ line });
    pending = null;
  };

  for (const { language, text, line, prose } of blocks) {
    const who = /with the (\w+)'s token/i.exec(prose)?.[1];
    if (language === 'graphql') {
      await finish();
      const [, name = '', field = ''] = /^(?:query|mutation) (\w+)[^{]*\{\s*(\w+)/.exec(text) ?? [];
      // What extends the schema is no operation.
      if (field === '') continue;
      const before = stage[name];
      if (before !== undefined) await send({ document: before, who: undefined });
      documents.set(field, text);
      pending = { document: text, who, line };
      continue;
    }
    const json = JSON.parse(text) as Json;
    if (!('data' in json) && !('errors' in json)) {
      if (pending === null) throw new Error(`line ${String(line)}: variables of no operation`);
      pending.variables = json;
      continue;
    }
    const again = documents.get(/Ask `(\w+)`/.exec(prose)?.[1] ?? '');
    const act: Act | null = pending ?? (again === undefined ? null : { document: again, who, line });
    if (act === null) throw new Error(`line ${String(line)}: the answer of no operation`);
    pending = null;
    expect(likened(await send(act), json), `line ${String(line)}`).toEqual(json);
  }
  await finish();
  return played;
}

/** Puts the token of the mail that was waited for into the place of `eyJ…`. */
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

/** The answer, with what differs from run to run as the README has it: moments, and texts that it cuts short with `…`. */
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
