export NODE_ENV=production
export HOST=0.0.0.0
export DATABASE_URL='postgres://hufu:…@db.example.com:5432/hufu?sslmode=verify-full'
export JWT_SECRET=… # once: openssl rand -base64 48
npm start
