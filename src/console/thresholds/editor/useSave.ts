import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { ThresholdDocument } from '../../../model/threshold.ts';
import { ApiError, send } from '../../api/client.ts';
import { useErrorText } from '../../api/useErrorText.ts';
import { revisionOf, thresholdsKey } from '../useThresholds.ts';
import type { SaveOutcome } from './save-outcome.ts';

export interface Wish {
  readonly document: ThresholdDocument;
  readonly reason: string;
  /** When it comes into force, ms; null at once. */
  readonly fromMs: number | null;
  /** Temporary: the former values come back then, ms. */
  readonly untilMs: number | null;
}

/** Puts a document in force for the revision it was made from. */
export function useSave(point: string) {
  const client = useQueryClient();
  const errorText = useErrorText();
  const [isBusy, setBusy] = useState(false);

  async function save(revision: number, { document, reason, fromMs, untilMs }: Wish): Promise<SaveOutcome> {
    setBusy(true);
    try {
      const response = await send(`/points/${encodeURIComponent(point)}/thresholds`, {
        method: 'PUT',
        body: document,
        query: { from: fromMs, until: untilMs },
        headers: { 'if-match': `"${revision}"`, 'x-brink-reason': encodeURIComponent(reason) },
      });
      if (response.status === 202) {
        void client.invalidateQueries({ queryKey: ['threshold-waiting', point] });
        void client.invalidateQueries({ queryKey: ['proposals'] });
        return { kind: Object.hasOwn((await response.json()) as object, 'scheduled') ? 'scheduled' : 'proposed' };
      }
      const present = {
        revision: revisionOf(response),
        document: (await response.json()) as ThresholdDocument,
        untilMs,
      };
      client.setQueryData(thresholdsKey(point), present);
      void client.invalidateQueries({ queryKey: ['threshold-revisions', point] });
      return { kind: 'saved', present };
    } catch (error) {
      if (error instanceof ApiError && error.status === 412) return { kind: 'conflict' };
      if (error instanceof ApiError && error.errors.length > 0 && error.status < 500) {
        return { kind: 'invalid', errors: error.errors };
      }
      return { kind: 'failed', words: errorText(error) };
    } finally {
      setBusy(false);
    }
  }

  return { save, isBusy };
}
