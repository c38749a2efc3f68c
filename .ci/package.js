// Packs the package as npm would publish it, and checks it: every entry has its code and its types, the types compile by the
// strictest rules and reach only the packages that they may, no file is one that no team needs, and the public types are those
// that api/hufu.api.md records. `--write` records them; `--to FOLDER` copies the tarball there.

import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';

import { format, resolveConfig } from 'prettier';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import ts from 'typescript';

const { values: options } = parseArgs({ options: { write: { type: 'boolean' }, to: { type: 'string' } } });
const report = 'api/hufu.api.md';

/** The files that the package is built from. */
const sources = [
  'src',
  'drizzle',
  'schema.graphql',
  'package.json',
  'tsconfig.json',
  'tsconfig.package.json',
  'README.md',
  'LICENSE',
  'CHANGELOG.md',
];

/**
 * The packages that the types of an entry may reach, since a team that uses only this entry installs no others. Entries that are not
 * listed expose Drizzle's types on purpose, for tables and for the transactions of hooks, and need `skipLibCheck`.
 *
 * @type {Readonly<Record<string, readonly string[]>>}
 */
const reach = {
  './client': [],
  './client/react': [],
  './client/apollo': ['@apollo/client'],
  './remote': ['graphql', '@types/node'],
};

/** A temporary folder, which is part of no other package. */
const home = mkdtempSync(join(tmpdir(), 'hufu-package-'));
try {
  const tarball = pack();
  execFileSync('tar', ['-xzf', tarball, '-C', home]);
  const folder = join(home, 'package');
  const mistakes = [
    ...(await lint(folder)),
    ...typesOf(tarball),
    ...strays(folder),
    ...(await staleReport(folder)),
    ...strictMistakes(folder),
  ];
  for (const mistake of mistakes) console.error(mistake);
  if (mistakes.length > 0) process.exitCode = 1;
  if (options.to !== undefined) {
    mkdirSync(options.to, { recursive: true });
    const kept = join(resolve(options.to), basename(tarball));
    cpSync(tarball, kept);
    console.log(kept);
  }
} finally {
  rmSync(home, { recursive: true, force: true });
}

/** Packs a copy, since the build removes `dist`, from which other processes may run. */
function pack() {
  const copy = join(home, 'copy');
  for (const source of sources) cpSync(source, join(copy, source), { recursive: true });
  symlinkSync(resolve('node_modules'), join(copy, 'node_modules'));
  const printed = execFileSync('npm', ['pack', '--silent', '--pack-destination', home], {
    cwd: copy,
    encoding: 'utf8',
  });
  return join(home, printed.trim().split('\n').at(-1) ?? '');
}

/** @param {string} folder */
async function lint(folder) {
  const { messages, pkg } = await publint({ pkgDir: folder, pack: false, strict: true });
  return messages.map((message) => `publint: ${formatMessage(message, pkg) ?? message.code}`);
}

/**
 * Checks that TypeScript resolves the types of every entry as an ES module does.
 *
 * @param {string} tarball
 */
