export default {
  // Hufu finds its files beside its own modules, and shares one copy of graphql with the server.
  serverExternalPackages: ['hufu', 'graphql', 'graphql-yoga'],
};
