// The page behind emailed links, with its texts: a heading, some sentences, and a form where the person has something to
// do. It loads no resource, and works in any browser. Only the page of a sign-in code has a script, of two lines.

import { createHash } from 'node:crypto';

import { type LinkRejected } from '../../../auth/useLink.js';
import { escapeHtml } from '../../../common/html.js';
import { type LinkOperation } from '../../../tokens/linkToken.js';
import { type HttpResponse } from '../../responses.js';

export interface LinkPage {
  readonly status: number;
  readonly title: string;
  readonly paragraphs: readonly string[];
  /** Why the last attempt was refused; empty for no refusal. */
  readonly complaints: readonly string[];
  /** Null where the person has nothing more to do. */
  readonly form: LinkForm | null;
  /** After how many seconds to try again; null for any time. */
  readonly retryAfter: number | null;
  /** The script of the page. It works without one. */
  readonly script?: string;
}

/** The app that the accounts belong to. */
export interface AppInfo {
  readonly name: string;
  /** The URL that a page without a form links to; null for no link. */
  readonly url: string | null;
}

export interface LinkForm {
  /** The last part of the page's own path; relative, so that it works behind any prefix. */
  readonly action: string;
  readonly token: string;
  readonly button: string;
  /** The password that the form asks for; null to ask for none. */
  readonly password: PasswordField | null;
}

export interface PasswordField {
  readonly label: string;
  /** The fewest characters of a new one; null for one that has been chosen before. */
  readonly minLength: number | null;
}

const style = `
  :root { color-scheme: light dark; }
  body { margin: 0; padding: 2rem 1rem; font: 1rem/1.5 system-ui, sans-serif; }
  main { max-width: 28rem; margin: 0 auto; }
  h1 { font-size: 1.5rem; line-height: 1.25; }
  label { display: block; font-weight: 600; }
  input, button { font: inherit; box-sizing: border-box; padding: 0.625rem 0.75rem; border-radius: 0.375rem; }
  input { width: 100%; margin: 0.25rem 0 1rem; border: 1px solid; }
  button { border: 0; background: #1d4ed8; color: #fff; cursor: pointer; }
  [role=alert] { border-left: 0.25rem solid #b91c1c; padding-left: 0.75rem; }
`;

