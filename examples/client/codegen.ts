import { type CodegenConfig } from '@graphql-codegen/cli';

const config: CodegenConfig = {
  schema: 'schema.graphql',
  documents: 'src/**/*.{ts,tsx}',
  generates: {
    'src/generated/': {
      preset: 'client',
      // The extension is for `moduleResolution: nodenext`; bundlers take it too.
      config: { scalars: { DateTime: 'string' }, importExtension: '.js', useTypeImports: true },
    },
    // Which types an interface or union has: without it Apollo Client's cache drops the fields of `... on Problem`.
    'src/generated/possibleTypes.ts': { plugins: ['fragment-matcher'] },
  },
};
export default config;
