/** Launch profiles: the saved forms, and what can be done to one. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { PATHS, fillPath } from '#contract/paths';
import { okResponseSchema } from '#contract/process';
import {
  profileExportSchema,
  profileListResponseSchema,
  profileResponseSchema,
  type ProfileChange,
  type ProfileInput,
} from '#contract/profile';
import { useApi } from '../../api/api-context.ts';
import { readProfileFile } from './profile-files.ts';

const profilesKey = ['profiles'] as const;

export function useProfiles() {
  const api = useApi();
  return useQuery({
    queryKey: profilesKey,
    queryFn: async ({ signal }) =>
      (await api.request(PATHS.profiles, profileListResponseSchema, { signal })).profiles,
  });
}

/** Every change of a profile reads the list anew. */
function useProfileMutation<Order, Answer>(run: (order: Order) => Promise<Answer>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: run,
    onSuccess: async () => client.invalidateQueries({ queryKey: profilesKey }),
  });
}

export function useSaveProfile() {
  const api = useApi();
  return useProfileMutation(async (input: ProfileInput) =>
    api.request(PATHS.profiles, profileResponseSchema, { method: 'POST', body: input }),
  );
}

export function useChangeProfile() {
  const api = useApi();
  return useProfileMutation(async ({ id, change }: { id: string; change: ProfileChange }) =>
    api.request(fillPath(PATHS.profile, id), profileResponseSchema, { method: 'PATCH', body: change }),
  );
}

export function useDuplicateProfile() {
  const api = useApi();
  return useProfileMutation(async (id: string) =>
    api.request(fillPath(PATHS.profileDuplicate, id), profileResponseSchema, { method: 'POST' }),
  );
}

export function useDeleteProfile() {
  const api = useApi();
  return useProfileMutation(async (id: string) =>
    api.request(fillPath(PATHS.profile, id), okResponseSchema, { method: 'DELETE' }),
  );
}

export function useImportProfiles() {
  const { t } = useTranslation();
  const api = useApi();
  return useProfileMutation(async (file: Blob) =>
    api.request(PATHS.profilesImport, profileListResponseSchema, {
      method: 'POST',
      body: await readProfileFile(file, t('profiles.notAnExport')),
    }),
  );
}

export function useExportProfiles() {
  const api = useApi();
  return useMutation({ mutationFn: async () => api.request(PATHS.profilesExport, profileExportSchema) });
}
