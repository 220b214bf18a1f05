import './tokens.css';
import { MutationCache, QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import { isSignedOut } from './data/errors.ts';
import { startLanguage } from './i18n/use-messages.ts';
import { sessionKey } from './session/use-session.ts';
import { startTheme } from './shell/theme.ts';

const setupCode = takeSetupCode();
startTheme();
await startLanguage();

/** A session that has ended anywhere leads to the sign-in, and back to the same address. */
const onError = (error: unknown) => {
  if (isSignedOut(error)) client.setQueryData(sessionKey, null);
};
const client: QueryClient = new QueryClient({
  queryCache: new QueryCache({ onError }),
  mutationCache: new MutationCache({ onError }),
  defaultOptions: { queries: { retry: false, staleTime: 10_000 } },
});

const root = document.getElementById('root');
if (root) {
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={client}>
        <App setupCode={setupCode} />
      </QueryClientProvider>
    </StrictMode>,
  );
}

/** Takes the code of a one-time link out of the address before anything else, so that it stays in no history. */
function takeSetupCode(): string | undefined {
  const code = /^#setup=([\w-]+)$/.exec(location.hash)?.[1];
  if (code !== undefined) history.replaceState(null, '', '/');
  return code;
}
