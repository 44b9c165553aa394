/** Asks for the access token where the runner wants one. */
import { Button, PasswordInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { TokenStore } from '../api/token-store.ts';
import { ErrorNote } from '../components/error-note.tsx';
import { Brand } from './brand.tsx';

interface TokenScreenProps {
  tokens: TokenStore;
  onEntered: () => void;
}

export function TokenScreen({ tokens, onEntered }: TokenScreenProps) {
  const { t } = useTranslation();
  const [token, setToken] = useState('');
  const hadOne = tokens.get() !== null;
  return (
    <main className="centre">
      <form
        className="card centre-card"
        onSubmit={(event) => {
          event.preventDefault();
          if (token.trim() === '') return;
          tokens.set(token.trim());
          onEntered();
        }}
      >
        <Brand />
        <h1>{t('token.title')}</h1>
        <p className="sub">{t('token.text')}</p>
        {hadOne && <ErrorNote message={t('token.refused')} />}
        <PasswordInput
          label={t('token.label')}
          value={token}
          autoComplete="current-password"
          data-autofocus
          visibilityToggleButtonProps={{ 'aria-label': t('token.show') }}
          onChange={(event) => setToken(event.currentTarget.value)}
        />
        <Button type="submit" variant="filled" size="md" disabled={token.trim() === ''}>
          {t('token.enter')}
        </Button>
      </form>
    </main>
  );
}
