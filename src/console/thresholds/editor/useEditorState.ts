import { useQuery, useQueryClient } from '@tanstack/react-query';
import AntApp from 'antd/es/app';
import { useCallback, useMemo, useReducer } from 'react';
import { useTranslation } from 'react-i18next';
import { hardlyMeant } from '../../../model/hardly-meant.ts';
import { stepsOf } from '../../../model/pointer.ts';
import type { Incident } from '../../../model/preview.ts';
import { deviationsFrom, type Template } from '../../../model/template.ts';
import type { ThresholdDocument } from '../../../model/threshold.ts';
import { asked, useStale } from '../../api/asked.ts';
import { ApiError } from '../../api/client.ts';
import { usePointIndex, usePointsQuery } from '../../api/queries.ts';
import type { Point } from '../../api/types.ts';
import { useLive } from '../../live/context.tsx';
import { useMay } from '../../session/context.tsx';
import { usePageParams } from '../../ui/usePageParams.ts';
import type { PresentThresholds } from '../present-thresholds.ts';
import { type Problem, problemOf } from '../problem-words.ts';
import { thresholdsKey } from '../useThresholds.ts';
import type { EditorValue } from './context.tsx';
import { openedView, viewStep } from './editor-view.ts';
import { fieldId } from './Field.tsx';
import { windowAround } from './incidents.ts';
import { check, placedProblems, problemsByPlace } from './problems.ts';
import { useDraft } from './useDraft.ts';
import { usePreview } from './usePreview.ts';
import { useSave, type Wish } from './useSave.ts';
import { useSaveKey } from './useSaveKey.ts';

const NO_PROBLEMS: readonly Problem[] = [];

export type EditorState = ReturnType<typeof useEditorState>;

/** A point's draft with all that is known of it, what of the page is looked at, and what may be done. */
export function useEditorState(point: Point, present: PresentThresholds) {
  const { t } = useTranslation();
  const { message } = AntApp.useApp();
  const client = useQueryClient();
  const stale = useStale();
  const live = useLive();
  const mayEdit = useMay('engineer');
  const mayAnalyse = useMay('operator');
  const [view, step] = useReducer(viewStep, undefined, () => openedView(live.serverNowMs()));
  const drafting = useDraft(present);
  const { base, draft, changed, isDirty, change, set, begin } = drafting;
  const { get, set: show } = usePageParams();
  const { save, isBusy } = useSave(point.id);

  const asked = get('rule');
  const chosen = asked !== null && Object.hasOwn(draft.rules, asked) ? asked : null;
  const choose = useCallback((id: string | null) => show({ rule: id }), [show]);

  const template = useTemplate(draft.source?.template);
  const pointsQuery = usePointsQuery();
  const points = usePointIndex();
  const knownPoints = pointsQuery.data === undefined ? undefined : points;
  const checked = useMemo(() => check(draft, Object.keys(point.metrics), knownPoints), [draft, point, knownPoints]);
  const document = checked.ok ? checked.document : undefined;
  const { period, refused } = view;
  const preview = usePreview({ point: point.id, document, period, revision: base.revision, enabled: mayAnalyse });
  const problems = useMemo(() => {
    if (!checked.ok) return checked.problems;
    const told = [
      ...(preview.isCurrent && preview.error !== null ? fieldProblems(preview.error, draft) : NO_PROBLEMS),
      ...(refused?.draft === draft ? refused.problems : NO_PROBLEMS),
    ];
    return told.length === 0 ? NO_PROBLEMS : told;
  }, [checked, preview.isCurrent, preview.error, refused, draft]);
  const warnings = useMemo(
    () => (document === undefined ? [] : hardlyMeant(document, point).map(problemOf)),
    [document, point],
  );
  const deviations = useMemo(
    () => new Map(template === undefined ? [] : deviationsFrom(template, draft).map((one) => [one.path, one] as const)),
    [template, draft],
  );
  const value = useMemo<EditorValue>(
    () => ({
      point,
      draft,
      set,
      change,
      readOnly: !mayEdit,
      problems: problemsByPlace(problems),
      deviations,
      changed: new Set(changed),
    }),
    [point, draft, set, change, mayEdit, problems, deviations, changed],
  );
  const hasProblems = problems.length > 0 || !view.isTextReadable;
  const chartRule = chosen ?? Object.keys(draft.rules)[0];
  const metric =
    (chartRule === undefined ? undefined : draft.rules[chartRule]?.metric) ?? Object.keys(point.metrics)[0] ?? '';

  function goTo(problem: Problem) {
    const [top, id] = stepsOf(problem.path);
    if (top === 'rules' && id !== undefined) choose(id);
    focusSoon(fieldId(problem.path));
  }

  function showIncident(incident: Incident) {
    step({ kind: 'zoom', zoomed: windowAround(incident, point.reportEveryMs, period.toMs) });
    if (incident.metric !== null && incident.metric !== metric && Object.hasOwn(draft.rules, incident.rule)) {
      choose(incident.rule);
    }
  }

  function goOnFrom(now: PresentThresholds, next: ThresholdDocument = now.document) {
    begin(now, next);
    client.setQueryData(thresholdsKey(point.id), now);
    void stale(['GET /points/{id}/thresholds/revisions', { path: { id: point.id } }]);
  }

  const isReady = mayEdit && isDirty && !hasProblems;
  useSaveKey(isReady && view.dialog === null, () => step({ kind: 'open', dialog: 'save' }));

  async function submit(wish: Wish) {
    step({ kind: 'try' });
    const outcome = await save(base.revision, wish);
    const wrong = outcome.kind === 'invalid' ? placedProblems(outcome.errors, draft) : NO_PROBLEMS;
    step({ kind: 'outcome', outcome, draft, problems: wrong });
    if (outcome.kind === 'saved') {
      goOnFrom(outcome.present);
      message.success(t('editor.save.saved', { revision: outcome.present.revision }));
    } else if (outcome.kind === 'scheduled' || outcome.kind === 'proposed') {
      begin(base);
      message.info(t(`editor.save.${outcome.kind}`), 6);
    } else if (outcome.kind === 'invalid') message.error(t('editor.save.refused'));
  }

  return {
    ...drafting,
    point,
    present,
    value,
    view,
    step,
    chosen,
    choose,
    template,
    document,
    preview,
    problems,
    warnings,
    hasProblems,
    metric,
    mayEdit,
    mayAnalyse,
    isReady,
    isBusy,
    /** Why nothing may be changed; undefined when it may. */
    whyNot: mayEdit ? undefined : t('user.needs', { role: t('user.role.engineer') }),
    choosePeriod: (days: typeof view.days) => step({ kind: 'period', days, nowMs: live.serverNowMs() }),
    goTo,
    showIncident,
    goOnFrom,
    submit: (wish: Wish) => void submit(wish),
  };
}

/** What the server finds wrong with single fields; nothing for failures of another kind. */
function fieldProblems(error: Error, draft: ThresholdDocument): readonly Problem[] {
  if (!(error instanceof ApiError) || error.status < 400 || error.status >= 500) return NO_PROBLEMS;
  return placedProblems(error.errors, draft);
}

function useTemplate(id: string | undefined): Template | undefined {
  const query = useQuery({
    ...asked('GET /templates/{id}', { path: { id: id ?? '' } }),
    enabled: id !== undefined,
    staleTime: 600_000,
  });
  return id === undefined ? undefined : query.data;
}

/** Brings a field into view once the rule it belongs to has been opened. */
function focusSoon(id: string): void {
  requestAnimationFrame(() => requestAnimationFrame(() => globalThis.document.getElementById(id)?.focus()));
}
