npm run admin -- show ann@example.com
npm run admin -- disable ann@example.com
npm run admin -- enable ann@example.com
npm run admin -- end-sessions ann@example.com
