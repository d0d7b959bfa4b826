import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiError } from '../api/client.ts';
import { useDeed } from '../ui/useDeed.ts';

/** Somebody else was faster: what was looked at is no longer what is there. */
function isLostRace(error: unknown): boolean {
  return error instanceof ApiError && error.code === 'revision-lost-race';
}

/** A change of limits, and what is said of a lost race: nobody makes one without saying why, and nobody overwrites what was changed meanwhile. */
export function useReasonedDeed(raceWords: 'table.lostRace' | 'table.importChangedSince' = 'table.lostRace') {
  const { t } = useTranslation();
  const { isBusy, failure, setFailure, attempt } = useDeed();
  const [text, setText] = useState('');
  const [isTried, setIsTried] = useState(false);
  const reason = text.trim();

  async function dare(act: (reason: string) => Promise<void>, onFailed?: (isRace: boolean) => void) {
    setIsTried(true);
    if (reason === '') return;
    await attempt(
      () => act(reason),
      (error) => {
        const isRace = isLostRace(error);
        onFailed?.(isRace);
        return isRace ? t(raceWords) : undefined;
      },
    );
  }

  return { isBusy, failure, setFailure, attempt: dare, field: { text, setText, isMissing: isTried && reason === '' } };
}
