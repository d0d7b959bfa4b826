import { useQuery } from '@tanstack/react-query';
import AntApp from 'antd/es/app';
import { useReducer } from 'react';
import { useTranslation } from 'react-i18next';
import { EMPTY_DOCUMENT } from '../../model/empty-document.ts';
import type { Template } from '../../model/template.ts';
import { keyOf } from '../api/asked.ts';
import { call, callAll } from '../api/client.ts';
import { usePointIndex } from '../api/queries.ts';
import { useReasonedDeed } from '../change/useReasonedDeed.ts';
import { WHOLE, wholeRows } from '../threshold-table/whole-rows.ts';
import { applyMove, documentAfter, isComplete, NOTHING_CHOSEN, narrowest, wishesOf } from './apply.ts';

/** A template on its way onto points: what was chosen, what that would change, and the deed. */
export function useApply(template: Template, onApplied: () => Promise<void>) {
  const { t } = useTranslation();
  const { message } = AntApp.useApp();
  const index = usePointIndex();
  const [choice, move] = useReducer(applyMove, NOTHING_CHOSEN);
  const { isBusy, failure, attempt, field } = useReasonedDeed();
  const points = choice.chosen.flatMap((id) => index.get(id) ?? []);
  const wishes = wishesOf(choice);
  const path = { id: template.id };

  // What is there now, and what would be wrong: asked for together, when the difference is looked at.
  const look = useQuery({
    queryKey: keyOf('POST /templates/{id}/apply', { path, query: { dryRun: true }, body: wishes }),
    queryFn: async ({ signal }) => {
      const [rows, answer] = await Promise.all([
        callAll('GET /thresholds', { signal, query: { ...narrowest(template, points, choice.metrics), ...WHOLE } }),
        call('POST /templates/{id}/apply', { path, query: { dryRun: true }, body: wishes, signal }),
      ]);
      return { documents: new Map(wholeRows(rows).map((row) => [row.point, row.document])), answer };
    },
    enabled: choice.step === 'difference',
    staleTime: 0,
    gcTime: 0,
  });
  const trial = look.data?.answer.items ?? [];
  const changing = trial.filter(({ changes }) => changes.length > 0);
  const broken = trial.filter(({ problems }) => problems.length > 0);
  const before = (point: string) => look.data?.documents.get(point) ?? EMPTY_DOCUMENT;
  const after = (point: string) => documentAfter(choice, template, point, before(point));

  const apply = () =>
    attempt(
      async (reason) => {
        // With the revisions that were looked at: what somebody else changed since is not overwritten.
        const revisions = new Map(trial.map(({ point, revision }) => [point, revision]));
        const body = {
          ...wishes,
          points: wishes.points.map((one) => ({ ...one, revision: revisions.get(one.point) })),
          reason,
        };
        const answer = await call('POST /templates/{id}/apply', { path, body });
        message.success(answer.applied ? t('templates.applied', { count: changing.length }) : t('table.proposed'), 6);
        await onApplied();
      },
      (isRace) => {
        if (isRace) void look.refetch();
      },
    );

  const isReady = {
    points: choice.chosen.length > 0,
    values: isComplete(choice, template, points),
    difference: look.isSuccess && broken.length === 0 && changing.length > 0,
  }[choice.step];

  return {
    choice,
    move,
    points,
    look,
    trial,
    changing,
    broken,
    before,
    after,
    isReady,
    needsApproval: look.data?.answer.needsApproval === true,
    apply: () => void apply(),
    isBusy,
    failure,
    field,
  };
}
