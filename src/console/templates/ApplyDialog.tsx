import { useQuery } from '@tanstack/react-query';
import AntApp from 'antd/es/app';
import Button from 'antd/es/button';
import Checkbox from 'antd/es/checkbox';
import Input from 'antd/es/input';
import InputNumber from 'antd/es/input-number';
import Modal from 'antd/es/modal';
import Radio from 'antd/es/radio';
import Select from 'antd/es/select';
import Steps from 'antd/es/steps';
import Table from 'antd/es/table';
import { lazy, Suspense, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { EMPTY_DOCUMENT } from '../../model/empty-document.ts';
import { deviationsFrom, type Template, withinRange, withTemplate } from '../../model/template.ts';
import type { ThresholdDocument } from '../../model/threshold.ts';
import type { ChangesAnswer } from '../../wire/proposals.ts';
import { request, requestAll } from '../api/client.ts';
import { useNames, usePointIndex, usePoints } from '../api/queries.ts';
import type { Point } from '../api/types.ts';
import { useErrorText } from '../api/useErrorText.ts';
import { AreaSelect } from '../areas/AreaSelect.tsx';
import { useAreasWithin } from '../areas/useAreasWithin.ts';
import { HardlyMeant } from '../change/HardlyMeant.tsx';
import { ApprovalNote, Failure } from '../change/Notes.tsx';
import { ReasonField } from '../change/ReasonField.tsx';
import { RuleChanges } from '../change/RuleChanges.tsx';
import { useReasonedDeed } from '../change/useReasonedDeed.ts';
import { useMetricName } from '../devices/useProfiles.ts';
import { useNameText } from '../i18n/i18n.tsx';
import type { ThresholdRow } from '../threshold-table/rows.ts';
import { problemText } from '../thresholds/problem-words.ts';
import { matches } from '../ui/matches.ts';
import { patiently } from '../ui/patiently.ts';
import '../change/change.css';
import { type DeviatingPoint, Deviations } from './Deviations.tsx';

const PreviewDialog = lazy(patiently(() => import('../change/PreviewDialog.tsx')));

type Values = Readonly<Record<string, number | null>>;

interface Props {
  readonly template: Template;
  readonly onClose: () => void;
  readonly onApplied: () => Promise<void>;
}

/** A template onto many points: which ones, with which figures, and what that changes; then all of it or nothing. */
export default function ApplyDialog({ template, onClose, onApplied }: Props) {
  const { t } = useTranslation();
  const nameText = useNameText();
  const errorText = useErrorText();
  const { message } = AntApp.useApp();
  const index = usePointIndex();
  const [step, setStep] = useState(0);
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const [common, setCommon] = useState<Values>({});
  const [own, setOwn] = useState<ReadonlyMap<string, Values>>(new Map());
  const [metrics, setMetrics] = useState<Readonly<Record<string, string>>>({});
  const [mode, setMode] = useState<'merge' | 'replace'>('merge');
  const [isPreviewing, setIsPreviewing] = useState(false);
  const { isBusy, failure, attempt, field } = useReasonedDeed();

  const points = chosen.flatMap((id) => index.get(id) ?? []);
  const wishes = {
    points: chosen.map((point) => {
      const values = filled(own.get(point) ?? {});
      return Object.keys(values).length === 0 ? { point } : { point, parameters: values };
    }),
    parameters: filled(common),
    metrics,
    mode,
  };
  const missing = template.parameters.filter(({ id }) => {
    return chosen.some((point) => (own.get(point)?.[id] ?? common[id] ?? null) === null);
  });

  // What is there now, and what would be wrong: asked for together, when the difference is looked at.
  const look = useQuery({
    queryKey: ['template-trial', template.id, wishes],
    queryFn: async ({ signal }) => {
      const [rows, answer] = await Promise.all([
        requestAll<ThresholdRow>(
          '/thresholds',
          { signal, query: { ...narrowest(template, points, metrics), documents: true } },
          500,
        ),
        request<ChangesAnswer>(path(template), { method: 'POST', query: { dryRun: true }, body: wishes, signal }),
      ]);
      return { documents: new Map(rows.map((row) => [row.point, row.document])), answer };
    },
    enabled: step === 2,
    staleTime: 0,
    gcTime: 0,
  });
  const trial = look.data?.answer.items ?? [];
  const changing = trial.filter(({ changes }) => changes.length > 0);
  const broken = trial.filter(({ problems }) => problems.length > 0);
  const before = (point: string) => look.data?.documents.get(point) ?? EMPTY_DOCUMENT;
  const after = (point: string) => {
    const parameters = { ...filled(common), ...filled(own.get(point) ?? {}) };
    const made = withTemplate(before(point), template, { parameters, metrics, mode });
    return made.ok ? made.document : before(point);
  };
  const unlike = (of: (point: string) => ThresholdDocument) =>
    points
      .filter(({ id }) => of(id).source?.template === template.id)
      .map(({ id, name }) => ({ point: id, name, document: of(id), deviations: deviationsFrom(template, of(id)) }))
      .filter(({ deviations }) => deviations.length > 0);

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
        const answer = await request<ChangesAnswer>(path(template), { method: 'POST', body });
        message.success(answer.applied ? t('templates.applied', { count: changing.length }) : t('table.proposed'), 6);
        await onApplied();
      },
      (isRace) => {
        if (isRace) void look.refetch();
      },
    );

  const isReady = [
    chosen.length > 0,
    missing.length === 0 && metricGap(template, points, metrics).length === 0,
    look.isSuccess && broken.length === 0 && changing.length > 0,
  ][step];
  return (
    <Modal
      open
      width={900}
      title={t('templates.applyTitle', { name: nameText(template.name) })}
      onCancel={onClose}
      footer={[
        <Button key="back" disabled={step === 0 || isBusy} onClick={() => setStep(step - 1)}>
          {t('templates.back')}
        </Button>,
        ...(step === 2
          ? [
              <Button key="preview" disabled={isReady !== true || isBusy} onClick={() => setIsPreviewing(true)}>
                {t('table.preview')}
              </Button>,
            ]
          : []),
        step < 2 ? (
          <Button key="next" type="primary" disabled={!isReady} onClick={() => setStep(step + 1)}>
            {t('templates.next')}
          </Button>
        ) : (
          <Button key="apply" type="primary" disabled={!isReady} loading={isBusy} onClick={() => void apply()}>
            {t(look.data?.answer.needsApproval === true ? 'table.confirmProposal' : 'table.confirm')}
          </Button>
        ),
      ]}
    >
      <Steps
        size="small"
        current={step}
        items={(['points', 'values', 'difference'] as const).map((one) => ({ title: t(`templates.step.${one}`) }))}
      />
      <div className="apply-step">
        {step === 0 && <ChoosePoints template={template} chosen={chosen} onChange={setChosen} />}
        {step === 1 && (
          <>
            <Metrics template={template} points={points} metrics={metrics} onChange={setMetrics} />
            <Parameters
              template={template}
              points={points}
              common={common}
              own={own}
              onCommon={setCommon}
              onOwn={setOwn}
            />
            <div className="field-line">
              <span>{t('templates.mode')}</span>
              <Radio.Group
                value={mode}
                onChange={({ target }) => setMode(target.value as 'merge' | 'replace')}
                options={(['merge', 'replace'] as const).map((value) => ({ value, label: t(`templates.${value}`) }))}
              />
            </div>
          </>
        )}
        {isPreviewing && (
          <Suspense>
            <PreviewDialog
              items={changing.map(({ point }) => ({ point, document: after(point) }))}
              onClose={() => setIsPreviewing(false)}
            />
          </Suspense>
        )}
        {step === 2 && look.isPending && <p className="soft">{t('app.loading')}</p>}
        {step === 2 && look.error !== null && <p className="save-problems">{errorText(look.error)}</p>}
        {step === 2 && look.isSuccess && (
          <>
            <p>
              {changing.length === 0
                ? t('templates.noDifference')
                : t('templates.differenceCount', { count: changing.length, same: trial.length - changing.length })}
            </p>
            {broken.length > 0 && (
              <div className="save-problems" role="alert">
                {t('templates.problems', { count: broken.length })}
                <ul>
                  {broken.map(({ point, problems }) => (
                    <li key={point}>
                      {nameText(index.get(point)?.name ?? { zh: point, en: point })}:{' '}
                      {problems.map((one) => problemText(one, t)).join('; ')}
                    </li>
                  ))}
                </ul>
              </div>
            )}
            <Exceptions template={template} title={t('templates.exceptionsBefore')} points={unlike(before)} />
            <Exceptions template={template} title={t('templates.exceptionsAfter')} points={unlike(after)} />
            {changing.length > 0 && (
              <div className="save-list">
                {changing.map(({ point }) => (
                  <section key={point}>
                    <h3>
                      {nameText(index.get(point)?.name ?? { zh: point, en: point })}{' '}
                      <small className="faint">{point}</small>
                    </h3>
                    <RuleChanges point={index.get(point)} before={before(point)} after={after(point)} />
                    <HardlyMeant point={index.get(point)} document={after(point)} />
                  </section>
                ))}
              </div>
            )}
            <ApprovalNote isNeeded={look.data.answer.needsApproval} />
            <Failure words={failure} />
            <ReasonField field={field} />
          </>
        )}
      </div>
    </Modal>
  );
}

