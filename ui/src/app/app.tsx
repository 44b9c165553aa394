/** Providers around the page, and the gate for the token. */
import { MantineProvider, localStorageColorSchemeManager } from '@mantine/core';
import { QueryClientProvider } from '@tanstack/react-query';
import { Suspense, lazy, useEffect, useSyncExternalStore } from 'react';
import { ApiContext } from '../api/api-context.ts';
import { ErrorBoundary } from './error-boundary.tsx';
import type { PageParts } from './page-parts.ts';
import { Shell } from './shell.tsx';
import { cssVariables, theme } from './theme.ts';

const TokenScreen = lazy(async () => ({ default: (await import('./token-screen.tsx')).TokenScreen }));

const colorSchemes = localStorageColorSchemeManager({ key: 'llm-server-manager.theme' });

export function App({ parts }: { parts: PageParts }) {
  return (
    <MantineProvider
      theme={theme}
      cssVariablesResolver={cssVariables}
      defaultColorScheme="auto"
      colorSchemeManager={colorSchemes}
    >
      <ErrorBoundary>
        <QueryClientProvider client={parts.queries}>
          <ApiContext value={parts.api}>
            <Gate parts={parts} />
          </ApiContext>
        </QueryClientProvider>
      </ErrorBoundary>
    </MantineProvider>
  );
}

function Gate({ parts }: { parts: PageParts }) {
  const isRefused = useSyncExternalStore(parts.tokens.subscribe, parts.tokens.isRefused);
  useEffect(() => (isRefused ? undefined : parts.live.start()), [isRefused, parts]);
  if (isRefused) {
    return (
      <Suspense>
        <TokenScreen tokens={parts.tokens} onEntered={() => void parts.queries.resetQueries()} />
      </Suspense>
    );
  }
  return <Shell parts={parts} />;
}
