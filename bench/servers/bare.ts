// The bare machine: node:http that reads and parses the body and answers the same bytes, headers included.

import { createServer } from 'node:http';

/** What to answer, as the measured server answers it. */
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
