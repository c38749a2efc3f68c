// How every mail looks: one letter of plain paragraphs becomes a text part and an HTML part that say the same. What
// a letter says is in letters.ts.

/** What a mail says. All of it is plain text; a paragraph may have several lines. */
export interface MailTemplate {
  readonly subject: string;
  readonly opening: readonly string[];
  /** The link that the mail is about: a button in HTML, an address on a line of its own in text. */
  readonly link: { readonly label: string; readonly url: string } | null;
  readonly closing: readonly string[];
}

export interface RenderedMail {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** Renders a letter. Whatever is in it, it adds no markup and no header line. */
export function renderTemplate({ subject, opening, link, closing }: MailTemplate): RenderedMail {
  const inText = link === null ? [] : [`${link.label}:\n${link.url}`];
  const inHtml = link === null ? [] : [button(link.label, link.url)];
  return {
    subject: subject.replaceAll(/\p{Cc}+/gu, ' '),
    text: `${[...opening, ...inText, ...closing].join('\n\n')}\n`,
    html: page(subject, [...opening.map(paragraph), ...inHtml, ...closing.map(paragraph)].join('\n')),
  };
}

/** Makes a text harmless between tags and inside a quoted attribute. */
export function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${String(character.charCodeAt(0))};`);
}

// Mail programs take styles in attributes only, and the plainer the markup, the more of them show it.
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
  const address = escapeHtml(url);
  return `<p><a href="${address}" style="${buttonStyle}">${escapeHtml(label)}</a></p>
<p style="font-size: 14px; word-break: break-all;">${address}</p>`;
}
