// The README's snippets: the TypeScript compiles beside the sources, the operations fit the schema, and the curl
// lines are run against a node.

import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { promisify } from 'node:util';

import { buildSchema, extendSchema, Kind, parse, validate } from 'graphql';
import ts from 'typescript';
import { beforeAll, describe, expect, it } from 'vitest';

import { type RunningNode, startNode } from './support/startNode.js';

const readme = readFileSync('README.md', 'utf8');

function blocks(language: string): string[] {
  return [...readme.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms'))].map(
    ([, text]) => text ?? '',
  );
}

describe('the README', () => {
  let node: RunningNode;
  beforeAll(async () => {
    node = await startNode();
  });

  it('has operations that fit the schema', () => {
    let schema = buildSchema(readFileSync('schema.graphql', 'utf8'));
    const documents = blocks('graphql').map((text) => parse(text));
    expect(documents.length).toBeGreaterThan(3);
    for (const document of documents) {
      if (document.definitions.some(({ kind }) => kind === Kind.OBJECT_TYPE_EXTENSION))
        schema = extendSchema(schema, document);
      else expect(validate(schema, document)).toEqual([]);
    }
  });

  it('has TypeScript that compiles', { timeout: 120_000 }, () => {
    const snippets = new Map(
      blocks('ts').map((text, index) => [resolve(`src/graphql/resolvers/snippet${String(index)}.ts`), text]),
    );
    expect(snippets.size).toBeGreaterThan(2);
    const { config } = ts.readConfigFile('tsconfig.json', (file) => ts.sys.readFile(file)) as {
      config: object;
    };
    const { options } = ts.parseJsonConfigFileContent(
      { ...config, files: [], include: [] },
      ts.sys,
      process.cwd(),
    );
    const host = ts.createCompilerHost(options);
    const { readFile, fileExists } = host;
    host.fileExists = (file) => snippets.has(file) || fileExists.call(host, file);
    host.readFile = (file) => snippets.get(file) ?? readFile.call(host, file);
    const program = ts.createProgram([...snippets.keys()], options, host);
    const found = ts.getPreEmitDiagnostics(program).filter(({ file }) => snippets.has(file?.fileName ?? ''));
    expect(found.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))).toEqual([]);
  });

  it('has curl lines that run', async () => {
    const lines = blocks('sh').filter((text) => text.includes('curl') && text.includes('/graphql'));
    const run = async (text: string, token: string) => {
      const command = text.replaceAll('http://127.0.0.1:4000', node.url);
      const { stdout } = await promisify(execFile)('sh', ['-c', command], {
        env: { ...process.env, TOKEN: token },
      });
      return JSON.parse(stdout) as { data: { register?: { token: string }; me?: { email: string } } };
    };
    const [registers, asks] = lines;
    const token = (await run(registers ?? '', '')).data.register?.token ?? '';
    expect((await run(asks ?? '', token)).data.me).toEqual({ email: 'bea@example.com' });
  });
});
