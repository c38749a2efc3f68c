// As much of MIME as it takes to read the mails that are sent here.

export interface ReceivedMail {
  /** Whom the server was told to deliver it to. */
  readonly to: readonly string[];
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** Every header line, unfolded. */
  readonly headers: readonly string[];
  readonly raw: string;
}

export function readMail(raw: string, to: readonly string[]): ReceivedMail {
  const { headers, body } = split(raw);
  const boundary = /boundary="([^"]+)"/.exec(valueOf(headers, 'content-type'))?.[1] ?? '';
  const parts = body
    .split(`--${boundary}`)
    .slice(1, -1)
    .map((part) => split(part.replace(/^\r\n/, '').replace(/\r\n$/, '')));
  const partOf = (type: string) => {
    const part = parts.find((one) => valueOf(one.headers, 'content-type').startsWith(type));
    return part === undefined ? '' : decode(part.body, valueOf(part.headers, 'content-transfer-encoding'));
  };
  return {
    to,
    subject: decodeWords(valueOf(headers, 'subject')),
    text: partOf('text/plain'),
    html: partOf('text/html'),
    headers,
    raw,
  };
}

function split(text: string): { readonly headers: readonly string[]; readonly body: string } {
  const end = text.indexOf('\r\n\r\n');
  const head = text.slice(0, end).replaceAll(/\r\n[ \t]+/g, ' ');
  return { headers: head.split('\r\n'), body: text.slice(end + 4) };
}

function valueOf(headers: readonly string[], name: string): string {
  const line = headers.find((one) => one.toLowerCase().startsWith(`${name}:`));
  return line?.slice(name.length + 1).trim() ?? '';
}

function decode(body: string, encoding: string): string {
  if (encoding === 'base64') return Buffer.from(body, 'base64').toString();
  if (encoding !== 'quoted-printable') return body.replaceAll('\r\n', '\n');
  const joined = body.replaceAll('=\r\n', '').replaceAll('\r\n', '\n');
  const bytes = joined.replaceAll(/=([\dA-F]{2})/g, (_all, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return Buffer.from(bytes, 'latin1').toString();
}

/** RFC 2047. */
function decodeWords(text: string): string {
  return text.replaceAll(/=\?utf-8\?([bq])\?([^?]*)\?=/gi, (_all, kind: string, word: string) =>
    kind.toLowerCase() === 'b'
      ? Buffer.from(word, 'base64').toString()
      : decode(word.replaceAll('_', ' '), 'quoted-printable'),
  );
}
