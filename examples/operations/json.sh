npm run --silent admin -- show ann@example.com --json
