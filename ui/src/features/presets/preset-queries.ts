/** Prompt presets: the list, and what can be done to one. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { PATHS, fillPath } from '#contract/paths';
import {
  presetExportSchema,
  presetListResponseSchema,
  presetResponseSchema,
  type PresetChange,
  type PresetExport,
  type PresetInput,
} from '#contract/preset';
import { okResponseSchema } from '#contract/process';
import { useApi } from '../../api/api-context.ts';

const presetsKey = ['presets'] as const;

export function usePresets() {
  const api = useApi();
  return useQuery({
    queryKey: presetsKey,
    queryFn: async ({ signal }) =>
      (await api.request(PATHS.presets, presetListResponseSchema, { signal })).presets,
    staleTime: 30_000,
  });
}

/** Every change of a preset reads the list anew. */
function usePresetMutation<Order, Answer>(run: (order: Order) => Promise<Answer>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: run,
    onSuccess: async () => client.invalidateQueries({ queryKey: presetsKey }),
  });
}

export function useCreatePreset() {
  const api = useApi();
  return usePresetMutation(async (input: PresetInput) =>
    api.request(PATHS.presets, presetResponseSchema, { method: 'POST', body: input }),
  );
}

export function useChangePreset() {
  const api = useApi();
  return usePresetMutation(async ({ id, change }: { id: string; change: PresetChange }) =>
    api.request(fillPath(PATHS.preset, id), presetResponseSchema, { method: 'PATCH', body: change }),
  );
}

export function useDuplicatePreset() {
  const api = useApi();
  return usePresetMutation(async (id: string) =>
    api.request(fillPath(PATHS.presetDuplicate, id), presetResponseSchema, { method: 'POST' }),
  );
}

export function useDeletePreset() {
  const api = useApi();
  return usePresetMutation(async (id: string) =>
    api.request(fillPath(PATHS.preset, id), okResponseSchema, { method: 'DELETE' }),
  );
}

export function useImportPresets() {
  const api = useApi();
  return usePresetMutation(async (file: PresetExport) =>
    api.request(PATHS.presetsImport, presetListResponseSchema, { method: 'POST', body: file }),
  );
}

export function useExportPresets() {
  const api = useApi();
  return useMutation({ mutationFn: async () => api.request(PATHS.presetsExport, presetExportSchema) });
}
