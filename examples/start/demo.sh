npm run demo
