npm run generate:team
