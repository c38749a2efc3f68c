// The routes of emailed links, `/link/<operation>?token=...`, and the pages before and after the link is used. GET
// shows a page and changes nothing, since programs that scan mails open every link. Only the form of that page acts. The link
// of a sign-in code, `/link/loginWithCode#code=...`, brings no token here, and its page has no form.

import { type LinkActs, type LinkInput, type LinkOutcome } from '../../../auth/linkActs.js';
import { type LinkOperation } from '../../../tokens/linkToken.js';
import { type ClientInfo } from '../../../users/types.js';
import { readForm } from '../../body.js';
import { clientInfoOf } from '../../requestHeaders.js';
import { errorResponses, type HttpResponse } from '../../responses.js';
import { type Route } from '../../route.js';
import {
  type AppInfo,
  emailTakenText,
  type LinkPage,
  linkTexts,
  loginCodePage,
  type PasswordField,
  refusedText,
  rejectionTexts,
  renderLinkPage,
  unavailableText,
  wrongPasswordText,
} from './page.js';

export const linkOperations = [
  'verifyEmail',
  'resetPassword',
  'confirmEmailChange',
  'completeRegistration',
] as const satisfies LinkOperation[];

export interface LinkRoute extends Route {
  readonly path: string;
}

/** The methods of a link's page. */
export const linkMethods = 'GET, HEAD, POST';

export const loginCodePath = '/link/loginWithCode';

/** @param app the app that the pages name and link to */
export function createLinkRoutes(acts: LinkActs, app: AppInfo): readonly LinkRoute[] {
  const pages = createLinkPages(acts, app);
  const ofTokens = linkOperations.map((operation): LinkRoute => ({
    path: `/link/${operation}`,
    allow: linkMethods,
    async answer(exchange) {
      const clientInfo = clientInfoOf(exchange);
      if (exchange.request.method === 'POST') {
        const read = await readForm(exchange);
        if (read.kind === 'refused') return read.answer;
        return pages.use(operation, linkInputIn(read.fields), clientInfo);
      }
      if (!exchange.pending.admit()) return errorResponses.busy;
      return pages.show(operation, linkTokenIn(exchange.target.search), clientInfo);
    },
  }));
  return [...ofTokens, { path: loginCodePath, allow: 'GET, HEAD', answer: () => pages.loginCode }];
}

export interface LinkPages {
  /** Shows what the link would do, and changes nothing. */
  show(operation: LinkOperation, token: string, clientInfo: ClientInfo): Promise<HttpResponse>;
  /** Uses the link. */
  use(operation: LinkOperation, input: LinkInput, clientInfo: ClientInfo): Promise<HttpResponse>;
  /** Tells where to use a sign-in code. Its link has no token, and does nothing here. */
  readonly loginCode: HttpResponse;
}

/** @param app the app that the pages name and link to */
export function createLinkPages(acts: LinkActs, app: AppInfo): LinkPages {
  return {
    async show(operation, token, clientInfo) {
      const link = await acts.inspect(operation, token, clientInfo);
      const page = link.kind === 'open' ? askPage(acts, operation, token) : outcomePage(operation, link);
      return renderLinkPage(page, app);
    },

    async use(operation, input, clientInfo) {
      const outcome = await acts.use(operation, input, clientInfo);
      return renderLinkPage(
        outcome.kind === 'passwordRefused'
          ? askPage(acts, operation, input.token, [refusedText, ...outcome.suggestions])
          : outcome.kind === 'wrongPassword'
            ? askPage(acts, operation, input.token, [wrongPasswordText])
            : outcomePage(operation, outcome),
        app,
      );
    },

    loginCode: renderLinkPage(loginCodePage, app),
  };
}

/** Reads the token of a link from the query string of its URL. */
export function linkTokenIn(search: string): string {
  return new URLSearchParams(search).get('token') ?? '';
}

/** Reads the fields of the page's form. */
export function linkInputIn(fields: ReadonlyMap<string, string>): LinkInput {
  return { token: fields.get('token') ?? '', password: fields.get('password') ?? '' };
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
