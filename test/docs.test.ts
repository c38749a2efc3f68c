// Checks the docs: every block is a quote of examples/, every link has a target, and the tables list all that the schema and the
// settings have. The tests in test/examples run the quoted files.

import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { buildSchema, isEnumType } from 'graphql';
import { describe, expect, it } from 'vitest';

import { withQuotes } from '../.ci/quotes.js';
import { blocksOf, type Page, pages, tables } from './support/docs.js';

const schema = buildSchema(readFileSync('schema.graphql', 'utf8'));

function valuesOf(name: string): readonly string[] {
  const type = schema.getType(name);
  if (!isEnumType(type)) throw new Error(`there is no enum ${name}`);
  return type.getValues().map((value) => value.name);
}

/** Returns the anchors of a page's headings, outside its blocks. */
function anchorsOf(text: string): readonly string[] {
  return [...text.replaceAll(/^```[^]*?^```$/gm, '').matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}_ -]/gu, '')
      .replaceAll(' ', '-'),
  );
}

const linksOf = ({ text }: Page) => [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);

const codes = (cells: readonly string[]) => cells.map((cell) => cell.replaceAll('`', ''));

const pageAt = (wanted: string): Page => {
  const page = pages.find(({ path }) => path === wanted);
  if (page === undefined) throw new Error(`there is no ${wanted}`);
  return page;
};

describe('the docs', () => {
  it('DOCS-01 MUST contain no block except quotes of examples/ and diagrams', () => {
    const blocks = pages.flatMap(blocksOf);
    const loose = blocks.filter(({ quoted, language }) => quoted === null && language !== '');
    expect(loose.map(({ page, line, language }) => `${page}:${String(line)}: ${language}`)).toEqual([]);
    const fences = pages.flatMap(({ text }) => text.match(/^```/gm) ?? []);
    expect(blocks.length * 2).toBe(fences.length);
    const markers = pages.flatMap(({ text }) => text.match(/<!-- quote:/g) ?? []);
    expect(blocks.filter(({ quoted }) => quoted !== null).length).toBe(markers.length);
    expect(markers.length).toBeGreaterThan(30);
  });

  it('DOCS-02 MUST quote the examples as they are now (`npm run generate` refreshes them)', () => {
    for (const { path, text } of pages) expect(withQuotes(text), path).toBe(text);
  });

  it('DOCS-03 MUST list every reason and every code of the schema', () => {
    expect(codes(tables('reason').map(([reason = '']) => reason))).toEqual(valuesOf('SignedOutReason'));
    expect(codes(tables('code').map(([code = '']) => code))).toEqual(valuesOf('ErrorCode'));
  });

  it('DOCS-04 MUST list every setting, with the default that .env.example gives', () => {
    const examples = [...readFileSync('.env.example', 'utf8').matchAll(/^#?([A-Z][A-Z0-9_]+)=(.*)$/gm)];
    const expected = examples.map(([, name = '', value = '']) => [name, value === '' ? 'not set' : value]);
    const listed = tables('setting').map(([name = '', value = '']) => codes([name, value]));
    expect(listed.length).toBeGreaterThan(40);
    expect(listed.sort()).toEqual(expected.sort());
  });

  it('DOCS-05 MUST contain no link without a target', () => {
    const all = ['SECURITY.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'bench/README.md'].map(
      (path) => ({ path, text: readFileSync(path, 'utf8') }),
    );
    const linking = [...pages, ...all];
    const headings = new Map(linking.map(({ path, text }) => [path, anchorsOf(text)]));
    const links = linking.flatMap((page) => linksOf(page).map((target) => ({ path: page.path, target })));
    expect(links.length).toBeGreaterThan(60);
    const broken = links.filter(({ path, target }) => {
      if (/^https?:/.test(target)) return false;
      const [file = '', anchor] = target.split('#');
      const to = file === '' ? path : join(dirname(path), file);
      return !existsSync(to) || (anchor !== undefined && headings.get(to)?.includes(anchor) !== true);
    });
    expect(broken).toEqual([]);
  });

  it('DOCS-06 MUST begin each page of docs/ with a list of its sections', () => {
    for (const { path, text } of pages.filter((page) => page.path.startsWith('docs/'))) {
      const sections = [...text.replaceAll(/^```[^]*?^```$/gm, '').matchAll(/^## (.*)$/gm)].map(
        ([, heading = '']) => heading,
      );
      const list = /^Contents: ([^]*?)\n\n/m.exec(text)?.[1] ?? '';
      const listed = [...list.matchAll(/\[([^\]]+)\]/g)].map(([, heading = '']) => heading);
      expect(listed, path).toEqual(sections.map((heading) => heading.replaceAll('`', '')));
    }
  });

  it('README-01 MUST stay under 9,000 bytes, ten minutes of reading', () => {
    expect(readFileSync('README.md').length).toBeLessThan(9_000);
  });

  it('README-02 MUST have the same blocks, commands and links in Chinese', () => {
    const english = pageAt('README.md');
    const chinese = pageAt('README.zh-CN.md');
    const blocks = (page: Page) =>
      blocksOf(page).map(({ quoted, language, text }) => ({ quoted, language, text }));
    expect(blocks(chinese)).toEqual(blocks(english));
    const inline = ({ text }: Page) => [
      ...new Set(text.replaceAll(/^```[^]*?^```$/gm, '').match(/`[^`\n]+`/g)),
    ];
    expect(inline(chinese).sort()).toEqual(inline(english).sort());
    const others = (page: Page) => linksOf(page).filter((target) => !target.startsWith('README'));
    expect(others(chinese).sort()).toEqual(others(english).sort());
    expect(linksOf(english)).toContain('README.zh-CN.md');
    expect(linksOf(chinese)).toContain('README.md');
  });

  it('DOCS-08 MUST name only tests that exist in the table of defences in SECURITY.md', () => {
    const cells = readFileSync('SECURITY.md', 'utf8').match(/`[a-z][a-zA-Z]*\/[\w-]+(?:\/\w+)?`/g) ?? [];
    const named = [...new Set(cells)].map((cell) => `test/${cell.replaceAll('`', '')}`);
    expect(named.length).toBeGreaterThan(40);
    expect(named.filter((name) => !existsSync(`${name}.test.ts`) && !existsSync(name))).toEqual([]);
  });

  it('DOCS-07 MUST explain how sessions work in at most 200 lines', () => {
    expect(pageAt('docs/how-sessions-work.md').text.trimEnd().split('\n').length).toBeLessThanOrEqual(200);
  });
});
