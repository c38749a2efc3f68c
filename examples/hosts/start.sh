npm pack
cd examples/hosts
npm install -w express ../../hufu-0.1.0.tgz
npx tsx --tsconfig tsconfig.start.json start.ts express
