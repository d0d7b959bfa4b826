import { useMutation } from '@tanstack/react-query';
import AntApp from 'antd/es/app';
import type { Answer, CallName, Given } from '../../wire/calls.ts';
import { useStale } from '../api/asked.ts';
import { argsOf, call } from '../api/client.ts';
import { useErrorText } from '../api/useErrorText.ts';

/** Makes a call that changes a list, says when it failed, and has the list asked for again. */
export function useChange<N extends CallName>(name: N, list: 'GET /users' | 'GET /tokens') {
  const stale = useStale();
  const { message } = AntApp.useApp();
  const errorText = useErrorText();
  return useMutation<Answer<N>, unknown, Given<N>>({
    mutationFn: (given) => call(name, ...argsOf<N>(given)),
    onError: (error) => void message.error(errorText(error), 8),
    onSuccess: () => stale(list),
  });
}