/** The smallest list of documents that holds those of the points. */
function narrowest(
  { applies }: Template,
  points: readonly Point[],
  metrics: Readonly<Record<string, string>>,
): { readonly metric?: string; readonly family?: string } {
  const metric = metrics[applies.metric] ?? applies.metric;
  if (points.every((point) => Object.hasOwn(point.metrics, metric))) return { metric };
  const [family, other] = new Set(points.map((point) => point.family));
  return family === undefined || other !== undefined ? {} : { family };
}

function path({ id }: Template): string {
  return `/templates/${encodeURIComponent(id)}/apply`;
}

function filled(values: Values): Record<string, number> {
  return Object.fromEntries(Object.entries(values).filter((entry): entry is [string, number] => entry[1] !== null));
}

/** The metrics of the template that some of the points have neither by name nor by what was said. */
function metricGap(
  { applies }: Template,
  points: readonly Point[],
  metrics: Readonly<Record<string, string>>,
): string[] {
  const needed = [applies.metric, ...(applies.with ?? [])];
  return needed.filter((metric) => points.some((point) => !Object.hasOwn(point.metrics, metrics[metric] ?? metric)));
}

function Exceptions({
  title,
  template,
  points,
}: {
  title: string;
  template: Template;
  points: readonly DeviatingPoint[];
}) {
  if (points.length === 0) return null;
  return (
    <section>
      <h3>{title}</h3>
      <div className="save-list">
        <Deviations template={template} points={points} />
      </div>
    </section>
  );
}

