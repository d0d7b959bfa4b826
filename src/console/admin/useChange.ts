import { useMutation, useQueryClient } from '@tanstack/react-query';
import AntApp from 'antd/es/app';
import { type RequestOptions, request } from '../api/client.ts';
import { useErrorText } from '../api/useErrorText.ts';

interface Change extends RequestOptions {
  readonly path: string;
}

/** Sends a change, says when it failed, and has the list asked for again. */
export function useChange<T>(listKey: string) {
  const client = useQueryClient();
  const { message } = AntApp.useApp();
  const errorText = useErrorText();
  return useMutation<T, unknown, Change>({
    mutationFn: ({ path, ...options }) => request<T>(path, options),
    onError: (error) => void message.error(errorText(error), 8),
    onSuccess: () => client.invalidateQueries({ queryKey: [listKey] }),
  });
}
