/** Asks for the access token where the runner wants one. */
import { Button, PasswordInput } from '@mantine/core';
import { useState } from 'react';
import type { TokenStore } from '../api/token-store.ts';
import { ErrorNote } from '../components/error-note.tsx';
import { en } from '../locales/en.ts';
import { Brand } from './brand.tsx';

interface TokenScreenProps {
  tokens: TokenStore;
  onEntered: () => void;
}

export function TokenScreen({ tokens, onEntered }: TokenScreenProps) {
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
        <h1>{en.token.title}</h1>
        <p className="sub">{en.token.text}</p>
        {hadOne && <ErrorNote message={en.token.refused} />}
        <PasswordInput
          label={en.token.label}
          value={token}
          autoComplete="current-password"
          data-autofocus
          visibilityToggleButtonProps={{ 'aria-label': en.form.showKey }}
          onChange={(event) => setToken(event.currentTarget.value)}
        />
        <Button type="submit" variant="filled" size="md" disabled={token.trim() === ''}>
          {en.token.enter}
        </Button>
      </form>
    </main>
  );
}
