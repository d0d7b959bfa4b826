import { useQuery, useQueryClient } from '@tanstack/react-query';
import AntApp from 'antd/es/app';
import Button from 'antd/es/button';
import Segmented from 'antd/es/segmented';
import { lazy, Suspense, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router-dom';
import { hardlyMeant } from '../../../model/hardly-meant.ts';
import { stepsOf } from '../../../model/pointer.ts';
import type { Incident } from '../../../model/preview.ts';
import { deviationsFrom, type Template } from '../../../model/template.ts';
import type { ThresholdDocument } from '../../../model/threshold.ts';
import { DAY_MS } from '../../../model/time.ts';
import { ApiError, request } from '../../api/client.ts';
import { usePointIndex, usePointsQuery } from '../../api/queries.ts';
import type { Point } from '../../api/types.ts';
import { useNameText } from '../../i18n/i18n.tsx';
import { useLive } from '../../live/context.tsx';
import { useMay } from '../../session/context.tsx';
import { dateTime } from '../../ui/format.ts';
import { LeaveGuard } from '../../ui/LeaveGuard.tsx';
import { patiently } from '../../ui/patiently.ts';
import { usePageParams } from '../../ui/usePageParams.ts';
import { type Problem, problemOf } from '../problem-words.ts';
import { type PresentThresholds, thresholdsKey } from '../useThresholds.ts';
import { AdvicePanel } from './AdvicePanel.tsx';
import { EditorContext, type EditorValue } from './context.tsx';
import { DocumentForm } from './DocumentForm.tsx';
import { EditorChart } from './EditorChart.tsx';
import { fieldId } from './Field.tsx';
import { type Scope, type TimeWindow, windowAround } from './incidents.ts';
import { PeriodChoice, type PeriodDays, PreviewPanel } from './PreviewPanel.tsx';
import { ProblemList } from './ProblemList.tsx';
import { check, placedProblems, problemsByPlace } from './problems.ts';
import { RuleList } from './RuleList.tsx';
import { TemplateNote } from './TemplateNote.tsx';
import { useDraft } from './useDraft.ts';
import { usePreview } from './usePreview.ts';
import { useSave, type Wish } from './useSave.ts';
import { Waiting } from './Waiting.tsx';

const ConflictDialog = lazy(patiently(() => import('./ConflictDialog.tsx')));
const RevisionsDrawer = lazy(patiently(() => import('./RevisionsDrawer.tsx')));
const SaveDialog = lazy(patiently(() => import('./SaveDialog.tsx')));
const TextTab = lazy(patiently(() => import('./TextTab.tsx')));

const NO_PROBLEMS: readonly Problem[] = [];

type Dialog = 'save' | 'conflict' | 'revisions' | null;

/** A point's thresholds in fields, on the chart and as text, with what they would have done and what history advises. */
export function Editor({ point, present }: { point: Point; present: PresentThresholds }) {
  const { t } = useTranslation();
  const nameText = useNameText();
  const { message } = AntApp.useApp();
  const client = useQueryClient();
  const mayEdit = useMay('engineer');
  const mayAnalyse = useMay('operator');
  const { base, draft, changed, isDirty, canUndo, change, set, undo, begin } = useDraft(present);
  const { get, set: show } = usePageParams();
  const [dialog, setDialog] = useState<Dialog>(null);
  const [form, setForm] = useState<'fields' | 'text'>('fields');
  const [isTextReadable, setTextReadable] = useState(true);
  const [side, setSide] = useState<'preview' | 'advice'>('preview');
  const [days, period, setDays] = usePeriod();
  const [scope, setScope] = useState<Scope>(null);
  const [zoomed, setZoomed] = useState<TimeWindow | null>(null);
  const [refused, setRefused] = useState<{ draft: ThresholdDocument; problems: readonly Problem[] } | null>(null);
  const [failure, setFailure] = useState<string | null>(null);
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

  const firstRule = Object.keys(draft.rules)[0];
  const chartRule = chosen ?? firstRule;
  const metric =
    (chartRule === undefined ? undefined : draft.rules[chartRule]?.metric) ?? Object.keys(point.metrics)[0] ?? '';
  const adviceRule = chosen ?? Object.keys(base.document.rules).find((id) => base.document.rules[id]?.levels) ?? null;
  const whyNot = mayEdit ? undefined : t('user.needs', { role: t('user.role.engineer') });
  const isBehind = present.revision > base.revision && isDirty;
  const hasProblems = problems.length > 0 || !isTextReadable;

  function goTo(problem: Problem) {
    const [top, id] = stepsOf(problem.path);
    if (top === 'rules' && id !== undefined) choose(id);
    focusSoon(fieldId(problem.path));
  }

  function showIncident(incident: Incident) {
    setZoomed(windowAround(incident, point.reportEveryMs, period.toMs));
    if (incident.metric !== null && incident.metric !== metric && Object.hasOwn(draft.rules, incident.rule)) {
      choose(incident.rule);
    }
  }

  function goOnFrom(now: PresentThresholds, next: ThresholdDocument = now.document) {
    begin(now, next);
    client.setQueryData(thresholdsKey(point.id), now);
    void client.invalidateQueries({ queryKey: ['threshold-revisions', point.id] });
  }

  useSaveKey(mayEdit && isDirty && !hasProblems && dialog === null, () => setDialog('save'));

  async function submit(wish: Wish) {
    setFailure(null);
    const outcome = await save(base.revision, wish);
    switch (outcome.kind) {
      case 'saved':
        goOnFrom(outcome.present);
        setDialog(null);
        message.success(t('editor.save.saved', { revision: outcome.present.revision }));
        return;
      case 'scheduled':
      case 'proposed':
        begin(base);
        setDialog(null);
        message.info(t(`editor.save.${outcome.kind}`), 6);
        return;
      case 'conflict':
        setDialog('conflict');
        return;
      case 'invalid':
        setRefused({ draft, problems: placedProblems(outcome.errors, draft) });
        setDialog(null);
        message.error(t('editor.save.refused'));
        return;
      case 'failed':
        setFailure(outcome.words);
    }
  }

  const paused = !mayAnalyse
    ? t('user.needs', { role: t('user.role.operator') })
    : hasProblems
      ? t('editor.fixFirst')
      : null;

  return (
    <EditorContext value={value}>
      <div className="page editor-page">
        <div className="page-head">
          <h1>
            <Link to={`/points/${encodeURIComponent(point.id)}`}>{nameText(point.name)}</Link> · {t('point.thresholds')}
          </h1>
          <span className="badge">{t('alert.revisionShort', { revision: base.revision })}</span>
          {base.untilMs !== null && (
            <span className="badge strong">{t('editor.temporaryUntil', { time: dateTime(base.untilMs) })}</span>
          )}
          {isDirty && <span className="badge strong">{t('editor.changedPlaces', { count: changed.length })}</span>}
          <span className="push" />
          <Button onClick={() => setDialog('revisions')}>{t('editor.revisions.title')}</Button>
          <Button disabled={!canUndo} onClick={undo}>
            {t('editor.undo')}
          </Button>
          <Button disabled={!isDirty} onClick={() => change(() => base.document)}>
            {t('editor.discard')}
          </Button>
          <span title={whyNot}>
            <Button type="primary" disabled={!mayEdit || !isDirty || hasProblems} onClick={() => setDialog('save')}>
              {t('editor.save.open')}
            </Button>
          </span>
        </div>
        {whyNot !== undefined && (
          <p className="editor-notice" role="note">
            {t('editor.readOnly')} {whyNot}
          </p>
        )}
        {isBehind && (
          <p className="editor-notice" role="alert">
            {t('editor.conflict.behind', { revision: present.revision })}{' '}
            <Button size="small" onClick={() => setDialog('conflict')}>
              {t('editor.conflict.look')}
            </Button>
          </p>
        )}
        <Waiting point={point} />
        <div className="editor-grid">
          <div className="stack editor-form">
            <Segmented<'fields' | 'text'>
              value={form}
              disabled={!isTextReadable}
              options={[
                { value: 'fields', label: t('editor.asFields') },
                { value: 'text', label: t('editor.asText') },
              ]}
              onChange={setForm}
            />
            {form === 'text' ? (
              <Suspense fallback={<p className="soft">{t('app.loading')}</p>}>
                <TextTab
                  onReadable={setTextReadable}
                  onGivenUp={() => {
                    setTextReadable(true);
                    setForm('fields');
                  }}
                />
              </Suspense>
            ) : (
              <>
                <ProblemList problems={problems} onGo={goTo} />
                <ProblemList problems={warnings} onGo={goTo} kind="warnings" />
                <RuleList chosen={chosen} onChoose={choose} />
                {template !== undefined && <TemplateNote template={template} />}
                <DocumentForm />
              </>
            )}
          </div>
          <div className="stack editor-side">
            <EditorChart
              key={metric}
              metric={metric}
              present={base.document}
              preview={preview.data}
              scope={scope}
              period={period}
              zoomed={zoomed}
              onZoom={setZoomed}
              onIncident={showIncident}
            />
            <section className="panel block">
              <div className="page-head">
                <Segmented<'preview' | 'advice'>
                  value={side}
                  options={[
                    { value: 'preview', label: t('editor.preview') },
                    { value: 'advice', label: t('editor.advice.title') },
                  ]}
                  onChange={setSide}
                />
                <span className="push" />
                <PeriodChoice
                  days={days}
                  onDays={(next) => {
                    setDays(next);
                    setZoomed(null);
                  }}
                />
              </div>
              {side === 'preview' ? (
                <PreviewPanel
                  preview={preview.data}
                  error={hasProblems ? null : preview.error}
                  isWorking={preview.isWorking}
                  isCurrent={preview.isCurrent}
                  paused={paused}
                  rules={Object.keys(draft.rules)}
                  scope={scope}
                  onScope={setScope}
                  onRetry={() => void preview.refetch()}
                  onCancel={() => void client.cancelQueries({ queryKey: ['threshold-preview', point.id] })}
                  onIncident={showIncident}
                />
              ) : (
                <AdvicePanel
                  rule={adviceRule}
                  inForce={adviceRule === null ? undefined : base.document.rules[adviceRule]}
                  revision={base.revision}
                  period={period}
                  onUsed={() => {
                    if (adviceRule !== null) choose(adviceRule);
                    message.info(t('editor.advice.filled'));
                  }}
                />
              )}
            </section>
          </div>
        </div>
      </div>
      <LeaveGuard isDirty={isDirty} />
      <Suspense>
        {dialog === 'save' && document !== undefined && (
          <SaveDialog
            point={point}
            before={base.document}
            after={document}
            preview={preview.isCurrent && preview.error === null ? preview.data : undefined}
            isBusy={isBusy}
            failure={failure}
            onSave={(wish) => void submit(wish)}
            onClose={() => {
              setFailure(null);
              setDialog(null);
            }}
          />
        )}
        {dialog === 'conflict' && (
          <ConflictDialog
            point={point}
            base={base}
            mine={draft}
            onResolved={(now, next) => {
              goOnFrom(now, next);
              setDialog(null);
            }}
            onClose={() => setDialog(null)}
          />
        )}
        {dialog === 'revisions' && (
          <RevisionsDrawer
            point={point}
            present={present.revision > base.revision ? present : base}
            mayRestore={mayEdit && !isDirty}
            whyNot={whyNot ?? (isDirty ? t('editor.revisions.saveFirst') : undefined)}
            onRestored={(now) => {
              goOnFrom(now);
              message.success(t('editor.save.saved', { revision: now.revision }));
            }}
            onClose={() => setDialog(null)}
          />
        )}
      </Suspense>
    </EditorContext>
  );
}

/** What the server finds wrong with single fields; nothing for failures of another kind. */
function fieldProblems(error: Error, draft: ThresholdDocument): readonly Problem[] {
  if (!(error instanceof ApiError) || error.status < 400 || error.status >= 500) return NO_PROBLEMS;
  return placedProblems(error.errors, draft);
}

/** The last days from the moment they were asked for: a period that stays, so that what is compared is the same. */
function usePeriod(): [PeriodDays, TimeWindow, (days: PeriodDays) => void] {
  const live = useLive();
  const [days, setDays] = useState<PeriodDays>(30);
  const [toMs, setToMs] = useState(() => Math.floor(live.serverNowMs()));
  const period = useMemo(() => ({ fromMs: toMs - days * DAY_MS, toMs }), [days, toMs]);
  const choose = useCallback(
    (next: PeriodDays) => {
      setDays(next);
      setToMs(Math.floor(live.serverNowMs()));
    },
    [live],
  );
  return [days, period, choose];
}

function useTemplate(id: string | undefined): Template | undefined {
  const query = useQuery({
    queryKey: ['template', id],
    enabled: id !== undefined,
    staleTime: 600_000,
    queryFn: ({ signal }) => request<Template>(`/templates/${encodeURIComponent(id ?? '')}`, { signal }),
  });
  return id === undefined ? undefined : query.data;
}

/** Ctrl or Command and S, as everywhere else. */
function useSaveKey(isReady: boolean, save: () => void): void {
  const latest = useRef(save);
  latest.current = save;
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (event.key !== 's' || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
      event.preventDefault();
      if (isReady) latest.current();
    };
    document.addEventListener('keydown', listen);
    return () => document.removeEventListener('keydown', listen);
  }, [isReady]);
}

/** Brings a field into view once the rule it belongs to has been opened. */
function focusSoon(id: string): void {
  requestAnimationFrame(() => requestAnimationFrame(() => globalThis.document.getElementById(id)?.focus()));
}
