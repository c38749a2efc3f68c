import { type CodegenConfig } from '@graphql-codegen/cli';

const config: CodegenConfig = {
  schema: 'schema.graphql',
  documents: 'src/**/*.{ts,tsx}',
  generates: {
    'src/generated/': {
      preset: 'client',
      // `moduleResolution: nodenext` needs the extension; bundlers accept it.
      config: { scalars: { DateTime: 'string' }, importExtension: '.js', useTypeImports: true },
    },
    // Lists the types of each interface and union. Without it Apollo Client's cache drops the fields of `... on Problem`.
    'src/generated/possibleTypes.ts': { plugins: ['fragment-matcher'] },
  },
};
export default config;