function typesOf(tarball) {
  const attw = join('node_modules', '@arethetypeswrong', 'cli', 'dist', 'index.js');
  const entries = ['--exclude-entrypoints', 'schema.graphql'];
  try {
    execFileSync(
      process.execPath,
      [attw, tarball, '--profile', 'esm-only', '--format', 'ascii', '--no-emoji', ...entries],
      {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    return [];
  } catch (error) {
    return [String(/** @type {{ stdout?: unknown }} */ (error).stdout ?? error)];
  }
}

/**
 * Lists files of the package that no team needs.
 *
 * @param {string} folder
 */
function strays(folder) {
  const listed = execFileSync('find', ['.', '-type', 'f'], { cwd: folder, encoding: 'utf8' })
    .trim()
    .split('\n');
  return listed
    .filter((file) =>
      /\.test\.|(?:^|\/)(?:src|test|bench|examples|node_modules)\/|(?<!\.d)\.ts$|tsbuildinfo/.test(file),
    )
    .map((file) => `no team needs ${file}`);
}

/** @param {string} folder */
async function staleReport(folder) {
  const made = await format(reportOf(folder), { ...(await resolveConfig(report)), parser: 'markdown' });
  if (options.write === true) {
    mkdirSync('api', { recursive: true });
    writeFileSync(report, made);
  }
  const known = existsSync(report) ? readFileSync(report, 'utf8') : '';
  return known === made ? [] : [`${report} is not current: run \`npm run generate:api\` and commit`];
}

/**
 * Compiles each entry by the strictest rules, with only the packages that its types may reach. Ignores errors in those packages'
 * own types.
 *
 * @param {string} folder
 */
function strictMistakes(folder) {
  const installed = join(folder, 'node_modules');
  return Object.entries(reach).flatMap(([entry, packages]) => {
    rmSync(installed, { recursive: true, force: true });
    for (const name of packages) {
      mkdirSync(dirname(join(installed, name)), { recursive: true });
      symlinkSync(resolve('node_modules', name), join(installed, name));
    }
    const { NodeNext, Bundler } = ts.ModuleResolutionKind;
    return [NodeNext, Bundler].flatMap((moduleResolution) => {
      const program = ts.createProgram([join(folder, typesIn(folder)[entry] ?? entry)], {
        strict: true,
        exactOptionalPropertyTypes: true,
        skipLibCheck: false,
        noEmit: true,
        target: ts.ScriptTarget.ES2022,
        module: moduleResolution === Bundler ? ts.ModuleKind.ESNext : ts.ModuleKind.NodeNext,
        moduleResolution,
        typeRoots: [join(installed, '@types')],
        types: packages.includes('@types/node') ? ['node'] : [],
      });
      return program
        .getSourceFiles()
        .filter(({ fileName }) => fileName.startsWith(join(folder, 'dist')))
        .flatMap((file) => ts.getPreEmitDiagnostics(program, file))
        .map(({ file, messageText }) => {
          const where = relative(folder, file?.fileName ?? folder);
          return `${join('hufu', entry)}: ${where}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
        });
    });
  });
}

/**
 * Prints every public declaration by entry and name.
 *
 * @param {string} folder
 */
function reportOf(folder) {
  const files = Object.entries(typesIn(folder)).map(([name, file]) => [
    join('hufu', name),
    join(folder, file),
  ]);
  const program = ts.createProgram(
    files.map(([, file = '']) => file),
    {
      module: ts.ModuleKind.NodeNext,
      moduleResolution: ts.ModuleResolutionKind.NodeNext,
      skipLibCheck: true,
    },
  );
  const checker = program.getTypeChecker();
  const printer = ts.createPrinter({ removeComments: true });
  const parts = files.map(([name, file = '']) => {
    const source = program.getSourceFile(file);
    const module = source && checker.getSymbolAtLocation(source);
    const symbols = module === undefined ? [] : checker.getExportsOfModule(module);
    const texts = symbols
      .map((symbol) => {
        const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
        const declarations = (target.declarations ?? []).map((node) =>
          printer.printNode(ts.EmitHint.Unspecified, statementOf(node), node.getSourceFile()),
        );
        return { name: symbol.name, text: declarations.join('\n') };
      })
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .map(({ name: exported, text }) => `// ${exported}\n${text.replaceAll(/^export (?:declare )?/gm, '')}`);
    return `## ${String(name)}\n\n\`\`\`ts\n${texts.join('\n\n')}\n\`\`\`\n`;
  });
  return `# The public types of the package\n\nMade by \`npm run generate:api\`: a change of the API shows here.\n\n${parts.join('\n')}`;
}

/**
 * Gives the file of the types of each entry that has types.
 *
 * @param {string} folder
 * @returns {Record<string, string>}
 */
function typesIn(folder) {
  /** @type {unknown} */
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const { exports: entries } = /** @type {{ exports: Record<string, string | { types: string }> }} */ (
    manifest
  );
  return Object.fromEntries(
    Object.entries(entries).flatMap(([name, entry]) =>
      typeof entry === 'string' ? [] : [[name, entry.types]],
    ),
  );
}

/** @param {ts.Node} node */
function statementOf(node) {
  return ts.isVariableDeclaration(node) ? node.parent.parent : node;
}
