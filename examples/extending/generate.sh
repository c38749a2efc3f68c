npm run generate
