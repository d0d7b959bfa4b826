import { useQuery } from '@tanstack/react-query';
import Button from 'antd/es/button';
import Input from 'antd/es/input';
import Select from 'antd/es/select';
import { lazy, Suspense, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router-dom';
import type { Name } from '../../model/names.ts';
import { resolveName } from '../../model/resolve-name.ts';
import type { Family } from '../../model/site.ts';
import { sourceLine } from '../../model/source-line.ts';
import type { Template } from '../../model/template.ts';
import { askedAll, useStale } from '../api/asked.ts';
import { useMetricName } from '../devices/useProfiles.ts';
import { useNameText } from '../i18n/i18n.tsx';
import { useMay } from '../session/context.tsx';
import { type ThresholdRow, WHOLE, wholeRows } from '../threshold-table/whole-rows.ts';
import { ThresholdWords } from '../thresholds/ThresholdWords.tsx';
import { useTemplates } from '../thresholds/useTemplates.ts';
import { Empty } from '../ui/Empty.tsx';
import { matches } from '../ui/matches.ts';
import { pathTo } from '../ui/paths.ts';
import { patiently } from '../ui/patiently.ts';
import { usePageParams } from '../ui/usePageParams.ts';
import { Deviations } from './Deviations.tsx';
import css from './templates.module.css';

const ApplyDialog = lazy(patiently(() => import('./ApplyDialog.tsx')));

const NOBODY: readonly ThresholdRow[] = [];

/** Threshold templates by standard: what they say, where from, who uses them and who deviates; and applying them. */
export default function TemplatesPage() {
  const { t } = useTranslation();
  const nameText = useNameText();
  const templates = useTemplates();
  const { get, set } = usePageParams();
  const search = get('q') ?? '';
  const family = get('family');
  const listed = useMemo(() => {
    const isFound = matches<Template>(search, ({ id, name, standard }) => [
      id,
      name.zh,
      name.en,
      resolveName(standard, '').zh,
      resolveName(standard, '').en,
    ]);
    return templates.filter((one) => (family === null || one.applies.family === family) && isFound(one));
  }, [templates, family, search]);
  const chosen = templates.find(({ id }) => id === get('id')) ?? listed[0];
  return (
    <div className="page">
      <div className="page-head">
        <h1>{t('templates.title')}</h1>
        <Link to={pathTo('thresholds')}>{t('table.title')}</Link>
        <span className="soft">{t('templates.count', { count: listed.length })}</span>
        <Select
          allowClear
          className="push"
          style={{ width: 130 }}
          placeholder={t('point.family')}
          aria-label={t('point.family')}
          value={family}
          onChange={(value) => set({ family: value })}
          options={[...new Set(templates.map(({ applies }) => applies.family))].map((value) => ({
            value,
            label: t(`family.${value}`),
          }))}
        />
        <Input
          allowClear
          style={{ width: 220 }}
          placeholder={t('templates.search')}
          aria-label={t('templates.search')}
          value={search}
          onChange={(event) => set({ q: event.target.value })}
        />
      </div>
      <div className={css.templates}>
        <nav className={`${css.templateList} panel`} data-testid="template-list" aria-label={t('templates.title')}>
          {listed.length === 0 && <Empty title={t('templates.none')} />}
          {listed.map(({ id, name, standard, edition, verifiedBy, applies }) => (
            <button key={id} type="button" aria-current={id === chosen?.id} onClick={() => set({ id })}>
              <strong>{nameText(name)}</strong>
              <span className="soft">
                {t(`family.${applies.family}`)} · {nameText(sourceLine({ standard, edition }))}
              </span>
              {verifiedBy === null && <span className="faint">{t('templates.unverified')}</span>}
            </button>
          ))}
        </nav>
        {chosen === undefined ? (
          <div className="panel">
            <Empty title={t('templates.pick')} />
          </div>
        ) : (
          <Detail key={chosen.id} template={chosen} />
        )}
      </div>
    </div>
  );
}

function Detail({ template }: { template: Template }) {
  const { t } = useTranslation();
  const nameText = useNameText();
  const metricName = useMetricName();
  const stale = useStale();
  const mayApply = useMay('engineer');
  const [isApplying, setIsApplying] = useState(false);
  const { data: users = NOBODY, isSuccess } = useQuery({
    ...askedAll('GET /thresholds', { query: { template: template.id, ...WHOLE } }),
    select: wholeRows,
  });
  const { name, standard, edition, source, verifiedBy, applies, parameters, document } = template;
  const unlike = users.filter(({ deviations }) => deviations.length > 0);
  return (
    <article className={`${css.templateDetail} panel`} data-testid="template-detail">
      <header className="page-head">
        <h2>{nameText(name)}</h2>
        <span className="badge">{verifiedBy === null ? t('templates.unverified') : t('templates.verified')}</span>
        {mayApply && (
          <Button type="primary" className="push" onClick={() => setIsApplying(true)}>
            {t('templates.apply')}
          </Button>
        )}
      </header>
      <dl className="facts">
        <dt>{t('templates.standard')}</dt>
        <dd>{nameText(sourceLine({ standard, edition }))}</dd>
        {source.clause !== undefined && (
          <>
            <dt>{t('templates.clause')}</dt>
            <dd>{nameText(source.clause)}</dd>
          </>
        )}
        {source.url !== undefined && (
          <>
            <dt>{t('templates.source')}</dt>
            <dd>{source.url}</dd>
          </>
        )}
        <dt>{t('templates.verifiedBy')}</dt>
        <dd>{verifiedBy ?? t('templates.unverified')}</dd>
        <dt>{t('templates.applies')}</dt>
        <dd>
          {t(`family.${applies.family}`)} · {nameText(metricName(applies.metric, applies.family))}
          {applies.unit !== undefined && ` (${applies.unit})`}
        </dd>
        {source.note !== undefined && (
          <>
            <dt>{t('templates.note')}</dt>
            <dd>{nameText(source.note)}</dd>
          </>
        )}
      </dl>
      {parameters.length > 0 && (
        <section>
          <h3>{t('templates.parameters')}</h3>
          <ul>
            {parameters.map(({ id, name: label, unit = '', range }) => (
              <li key={id}>
                {nameText(label)}
                {range !== undefined && (
                  <span className="soft">
                    {' '}
                    {t('templates.parameterRange', { low: range[0], high: range[1] })} {unit}
                  </span>
                )}
              </li>
            ))}
          </ul>
        </section>
      )}
      <section>
        <h3>{t('templates.rules')}</h3>
        <ThresholdWords point={pointFor(template, metricName)} document={{ ...document, noData: false }} />
      </section>
      <section>
        <h3>
          {t('templates.uses')} <small className="soft">{t('templates.usesCount', { count: users.length })}</small>
        </h3>
        {isSuccess && users.length === 0 && <p className="soft">{t('templates.usedNone')}</p>}
        {users.length > 0 && unlike.length === 0 && <p className="soft">{t('templates.exceptionsNone')}</p>}
        {unlike.length > 0 && (
          <>
            <h3>{t('templates.exceptions')}</h3>
            <Deviations template={template} points={unlike} />
          </>
        )}
        {users.length > 0 && (
          <p className={`${css.templateUsers} soft`}>
            {users.map(({ point, name: label }) => (
              <Link key={point} to={pathTo('point', { id: point })}>
                {nameText(label)}
              </Link>
            ))}
          </p>
        )}
      </section>
      {isApplying && (
        <Suspense>
          <ApplyDialog
            template={template}
            onClose={() => setIsApplying(false)}
            onApplied={async () => {
              setIsApplying(false);
              await stale('GET /thresholds');
            }}
          />
        </Suspense>
      )}
    </article>
  );
}

/** What the words of a rule need to know of a point, as the template sees one. */
function pointFor({ applies }: Template, metricName: (metric: string, family: Family) => Name) {
  const named = (metric: string) => ({ name: metricName(metric, applies.family) });
  const unit = applies.unit === undefined ? {} : { unit: applies.unit };
  const others = (applies.with ?? []).map((metric) => [metric, named(metric)] as const);
  return {
    reportEveryMs: 0,
    metrics: { ...Object.fromEntries(others), [applies.metric]: { ...named(applies.metric), ...unit } },
  };
}
