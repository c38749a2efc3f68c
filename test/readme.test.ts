// The README and the docs, as far as they can be tried: their operations are played against a node and their answers are what
// that answers, their commands are run, their TypeScript compiles, and their tables are those of the schema and the settings.

import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

import { buildSchema, type DocumentNode, extendSchema, isEnumType, Kind, parse, validate } from 'graphql';
import ts from 'typescript';
import { beforeAll, describe, expect, it } from 'vitest';

import { databaseKind } from './support/database.js';
import { blocks, blocksOf, pages, tables } from './support/readme.js';
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

/** The anchors of a page's headings, outside its blocks. */
function anchorsOf(text: string): readonly string[] {
  return [...text.replaceAll(/^```[^]*?^```$/gm, '').matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w -]/g, '')
      .replaceAll(' ', '-'),
  );
}

const codes = (cells: readonly string[]) => cells.map((cell) => cell.replaceAll('`', ''));

describe('the README', () => {
  let node: RunningNode;
  beforeAll(async () => {
    node = await startNode();
  });

  it('README-01 MUST have no block that none of these tests looks at', () => {
    // Diagrams have no language; the last ones are for other programs.
    const known = ['', 'graphql', 'json', 'sh', 'ts', 'sql', 'ini', 'nginx', 'yaml', 'js'];
    const unknown = blocks.filter(({ language }) => !known.includes(language));
    expect(unknown.map(({ page, line, language }) => `${page}:${String(line)}: ${language}`)).toEqual([]);
    const fences = pages.flatMap(({ text }) => text.match(/^```/gm) ?? []);
    expect(blocks.length * 2).toBe(fences.length);
  });

  it('README-10 MUST be read in ten minutes', () => {
    expect(readFileSync('README.md').length).toBeLessThan(9_000);
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
    const headings = new Map(pages.map(({ path, text }) => [path, anchorsOf(text)]));
    const links = pages.flatMap(({ path, text }) =>
      [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => ({ path, target })),
    );
    expect(links.length).toBeGreaterThan(30);
    const lost = links.filter(({ path, target }) => {
      if (/^https?:/.test(target)) return false;
      const [file = '', anchor] = target.split('#');
      const to = file === '' ? path : join(dirname(path), file);
      return !existsSync(to) || (anchor !== undefined && headings.get(to)?.includes(anchor) === false);
    });
    expect(lost).toEqual([]);
  });

  it('README-09 MUST have the code for Apollo Client that the tests run', () => {
    const [code] = blocksOf('ts').filter(({ text }) => text.includes("'./generated/"));
    expect(code?.text).toBe(readFileSync('test/client/apollo.ts', 'utf8'));
  });
});
