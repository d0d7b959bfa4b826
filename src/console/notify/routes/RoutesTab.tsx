import Button from 'antd/es/button';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Ladder, Route } from '../../../model/notify/setup.ts';
import { useNameText } from '../../i18n/i18n.tsx';
import { useMay } from '../../session/context.tsx';
import { Empty } from '../../ui/Empty.tsx';
import { QueryError } from '../../ui/QueryError.tsx';
import { useSetupDeed } from '../setup/useSetupDeed.tsx';
import { type ShownSetup, useSetup } from '../useSetup.ts';
import { LadderForm } from './LadderForm.tsx';
import { RouteForm } from './RouteForm.tsx';
import { type RouteAct, RouteTree, Steps } from './RouteTree.tsx';
import css from './routes.module.css';
import { movedRoute } from './tree.ts';

type Open =
  | { readonly form: 'route'; readonly route: Route | null; readonly below: string | null }
  | { readonly form: 'ladder'; readonly ladder: Ladder | null };

/** Which alerts are told to whom, by what, and what follows when nobody answers. */
export function RoutesTab() {
  const { setup, error, retry } = useSetup();
  if (error !== null && setup === undefined) return <QueryError error={error} onRetry={retry} />;
  if (setup === undefined) return null;
  // A change begins from what is shown.
  return <Routes key={setup?.revision ?? 0} shown={setup} />;
}

function Routes({ shown }: { readonly shown: ShownSetup | null }) {
  const { t } = useTranslation();
  const nameText = useNameText();
  const mayChange = useMay('engineer');
  const [open, setOpen] = useState<Open | null>(null);
  const { failure, save } = useSetupDeed();
  const { routes = [], ladders = [] } = shown?.setup ?? {};
  const close = () => setOpen(null);

  function act(what: RouteAct, route: Route): void {
    if (what === 'edit') setOpen({ form: 'route', route, below: null });
    else if (what === 'add') setOpen({ form: 'route', route: null, below: route.id });
    else {
      const by = what === 'up' ? -1 : 1;
      void save({ change: (setup) => ({ ...setup, routes: movedRoute(setup.routes, route.id, by) }) });
    }
  }

  return (
    <>
      <section className="panel block" data-testid="routes">
        <div className="page-head">
          <h2>{t('setup.routes.title')}</h2>
          <span className="soft">{t('setup.routes.help')}</span>
          <span className="push" />
          <Button
            type="primary"
            disabled={!mayChange}
            onClick={() => setOpen({ form: 'route', route: null, below: null })}
          >
            {t('setup.routes.add')}
          </Button>
        </div>
        {failure !== null && <div role="alert">{failure}</div>}
        {routes.length === 0 && <Empty title={t('setup.routes.none')} detail={t('setup.routes.noneDetail')} />}
        <RouteTree routes={routes} ladders={ladders} mayChange={mayChange} onAct={act} />
      </section>
      <section className="panel block" data-testid="ladders">
        <div className="page-head">
          <h2>{t('setup.routes.ladders')}</h2>
          <span className="soft">{t('setup.routes.ladderHelp')}</span>
          <span className="push" />
          <Button disabled={!mayChange} onClick={() => setOpen({ form: 'ladder', ladder: null })}>
            {t('setup.routes.addLadder')}
          </Button>
        </div>
        {ladders.map((ladder) => {
          const name = nameText(ladder.name ?? ladder.id);
          return (
            <div key={ladder.id} className={css.node}>
              <div className={css.head}>
                <strong>{name}</strong>
                {mayChange && (
                  <span className={css.acts}>
                    <Button
                      size="small"
                      aria-label={`${t('setup.edit')} ${name}`}
                      onClick={() => setOpen({ form: 'ladder', ladder })}
                    >
                      {t('setup.edit')}
                    </Button>
                  </span>
                )}
              </div>
              <Steps ladder={ladder} />
            </div>
          );
        })}
      </section>
      {open?.form === 'route' && <RouteForm route={open.route} below={open.below} onClose={close} />}
      {open?.form === 'ladder' && <LadderForm ladder={open.ladder} onClose={close} />}
    </>
  );
}
