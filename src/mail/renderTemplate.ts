// The look of every mail: a template of plain paragraphs becomes a text part and an HTML part that say the same. Its words
// are in templates.ts.

import { escapeHtml } from '../common/html.js';

/** The content of a mail. All of it is plain text; a paragraph may have several lines. */
export interface MailTemplate {
  readonly subject: string;
  readonly opening: readonly string[];
  /** The link that the mail is about: a button in HTML, a URL on a line of its own in text. */
  readonly link: { readonly label: string; readonly url: string } | null;
  readonly closing: readonly string[];
}

export interface RenderedMail {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** Renders a mail. No text in it can add markup or a header line. */
export function renderTemplate({ subject, opening, link, closing }: MailTemplate): RenderedMail {
  const inText = link === null ? [] : [`${link.label}:\n${link.url}`];
  const inHtml = link === null ? [] : [button(link.label, link.url)];
  return {
    subject: subject.replaceAll(/\p{Cc}+/gu, ' '),
    text: `${[...opening, ...inText, ...closing].join('\n\n')}\n`,
    html: page(subject, [...opening.map(paragraph), ...inHtml, ...closing.map(paragraph)].join('\n')),
  };
}

// Mail programs accept styles in attributes only, and more of them show plain markup.
const font = 'font: 16px/1.5 system-ui, -apple-system, Segoe UI, sans-serif; color: #16161d;';
const buttonStyle =
  'display: inline-block; padding: 10px 18px; border-radius: 6px; background: #1d4ed8; color: #ffffff; ' +
  'text-decoration: none;';

function page(title: string, content: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
</head>
<body style="margin: 0; padding: 24px; background: #ffffff;">
<div style="max-width: 560px; margin: 0 auto; ${font}">
${content}
</div>
</body>
</html>
`;
}

function paragraph(text: string): string {
  return `<p>${escapeHtml(text).replaceAll('\n', '<br>\n')}</p>`;
}

function button(label: string, url: string): string {
  const href = escapeHtml(url);
  return `<p><a href="${href}" style="${buttonStyle}">${escapeHtml(label)}</a></p>
<p style="font-size: 14px; word-break: break-all;">${href}</p>`;
}
