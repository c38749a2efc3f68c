// The routes of emailed links, `/link/<operation>?token=...`. GET shows a page and changes nothing, since programs that
// scan mails open every link. Only the form of that page acts.

import { type LinkActs, type LinkOutcome } from '../../../auth/linkActs.js';
import { type LinkOperation } from '../../../tokens/linkToken.js';
import { readForm } from '../../body.js';
import { readUserAgent } from '../../requestHeaders.js';
import { errorResponses, type HttpResponse } from '../../responses.js';
import { type HttpRequest, type Route } from '../../request.js';
import {
  type AppInfo,
  emailTakenText,
  type LinkPage,
  linkTexts,
  type PasswordField,
  refusedText,
  rejectionTexts,
  renderLinkPage,
  unavailableText,
  wrongPasswordText,
} from './page.js';

export interface LinkRoute extends Route {
  readonly path: string;
}

const operations = [
  'verifyEmail',
  'resetPassword',
  'confirmEmailChange',
  'completeRegistration',
] as const satisfies LinkOperation[];

/**
 * @param acts what the links do
 * @param app the app that the pages name and link to
 */
export function createLinkRoutes(acts: LinkActs, app: AppInfo): readonly LinkRoute[] {
  return operations.map((operation) => ({
    path: `/link/${operation}`,
    allow: 'GET, HEAD, POST',
    answer: async (exchange) =>
      exchange.request.method === 'POST'
        ? use({ acts, app }, operation, exchange)
        : show({ acts, app }, operation, exchange),
  }));
}

interface Parts {
  readonly acts: LinkActs;
  readonly app: AppInfo;
}

async function show(
  { acts, app }: Parts,
  operation: LinkOperation,
  { request, target, pending }: HttpRequest,
): Promise<HttpResponse> {
  if (!pending.admit()) return errorResponses.busy;
  const token = new URLSearchParams(target.search).get('token') ?? '';
  const clientInfo = { ip: pending.ip, userAgent: readUserAgent(request.headers['user-agent']) };
  const link = await acts.inspect(operation, token, clientInfo);
  return renderLinkPage(
    link.kind === 'open' ? askPage(acts, operation, token) : outcomePage(operation, link),
    app,
  );
}

async function use(
  { acts, app }: Parts,
  operation: LinkOperation,
  exchange: HttpRequest,
): Promise<HttpResponse | null> {
  const read = await readForm(exchange);
  if (read.kind === 'refused') return read.answer;
  const { request, pending } = exchange;
  const token = read.fields.get('token') ?? '';
  const password = read.fields.get('password') ?? '';
  const clientInfo = { ip: pending.ip, userAgent: readUserAgent(request.headers['user-agent']) };
  const outcome = await acts.use(operation, { token, password }, clientInfo);
  return renderLinkPage(
    outcome.kind === 'passwordRefused'
      ? askPage(acts, operation, token, [refusedText, ...outcome.suggestions])
      : outcome.kind === 'wrongPassword'
        ? askPage(acts, operation, token, [wrongPasswordText])
        : outcomePage(operation, outcome),
    app,
  );
}

const noForm = { complaints: [], form: null, retryAfter: null } as const;

function askPage(
  acts: LinkActs,
  operation: LinkOperation,
  token: string,
  complaints: readonly string[] = [],
): LinkPage {
  const { title, ask, button } = linkTexts[operation];
  return {
    ...noForm,
    status: complaints.length === 0 ? 200 : 422,
    title,
    paragraphs: [ask],
    complaints,
    form: { action: operation, token, button, password: passwordOf(acts, operation) },
  };
}

function passwordOf({ passwordMinLength }: LinkActs, operation: LinkOperation): PasswordField | null {
  if (operation === 'completeRegistration') return { label: 'Password', minLength: null };
  if (operation !== 'resetPassword') return null;
  const label = `New password, at least ${String(passwordMinLength)} characters`;
  return { label, minLength: passwordMinLength };
}

function outcomePage(
  operation: LinkOperation,
  outcome: Exclude<LinkOutcome, { kind: 'passwordRefused' | 'wrongPassword' }>,
): LinkPage {
  switch (outcome.kind) {
    case 'done': {
      const { doneTitle, done } = linkTexts[operation];
      return { ...noForm, status: 200, title: doneTitle, paragraphs: [done] };
    }
    case 'linkRejected': {
      const { status, title, text } = rejectionTexts[outcome.reason];
      return { ...noForm, status, title, paragraphs: [text] };
    }
    case 'emailTaken': {
      const { title, text } = emailTakenText;
      return { ...noForm, status: 409, title, paragraphs: [text] };
    }
    case 'unavailable': {
      const { title, text } = unavailableText;
      return { ...noForm, status: 503, title, paragraphs: [text], retryAfter: 1 };
    }
  }
}
