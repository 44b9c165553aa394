/** Lets the browser download a whole log as text. */
import { useMutation } from '@tanstack/react-query';
import { PATHS, fillPath } from '#contract/paths';
import { useApi } from '../../api/api-context.ts';

export function useDownloadLog() {
  const api = useApi();
  return useMutation({
    mutationFn: async (id: string) => {
      const link = document.createElement('a');
      link.href = await api.linkTo(fillPath(PATHS.logs, id), { format: 'text', download: '1' });
      link.download = `${id}.log`;
      link.click();
    },
  });
}
