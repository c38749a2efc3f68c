// The README, word by word where words can be tried: its operations are played against a node and its answers are what
// that answers, its commands are run, its TypeScript compiles, and its tables are those of the schema and the settings.

import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';

import { buildSchema, type DocumentNode, extendSchema, isEnumType, Kind, parse, validate } from 'graphql';
import ts from 'typescript';
import { beforeAll, describe, expect, it } from 'vitest';

import { databaseKind } from './support/database.js';
import { blocks, blocksOf, readme, tables } from './support/readme.js';
import { runCommands } from './support/readmeCommands.js';
import { playStory } from './support/readmeStory.js';
import { type RunningNode, startNode } from './support/startNode.js';

const schema = buildSchema(readFileSync('schema.graphql', 'utf8'));

const extendsSchema = ({ definitions }: DocumentNode) =>
  definitions.some(({ kind }) => kind === Kind.OBJECT_TYPE_EXTENSION);

/** After a reset nobody is signed in; the README need not say how to sign in again. */
const stage = {
  DeleteAccount: `mutation {
    login(input: { email: "ann@example.org", password: "five gulls over the pier" }) {
      ... on LoginSuccess { token }
    }
  }`,
};

function valuesOf(name: string): readonly string[] {
  const type = schema.getType(name);
  if (!isEnumType(type)) throw new Error(`there is no enum ${name}`);
  return type.getValues().map((value) => value.name);
}

const codes = (cells: readonly string[]) => cells.map((cell) => cell.replaceAll('`', ''));

describe('the README', () => {
  let node: RunningNode;
  beforeAll(async () => {
    node = await startNode();
  });

  it('README-01 MUST have no block that none of these tests looks at', () => {
    const unknown = blocks.filter(({ language }) => !['graphql', 'json', 'sh', 'ts'].includes(language));
    expect(unknown.map(({ line, language }) => `line ${String(line)}: ${language}`)).toEqual([]);
    expect(blocks.length).toBe(readme.match(/^```\w+$/gm)?.length);
  });

  it('README-02 MUST have operations that fit the schema', () => {
    let extended = schema;
    const documents = blocksOf('graphql').map(({ text }) => parse(text));
    expect(documents.length).toBeGreaterThan(10);
    for (const document of documents) {
      if (extendsSchema(document)) extended = extendSchema(extended, document);
      else expect(validate(extended, document)).toEqual([]);
    }
  });

  it('README-03 MUST print what a node answers, operation by operation', async () => {
    const story = blocks.filter(({ language }) => language === 'graphql' || language === 'json');
    const operations = blocksOf('graphql').filter(({ text }) => !extendsSchema(parse(text)));
    expect(await playStory(node, story, stage)).toBeGreaterThan(operations.length);
  });

  // Where there is a server, those that name one get it, and the others the embedded database: once is enough.
  it.runIf(databaseKind === 'postgres')(
    'README-04 MUST have commands that run',
    { timeout: 240_000 },
    async () => {
      expect(blocksOf('sh').length).toBeGreaterThan(5);
      await runCommands(blocksOf('sh'), node.url);
    },
  );

  // Once is enough: no database has a part in it.
  it.runIf(databaseKind === 'pglite')(
    'README-05 MUST have TypeScript that compiles',
    { timeout: 120_000 },
    () => {
      const snippets = new Map(
        blocksOf('ts').map(({ text }, index) => {
          const folder = text.includes("'./generated/") ? 'test/client' : 'src/graphql/resolvers';
          return [resolve(folder, `snippet${String(index)}.ts`), text];
        }),
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
      const found = ts
        .getPreEmitDiagnostics(program)
        .filter(({ file }) => snippets.has(file?.fileName ?? ''));
      expect(found.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))).toEqual([]);
    },
  );

  it('README-06 MUST list every reason and every code of the schema', () => {
    expect(codes(tables('reason').map(([reason = '']) => reason))).toEqual(valuesOf('SignedOutReason'));
    expect(codes(tables('code').map(([code = '']) => code))).toEqual(valuesOf('ErrorCode'));
  });

  it('README-07 MUST list every setting, with the default that .env.example gives', () => {
    const examples = [...readFileSync('.env.example', 'utf8').matchAll(/^#?([A-Z][A-Z0-9_]+)=(.*)$/gm)];
    const expected = examples.map(([, name = '', value = '']) => [name, value === '' ? 'not set' : value]);
    const listed = tables('setting').map(([name = '', value = '']) => codes([name, value]));
    expect(listed.length).toBeGreaterThan(40);
    expect(listed.sort()).toEqual(expected.sort());
  });

  it('README-08 MUST lead nowhere that is not there', () => {
    const headings = [...readme.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\w -]/g, '')
        .replaceAll(' ', '-'),
    );
    const links = [...readme.matchAll(/\]\(([^)]+)\)/g)].map(([, target = '']) => target);
    expect(links.length).toBeGreaterThan(5);
    const lost = links.filter((target) =>
      target.startsWith('#') ? !headings.includes(target.slice(1)) : !existsSync(target),
    );
    expect(lost).toEqual([]);
  });

  it('README-09 MUST have the code for Apollo Client that the tests run', () => {
    const [code] = blocksOf('ts').filter(({ text }) => text.includes("'./generated/"));
    expect(code?.text).toBe(readFileSync('test/client/apollo.ts', 'utf8'));
  });
});
