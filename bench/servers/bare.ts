// The bare server: node:http that parses the body and answers fixed bytes, headers included.

import { createServer } from 'node:http';

/** The answer of the measured server. */
interface BareAnswer {
  /** Names and values in turn. */
  readonly headers: readonly string[];
  readonly body: string;
}

const { headers, body } = JSON.parse(process.env['ANSWER'] ?? '') as BareAnswer;

createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const { query } = JSON.parse(Buffer.concat(chunks).toString()) as { query: unknown };
    if (typeof query !== 'string') throw new Error('no query');
    response.writeHead(200, [...headers]);
    response.end(body);
  });
}).listen(Number(process.env['PORT']), '127.0.0.1');
