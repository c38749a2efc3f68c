import { createHufu } from 'hufu';

export const start = (databaseUrl: string, secret: string, clientSecrets: { google: string; acme: string }) =>
  createHufu({
    database: databaseUrl,
    tokens: { secret },
    providers: {
      redirectUris: ['https://app.example.com/signed-in'],
      verifyingEmail: ['google', 'acme'],
      google: { clientId: 'example.apps.googleusercontent.com', clientSecret: clientSecrets.google },
      acme: { issuer: 'https://id.acme.example', clientId: 'hufu', clientSecret: clientSecrets.acme },
    },
  });