function ChoosePoints({
  template,
  chosen,
  onChange,
}: {
  template: Template;
  chosen: readonly string[];
  onChange: (chosen: readonly string[]) => void;
}) {
  const { t } = useTranslation();
  const nameText = useNameText();
  const metricName = useMetricName();
  const names = useNames();
  const all = usePoints();
  const [area, setArea] = useState<string | null>(null);
  const [family, setFamily] = useState<string | null>(template.applies.family);
  const [search, setSearch] = useState('');
  const needed = template.applies.metric;
  const [isOnlyFitting, setIsOnlyFitting] = useState(true);
  const within = useAreasWithin(area);
  const listed = useMemo(() => {
    const isFound = matches<Point>(search, ({ id, name }) => [id, name.zh, name.en]);
    return all.filter(
      (point) =>
        (!isOnlyFitting || Object.hasOwn(point.metrics, needed)) &&
        (within === null || within.has(point.area)) &&
        (family === null || point.family === family) &&
        isFound(point),
    );
  }, [all, within, family, search, isOnlyFitting, needed]);
  return (
    <>
      <div className="page-head">
        <Select
          allowClear
          style={{ width: 120 }}
          placeholder={t('point.family')}
          aria-label={t('point.family')}
          value={family}
          onChange={(value) => setFamily(value ?? null)}
          options={[...new Set(all.map((point) => point.family))].map((value) => ({
            value,
            label: t(`family.${value}`),
          }))}
        />
        <AreaSelect value={area} onChange={setArea} />
        <Input
          allowClear
          style={{ width: 150 }}
          placeholder={t('table.search')}
          aria-label={t('table.search')}
          value={search}
          onChange={(event) => setSearch(event.target.value)}
        />
        <Checkbox checked={isOnlyFitting} onChange={({ target }) => setIsOnlyFitting(target.checked)}>
          {t('templates.onlyFitting', { metric: nameText(metricName(needed, template.applies.family)) })}
        </Checkbox>
        <span className="push soft">{t('templates.chosen', { count: chosen.length })}</span>
        <Button onClick={() => onChange([...new Set([...chosen, ...listed.map(({ id }) => id)])])}>
          {t('templates.chooseAll')}
        </Button>
        <Button disabled={chosen.length === 0} onClick={() => onChange([])}>
          {t('templates.chooseNone')}
        </Button>
      </div>
      <Table<Point>
        size="small"
        virtual
        scroll={{ y: 320, x: 700 }}
        pagination={false}
        rowKey={({ id }) => id}
        dataSource={listed}
        rowSelection={{
          columnWidth: 48,
          selectedRowKeys: [...chosen],
          preserveSelectedRowKeys: true,
          onChange: (keys) => onChange(keys.map(String)),
          getCheckboxProps: ({ name }) => ({ 'aria-label': nameText(name) }),
        }}
        columns={[
          { key: 'name', title: t('point.name'), width: 260, ellipsis: true, render: (_, { name }) => nameText(name) },
          {
            key: 'area',
            title: t('point.area'),
            width: 200,
            ellipsis: true,
            render: (_, point) => nameText(names.area(point.area)),
          },
          {
            key: 'metric',
            title: t('table.metric'),
            width: 240,
            ellipsis: true,
            render: (_, { metrics }) =>
              Object.hasOwn(metrics, needed) ? (
                nameText(metrics[needed]?.name ?? { zh: needed, en: needed })
              ) : (
                <span className="faint">
                  {Object.entries(metrics)
                    .map(([metric, { name }]) => nameText(name ?? { zh: metric, en: metric }))
                    .join(', ')}
                </span>
              ),
          },
        ]}
      />
    </>
  );
}

