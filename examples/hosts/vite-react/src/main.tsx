import { ApolloProvider } from '@apollo/client/react';
import { createRoot } from 'react-dom/client';

import { App } from './App.js';
import { client } from './client.js';

const root = document.getElementById('root');
if (root !== null)
  createRoot(root).render(
    <ApolloProvider client={client}>
      <App />
    </ApolloProvider>,
  );
