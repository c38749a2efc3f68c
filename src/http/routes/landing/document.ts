// The parts that the development pages share: the head, the navigation and the policy.

import { escapeHtml } from '../../../common/html.js';
import { type HttpResponse } from '../../responses.js';

export interface DevelopmentPage {
  readonly path: '/graphql' | '/explorer' | '/sandbox';
  readonly title: string;
  /** HTML of stylesheets and scripts. */
  readonly head?: string;
  /** HTML below the navigation. */
  readonly body: string;
  /** The sources that the policy allows beside the page's own files, directive by directive. */
  readonly allows?: Readonly<Partial<Record<keyof typeof ownFiles, string>>>;
  /** Names and values in turn. */
  readonly headers?: readonly string[];
}

const links = [
  ['/graphql', 'See it happen'],
  ['/explorer', 'Explorer'],
  ['/sandbox', 'Apollo Sandbox'],
] as const;

/** The node's own files, and requests and websockets to nowhere else. */
const ownFiles = {
  'script-src': "'self'",
  'style-src': "'self'",
  'connect-src': "'self'",
  'img-src': 'data:',
  'font-src': '',
  'worker-src': '',
  'frame-src': '',
};

export function renderDocument({
  path,
  title,
  head,
  body,
  allows = {},
  headers = [],
}: DevelopmentPage): HttpResponse {
  const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>${escapeHtml(title)} · Hufu</title>
<link rel="stylesheet" href="/assets/page.css">
${head ?? ''}
</head>
<body>
<header class="top">
<p class="brand">Hufu <span>development</span></p>
<nav aria-label="Pages">
${links.map(([to, text]) => `<a href="${to}"${to === path ? ' aria-current="page"' : ''}>${text}</a>`).join('\n')}
</nav>
</header>
${body}
</body>
</html>
`;
  return {
    status: 200,
    headers: ['content-type', 'text/html; charset=utf-8', ...headers],
    body: html,
    policy: policyOf(allows),
  };
}

function policyOf(allows: NonNullable<DevelopmentPage['allows']>): string {
  const directives = Object.entries({ ...ownFiles, ...allows }).filter(([, sources]) => sources !== '');
  return [
    "default-src 'none'",
    ...directives.map(([name, sources]) => `${name} ${sources}`),
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}
