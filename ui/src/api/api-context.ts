/** Provides the API client to the hooks that fetch. */
import { createContext, useContext } from 'react';
import type { ApiClient } from './request.ts';

export const ApiContext = createContext<ApiClient | null>(null);

export function useApi(): ApiClient {
  const api = useContext(ApiContext);
  if (api === null) throw new Error('ApiContext is missing above this component');
  return api;
}
