import { type ReactNode, useState } from 'react';
import { useErrorText } from '../api/useErrorText.ts';

export interface Deed {
  readonly isBusy: boolean;
  /** Why the last attempt came to nothing; null: it has not, or that stands elsewhere. */
  readonly failure: ReactNode;
  readonly setFailure: (words: ReactNode) => void;
  /**
   * Tries it, and says when it failed. `wordsOf` has other words for some errors, or null for what it says elsewhere.
   */
  readonly attempt: (act: () => Promise<void>, wordsOf?: (error: unknown) => ReactNode | undefined) => Promise<void>;
}

/** One change that a dialog asks the server for: whether it is under way, and what came in between. */
export function useDeed(): Deed {
  const errorText = useErrorText();
  const [isBusy, setBusy] = useState(false);
  const [failure, setFailure] = useState<ReactNode>(null);
  const attempt: Deed['attempt'] = async (act, wordsOf) => {
    setBusy(true);
    setFailure(null);
    try {
      await act();
    } catch (error) {
      const words = wordsOf?.(error);
      setFailure(words === undefined ? errorText(error) : words);
    } finally {
      setBusy(false);
    }
  };
  return { isBusy, failure, setFailure, attempt };
}