/** Where the points call the template's metrics by other names. */
function Metrics({
  template,
  points,
  metrics,
  onChange,
}: {
  template: Template;
  points: readonly Point[];
  metrics: Readonly<Record<string, string>>;
  onChange: (metrics: Readonly<Record<string, string>>) => void;
}) {
  const { t } = useTranslation();
  const gap = metricGap(template, points, {});
  if (gap.length === 0) return null;
  const [first, ...others] = points;
  const common = Object.keys(first?.metrics ?? {}).filter((metric) =>
    others.every((point) => Object.hasOwn(point.metrics, metric)),
  );
  return (
    <section className="field-line">
      <h3>{t('templates.metricMap')}</h3>
      <p className="soft">{t('templates.otherMetrics')}</p>
      {gap.map((metric) => (
        <div key={metric} className="parameter">
          <span>{t('templates.metricOf', { metric })}</span>
          <Select
            style={{ width: 200 }}
            aria-label={t('templates.metricOf', { metric })}
            value={metrics[metric] ?? null}
            onChange={(value) => onChange({ ...metrics, [metric]: value })}
            options={common.map((value) => ({ value, label: value }))}
          />
        </div>
      ))}
    </section>
  );
}

function Parameters({
  template: { parameters },
  points,
  common,
  own,
  onCommon,
  onOwn,
}: {
  template: Template;
  points: readonly Point[];
  common: Values;
  own: ReadonlyMap<string, Values>;
  onCommon: (values: Values) => void;
  onOwn: (own: ReadonlyMap<string, Values>) => void;
}) {
  const { t } = useTranslation();
  const nameText = useNameText();
  if (parameters.length === 0) return null;
  const fields = (whose: string, values: Values, onValues: (values: Values) => void, isOwn: boolean) => (
    <div className="parameters">
      {parameters.map(({ id, name, unit, range }) => {
        const value = values[id] ?? null;
        const isOutside = value !== null && !withinRange(value, range);
        const [low, high] = range ?? [];
        return (
          <div key={id} className="parameter">
            <span>{nameText(name)}</span>
            <InputNumber<number>
              value={value}
              status={isOutside ? 'error' : ''}
              {...(unit === undefined ? {} : { suffix: unit })}
              aria-label={`${whose} ${nameText(name)}`}
              placeholder={isOwn ? String(common[id] ?? '') : ''}
              onChange={(next) => onValues({ ...values, [id]: next })}
            />
            {range !== undefined && (
              <span className="faint">
                {isOutside
                  ? t('templates.parameterOutside', { name: nameText(name), low, high })
                  : t('templates.parameterRange', { low, high })}
              </span>
            )}
          </div>
        );
      })}
    </div>
  );
  return (
    <section className="field-line">
      <h3>{t('templates.parameters')}</h3>
      <strong>{t('templates.parameterFor')}</strong>
      {fields(t('templates.parameterFor'), common, onCommon, false)}
      <strong>{t('templates.ownValues')}</strong>
      {[...own].map(([point, values]) => {
        const name = points.find(({ id }) => id === point)?.name;
        if (name === undefined) return null;
        return (
          <div key={point}>
            <span>{nameText(name)}</span>
            {fields(nameText(name), values, (next) => onOwn(new Map(own).set(point, next)), true)}
          </div>
        );
      })}
      <Select
        showSearch={{ optionFilterProp: 'label' }}
        style={{ width: 280 }}
        placeholder={t('templates.addOwn')}
        aria-label={t('templates.addOwn')}
        value={null}
        onChange={(point: string | null) => point !== null && onOwn(new Map(own).set(point, {}))}
        options={points.filter(({ id }) => !own.has(id)).map(({ id, name }) => ({ value: id, label: nameText(name) }))}
      />
    </section>
  );
}
