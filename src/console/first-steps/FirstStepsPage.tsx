import { useQuery } from '@tanstack/react-query';
import Button from 'antd/es/button';
import { lazy, type ReactNode, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router-dom';
import { asked } from '../api/asked.ts';
import { useAreas } from '../api/queries.ts';
import type { Area } from '../api/types.ts';
import { AddDeviceButton } from '../devices/AddDeviceButton.tsx';
import { useNameText } from '../i18n/i18n.tsx';
import { useMay } from '../session/context.tsx';
import { classes } from '../ui/classes.ts';
import { pathTo } from '../ui/paths.ts';
import { patiently } from '../ui/patiently.ts';
import css from './first-steps.module.css';
import { OPTIONAL, type Progress, STEPS, type StepName, stepStates } from './steps.ts';

const AreaDialog = lazy(patiently(() => import('../areas/AreaDialog.tsx')));

/** What changes while one looks: a device is heard for the first time, somebody else adds a limit. */
const REFRESH_MS = 3_000;

const COMMANDS = `npm run brink -- export --out site
npm run brink -- check --devices site/devices --thresholds site/thresholds
npm run brink -- apply --devices site/devices --thresholds site/thresholds`;

/** The first page of a list is enough to see whether there is anything. */
const FIRST = { query: { limit: 500 } };

/** From an empty site to the first device with a limit: what is done, what is next, and where it is done. */
export default function FirstStepsPage() {
  const { t } = useTranslation();
  const nameText = useNameText();
  const isEngineer = useMay('engineer');
  const isAdmin = useMay('admin');
  const areas = useAreas();
  const refetchInterval = REFRESH_MS;
  const devices = useQuery({ ...asked('GET /devices', FIRST), refetchInterval }).data?.items ?? [];
  const limits = useQuery({ ...asked('GET /thresholds', FIRST), refetchInterval }).data?.items ?? [];
  const users = useQuery({ ...asked('GET /users', FIRST), refetchInterval, enabled: isAdmin }).data?.items ?? [];
  const [edited, setEdited] = useState<Area | 'new' | null>(null);

  const site = areas.find(({ parent }) => parent === null);
  const progress: Progress = {
    areas: areas.length,
    devices: devices.length,
    heard: devices.filter(({ lastSeen }) => lastSeen !== null).length,
    hasLimit: limits.some(({ revision }) => revision > 0),
    users: isAdmin ? users.length : null,
  };
  const states = stepStates(progress);
  const done = STEPS.filter((step) => states[step] === 'done').length;
  const typeOf = (step: StepName) => (states[step] === 'next' ? 'primary' : 'default');
  const needs = isEngineer ? undefined : t('user.needs', { role: t('user.role.engineer') });

  const areaButton = (step: StepName, text: string, area: Area | 'new') => (
    <Button type={typeOf(step)} disabled={!isEngineer} title={needs} onClick={() => setEdited(area)}>
      {text}
    </Button>
  );
  const linkButton = (step: StepName, to: 'devices' | 'templates' | 'users') => (
    <Link to={pathTo(to)}>
      <Button type={typeOf(step)} tabIndex={-1}>
        {t(`firstSteps.${step}.button`)}
      </Button>
    </Link>
  );
  const figures: Readonly<Record<StepName, string>> = {
    site: t('firstSteps.site.is', { name: site === undefined ? '' : nameText(site.name) }),
    areas: t('firstSteps.areas.is', { count: progress.areas - 1 }),
    device: t('firstSteps.device.is', { count: progress.devices }),
    reading: t('firstSteps.reading.is', { count: progress.heard }),
    limit: t('firstSteps.limit.is'),
    people: t('firstSteps.people.is', { count: progress.users ?? 0 }),
  };
  const ways: Readonly<Record<StepName, ReactNode>> = {
    site: areaButton(
      'site',
      t(site === undefined ? 'firstSteps.site.button' : 'firstSteps.site.change'),
      site ?? 'new',
    ),
    areas: site !== undefined && (
      <>
        {areaButton('areas', t('firstSteps.areas.button'), 'new')}{' '}
        <Link to={pathTo('site')}>{t('firstSteps.areas.all')}</Link>
      </>
    ),
    device: site !== undefined && <AddDeviceButton primary={states.device === 'next'} />,
    reading: linkButton('reading', 'devices'),
    limit: linkButton('limit', 'templates'),
    people: isAdmin ? linkButton('people', 'users') : t('user.needs', { role: t('user.role.admin') }),
  };
  return (
    <div className={`page ${css.firstSteps}`}>
      <div className="page-head">
        <h1>{t('firstSteps.title')}</h1>
        <span className="soft">
          {done === STEPS.length ? t('firstSteps.allDone') : t('firstSteps.progress', { done, total: STEPS.length })}
        </span>
      </div>
      <p className="soft">{t('firstSteps.intro')}</p>
      <ol>
        {STEPS.map((step, index) => {
          const state = states[step];
          return (
            <li
              key={step}
              className={classes('panel', css.firstStep, state === 'next' && css.next)}
              data-testid="first-step"
              data-step={step}
              data-state={state}
            >
              <i aria-hidden="true">{state === 'done' ? '✓' : index + 1}</i>
              <div>
                <h2>
                  {t(`firstSteps.${step}.title`)}
                  <small>
                    {t(`firstSteps.state.${state}`)}
                    {state !== 'done' && OPTIONAL.includes(step) && ` · ${t('firstSteps.optional')}`}
                  </small>
                </h2>
                <p className="soft">{state === 'done' ? figures[step] : t(`firstSteps.${step}.text`)}</p>
              </div>
              <div className={css.firstStepDo}>{ways[step]}</div>
            </li>
          );
        })}
      </ol>
      <section className={`panel ${css.firstStepsFiles}`}>
        <h2>{t('firstSteps.files.title')}</h2>
        <p className="soft">{t('firstSteps.files.text')}</p>
        <pre className="payload">{COMMANDS}</pre>
      </section>
      {edited !== null && (
        <Suspense>
          <AreaDialog area={edited === 'new' ? null : edited} onClose={() => setEdited(null)} />
        </Suspense>
      )}
    </div>
  );
}
