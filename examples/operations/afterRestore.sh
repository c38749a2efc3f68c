npm run admin -- end-all-sessions
