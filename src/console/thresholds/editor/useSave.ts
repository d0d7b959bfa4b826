import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { ThresholdDocument } from '../../../model/threshold.ts';
import { useStale } from '../../api/asked.ts';
import { ApiError, exchange } from '../../api/client.ts';
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
  const stale = useStale();
  const errorText = useErrorText();
  const [isBusy, setBusy] = useState(false);

  async function save(revision: number, { document, reason, fromMs, untilMs }: Wish): Promise<SaveOutcome> {
    setBusy(true);
    try {
      const path = { id: point };
      const answer = await exchange('PUT /points/{id}/thresholds', {
        path,
        body: document,
        query: { from: fromMs, until: untilMs },
        headers: { 'if-match': `"${revision}"`, 'x-brink-reason': encodeURIComponent(reason) },
      });
      if (answer.status === 202) {
        void stale(['GET /points/{id}/thresholds/scheduled', { path }], 'GET /thresholds/proposals');
        return { kind: 'scheduled' in answer.body ? 'scheduled' : 'proposed' };
      }
      const present = { revision: revisionOf(answer.etag), document: answer.body, untilMs };
      client.setQueryData(thresholdsKey(point), present);
      void stale(['GET /points/{id}/thresholds/revisions', { path }]);
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