/** Allows only the page's own style and script, by their digests, and sending the form back to this server. */
function policyOf(script: string | undefined): string {
  return [
    "default-src 'none'",
    `style-src ${digestOf(style)}`,
    ...(script === undefined ? [] : [`script-src ${digestOf(script)}`]),
    'img-src data:',
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

const digestOf = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

export function renderLinkPage(page: LinkPage, app: AppInfo): HttpResponse {
  const { status, title, paragraphs, complaints, form, retryAfter, script } = page;
  const body = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>${escapeHtml(`${title} - ${app.name}`)}</title>
<style>${style}</style>
</head>
<body>
<main>
<p>${escapeHtml(app.name)}</p>
<h1>${escapeHtml(title)}</h1>
${paragraphs.map((text) => `<p>${escapeHtml(text)}</p>`).join('\n')}
${complaints.length === 0 ? '' : `<div role="alert">\n${complaints.map((text) => `<p>${escapeHtml(text)}</p>`).join('\n')}\n</div>`}
${form === null ? renderAppLink(app) : renderForm(form)}
</main>${script === undefined ? '' : `\n<script>${script}</script>`}
</body>
</html>
`;
  const later = retryAfter === null ? [] : ['retry-after', String(retryAfter)];
  // A search engine that finds a link must not list it.
  const headers = ['content-type', 'text/html; charset=utf-8', 'x-robots-tag', 'noindex', ...later];
  return { status, headers, body, policy: policyOf(script) };
}

function renderAppLink({ name, url }: AppInfo): string {
  return url === null ? '' : `<p><a href="${escapeHtml(url)}">Back to ${escapeHtml(name)}</a></p>`;
}

function renderForm({ action, token, button, password: asked }: LinkForm): string {
  const password = asked === null ? '' : renderPassword(asked);
  return `<form method="post" action="${escapeHtml(action)}">
<input type="hidden" name="token" value="${escapeHtml(token)}">
${password}<button type="submit">${escapeHtml(button)}</button>
</form>`;
}

function renderPassword({ label, minLength }: PasswordField): string {
  const kind =
    minLength === null
      ? 'autocomplete="current-password"'
      : `minlength="${String(minLength)}" autocomplete="new-password"`;
  return `<label for="password">${escapeHtml(label)}</label>
<input id="password" name="password" type="password" required ${kind}>
`;
}

export interface LinkTexts {
  readonly title: string;
  readonly ask: string;
  readonly button: string;
  readonly doneTitle: string;
  readonly done: string;
}

export const linkTexts = {
  verifyEmail: {
    title: 'Confirm your e-mail',
    ask: 'Confirm that you received this link by mail. If you have no account here, close this page.',
    button: 'Confirm this e-mail',
    doneTitle: 'Your e-mail is confirmed',
    done: 'You can close this page.',
  },
  completeRegistration: {
    title: 'Finish your registration',
    ask: 'Type the password that you have chosen. If you did not register here, close this page: no account is made.',
    button: 'Finish the registration',
    doneTitle: 'You are registered',
    done: 'Sign in with your e-mail and your password.',
  },
  resetPassword: {
    title: 'Set a new password',
    ask: 'Every device that is signed in to your account will be signed out.',
    button: 'Set the new password',
    doneTitle: 'Your new password is set',
    done: 'Every device has been signed out. Sign in with the new password.',
  },
  confirmEmailChange: {
    title: 'Use your new e-mail',
    ask: 'Your account will have this e-mail instead of the one before. If you did not ask for that, close this page.',
    button: 'Use this e-mail',
    doneTitle: 'Your account has the new e-mail',
    done: 'Use it from now on when you sign in.',
  },
} as const satisfies Record<LinkOperation, LinkTexts>;

/**
 * The page of the link with a sign-in code. A browser in which a page of this origin has asked for a code, by `hufu/client`,
 * goes back to that page, which completes the sign-in. Any other is told where to type the code: it holds no challenge, so
 * that the owner who clicks signs in no stranger who asked for the code.
 */
export const loginCodePage: LinkPage = {
  status: 200,
  title: 'Type the code where you asked for it',
  paragraphs: [
    'The mail has a code of 8 digits. Type it on the device and the page where you are signing in.',
    'If you are not signing in, close this page and tell no other person the code: without it no one is signed in.',
  ],
  complaints: [],
  form: null,
  retryAfter: null,
  script: `
  const page = localStorage.getItem('hufu:loginCodePage');
  if (page !== null) location.replace(page + location.hash);
`,
};

/** Why a link does nothing, and the status that says so to programs: RFC 9110 sections 15.5.1 and 15.5.11. */
export const rejectionTexts = {
  INVALID: {
    status: 400,
    title: 'This link is not complete',
    text: 'It may have been cut short on its way. Copy all of it from the mail, or ask for a new one.',
  },
  EXPIRED: {
    status: 410,
    title: 'This link no longer works',
    text: 'Its time is over, or the account has changed since it was mailed. Ask for a new one.',
  },
  USED: {
    status: 410,
    title: 'This link has been used',
    text: 'It worked once, and has done its work.',
  },
} as const satisfies Record<
  LinkRejected['reason'],
  { readonly status: number; readonly title: string; readonly text: string }
>;

export const emailTakenText = {
  title: 'This e-mail has another account',
  text: 'An account here has this e-mail already. Nothing has changed.',
} as const;

export const unavailableText = {
  title: 'Try again in a moment',
  text: 'The service cannot answer right now. The link has not been used.',
} as const;

export const wrongPasswordText =
  'This is not the password that was chosen with this registration. The link still works.';

export const refusedText =
  'This password cannot be set: it is too easy to guess, too short or too long. The link still works.';
