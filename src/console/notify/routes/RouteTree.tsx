import Button from 'antd/es/button';
import Dropdown from 'antd/es/dropdown';
import { useTranslation } from 'react-i18next';
import { parseDurationMs } from '../../../model/duration.ts';
import type { Ladder, Route } from '../../../model/notify/setup.ts';
import { useNameText } from '../../i18n/i18n.tsx';
import css from './routes.module.css';
import { useRouteWords } from './useRouteWords.ts';

/** What can be done to a route of the tree. */
export type RouteAct = 'edit' | 'add' | 'up' | 'down';

interface Props {
  readonly routes: readonly Route[];
  readonly ladders: readonly Ladder[];
  readonly mayChange: boolean;
  readonly onAct: (act: RouteAct, route: Route) => void;
}

/** Routes as an outline: asked from above, the first that takes an alert tells it, and of those within it the deepest. */
export function RouteTree({ routes, ladders, mayChange, onAct }: Props) {
  return (
    <ol className={css.tree}>
      {routes.map((route, at) => (
        <li key={route.id} data-testid="route">
          <Node
            route={route}
            ladder={ladders.find(({ id }) => id === route.ladder)}
            isFirst={at === 0}
            isLast={at === routes.length - 1}
            mayChange={mayChange}
            onAct={onAct}
          />
          {route.routes.length > 0 && (
            <RouteTree routes={route.routes} ladders={ladders} mayChange={mayChange} onAct={onAct} />
          )}
        </li>
      ))}
    </ol>
  );
}

interface NodeProps extends Pick<Props, 'mayChange' | 'onAct'> {
  readonly route: Route;
  readonly ladder: Ladder | undefined;
  readonly isFirst: boolean;
  readonly isLast: boolean;
}

function Node({ route, ladder, isFirst, isLast, mayChange, onAct }: NodeProps) {
  const { t } = useTranslation();
  const nameText = useNameText();
  const words = useRouteWords();
  const { id, name, match, to, by, group, repeat, quiet, goOn } = route;
  const title = name === undefined ? id : nameText(name);
  const lines = [
    to.length === 0 ? '' : `→ ${words.whom(to)}${words.by(by)}`,
    group === undefined ? '' : words.group(group),
    repeat === undefined ? '' : t('setup.routes.repeat', { every: words.span(repeat) }),
    quiet === undefined ? '' : t('setup.routes.quiet', { hours: words.when(quiet) }),
    goOn ? t('setup.routes.goOn') : '',
  ].filter((line) => line !== '');
  return (
    <div className={css.node}>
      <div className={css.head}>
        <strong>{title}</strong>
        <span className="soft">{words.match(match)}</span>
        {mayChange && (
          <span className={css.acts}>
            <Button size="small" aria-label={`${t('setup.edit')} ${title}`} onClick={() => onAct('edit', route)}>
              {t('setup.edit')}
            </Button>
            <Dropdown
              trigger={['click']}
              menu={{
                items: [
                  { key: 'add', label: t('setup.routes.addBelow') },
                  { key: 'up', label: t('setup.up'), disabled: isFirst },
                  { key: 'down', label: t('setup.down'), disabled: isLast },
                ],
                onClick: ({ key }) => onAct(key as RouteAct, route),
              }}
            >
              <Button size="small" aria-label={`${t('setup.routes.more')} ${title}`}>
                …
              </Button>
            </Dropdown>
          </span>
        )}
      </div>
      {lines.map((line) => (
        <p key={line}>{line}</p>
      ))}
      {ladder !== undefined && (
        <>
          <p className="soft">{t('setup.routes.climbs', { name: nameText(ladder.name ?? ladder.id) })}</p>
          <Steps ladder={ladder} />
        </>
      )}
    </div>
  );
}

/** The steps of a ladder, each with what has to be missing for it to be climbed. */
export function Steps({ ladder }: { readonly ladder: Ladder }) {
  const words = useRouteWords();
  const sinceMs = (at: number) =>
    ladder.steps.slice(0, at + 1).reduce((sum, { after }) => sum + (parseDurationMs(after) ?? 0), 0);
  return (
    <ol className={css.steps}>
      {ladder.steps.map((step, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a step is its place.
        <li key={at}>
          <span className="soft">{words.step(step.unless, sinceMs(at))}</span> → {words.whom(step.to)}
          {words.by(step.by)}
        </li>
      ))}
    </ol>
  );
}
