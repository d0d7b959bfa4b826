import { useQuery } from '@tanstack/react-query';
import Form from 'antd/es/form';
import Input from 'antd/es/input';
import Segmented from 'antd/es/segmented';
import Select from 'antd/es/select';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Alert } from '../../../model/alert.ts';
import { LEVELS, type Level } from '../../../model/level.ts';
import type { NotifySetup } from '../../../model/notify/setup.ts';
import { FAMILIES, type Family } from '../../../model/site.ts';
import type { Answer, Given } from '../../../wire/calls.ts';
import { asked } from '../../api/asked.ts';
import { call } from '../../api/client.ts';
import { useNames, usePoints } from '../../api/queries.ts';
import { Failure } from '../../change/Notes.tsx';
import { useNameText } from '../../i18n/i18n.tsx';
import { dateTime } from '../../ui/format.ts';
import { useDeed } from '../../ui/useDeed.ts';
import css from '../notify.module.css';
import { useAreaChoices } from '../setup/choices.ts';
import { useChannelName } from '../useSetup.ts';
import { AskButton } from './AskButton.tsx';
import routesCss from './routes.module.css';
import { useRouteWords } from './useRouteWords.ts';
import { useStageWords } from './useStageWords.ts';

type Explanation = Answer<'POST /notify/explain'>;
type Where = { readonly point: string } | { readonly area: string };

interface Fields {
  readonly of: 'imagined' | 'raised';
  readonly alert?: string;
  /** A point or an area, as JSON. */
  readonly where?: string;
  readonly level: Level;
  readonly kind: Alert['kind'];
  readonly family: Family;
  /** Local time of this screen; empty is now. */
  readonly at?: string;
}

const KINDS = ['levels', 'noData', 'stuck', 'range', 'vote', 'system'] as const;
const ALERTS_MAX = 200;

/** Who would get this alert now: one that is open, or one that is imagined, answered stage by stage. */
interface Props {
  /** A setup that is proposed, when it can be read; left out: the one in force. */
  readonly proposed?: () => NotifySetup | undefined;
}

export function ExplainTool({ proposed }: Props) {
  const { t } = useTranslation();
  const nameText = useNameText();
  const [form] = Form.useForm<Fields>();
  const of = Form.useWatch('of', form) ?? 'imagined';
  const where = Form.useWatch('where', form);
  const points = usePoints();
  const areas = useAreaChoices();
  const { isBusy, failure, attempt } = useDeed();
  const [found, setFound] = useState<Explanation>();
  const required = [{ required: true, message: t('device.required') }];

  const ask = (fields: Fields) =>
    attempt(async () => {
      setFound(undefined);
      const setup = proposed?.();
      if (proposed !== undefined && setup === undefined) return;
      setFound(await call('POST /notify/explain', { body: { ...bodyOf(fields), setup } }));
    });

  return (
    <section className="panel block" data-testid="explain">
      <h2>{t('setup.explain.title')}</h2>
      <p className="soft">{t(proposed === undefined ? 'setup.explain.help' : 'setup.explain.helpProposed')}</p>
      <Form<Fields>
        form={form}
        layout="vertical"
        requiredMark={false}
        className={routesCss.tool ?? ''}
        initialValues={{ of: 'imagined', level: 'red', kind: 'levels', family: 'other' }}
        onFinish={(fields) => void ask(fields)}
      >
        <Form.Item name="of" label={t('setup.explain.of')}>
          <Segmented
            options={(['imagined', 'raised'] as const).map((value) => ({ value, label: t(`setup.explain.${value}`) }))}
          />
        </Form.Item>
        {of === 'raised' ? (
          <OpenAlertField />
        ) : (
          <>
            <Form.Item name="where" label={t('setup.explain.where')} rules={required}>
              <Select
                showSearch={{ optionFilterProp: 'label' }}
                options={[
                  {
                    label: t('point.area'),
                    options: areas.map(({ value, label }) => ({ value: JSON.stringify({ area: value }), label })),
                  },
                  {
                    label: t('nav.points'),
                    options: points.map(({ id, name }) => ({
                      value: JSON.stringify({ point: id }),
                      label: nameText(name),
                    })),
                  },
                ]}
              />
            </Form.Item>
            <Form.Item name="level" label={t('alert.level')}>
              <Select options={LEVELS.toReversed().map((value) => ({ value, label: t(`level.${value}`) }))} />
            </Form.Item>
            <Form.Item name="kind" label={t('setup.routes.kinds')}>
              <Select options={KINDS.map((value) => ({ value, label: t(`alert.kind.${value}`) }))} />
            </Form.Item>
            <Form.Item name="family" label={t('point.family')} hidden={where?.startsWith('{"point"') === true}>
              <Select options={FAMILIES.map((value) => ({ value, label: t(`family.${value}`) }))} />
            </Form.Item>
          </>
        )}
        <Form.Item name="at" label={t('setup.explain.at')}>
          <Input type="datetime-local" />
        </Form.Item>
        <AskButton words={t('setup.explain.ask')} isBusy={isBusy} />
      </Form>
      <Failure words={failure} />
      {found !== undefined && <Found found={found} />}
    </section>
  );
}

function bodyOf({ of, alert, where, level, kind, family, at }: Fields): Given<'POST /notify/explain'>['body'] {
  const time = at ? { at: Date.parse(at) } : {};
  if (of === 'raised') return { alert, ...time };
  const place = JSON.parse(where ?? '{}') as Where;
  return { ...place, level, kind, ...('area' in place ? { family } : {}), ...time };
}

function OpenAlertField() {
  const { t } = useTranslation();
  const nameText = useNameText();
  const names = useNames();
  const { data } = useQuery(asked('GET /alerts', { query: { limit: ALERTS_MAX } }));
  const options = (data?.items ?? []).map(({ id, level, kind, point, raisedAt }) => ({
    value: id,
    label: `${t(`level.${level}`)} ${nameText(names.point(point))} ${t(`alert.kind.${kind}`)} ${dateTime(raisedAt)}`,
  }));
  return (
    <Form.Item
      name="alert"
      label={t('setup.explain.alert')}
      rules={[{ required: true, message: t('device.required') }]}
      className={routesCss.wide ?? ''}
    >
      <Select showSearch={{ optionFilterProp: 'label' }} options={options} />
    </Form.Item>
  );
}

function Found({ found: { stages, told, goesOn } }: { readonly found: Explanation }) {
  const { t } = useTranslation();
  const stageWords = useStageWords();
  const channelName = useChannelName();
  const words = useRouteWords();
  return (
    <div data-testid="explanation">
      <h3 className={routesCss.part}>
        {told.length === 0 ? t('notify.toldNobody') : t('setup.explain.told', { count: told.length })}
      </h3>
      <ul className={css.rows}>
        {told.map(({ id, atMs, channel, to, reason, step }) => (
          <li key={id}>
            <time className="soft">{dateTime(atMs)}</time>
            <strong>{'person' in to ? words.person(to.person) : t('notify.group')}</strong>
            <span>{channelName(channel)}</span>
            <span className="soft">
              {reason === 'step' && step !== null ? t('notify.step', { step: step + 1 }) : t(`notify.reason.${reason}`)}
            </span>
          </li>
        ))}
      </ul>
      {goesOn && <p className="soft">{t('setup.explain.goesOn')}</p>}
      <h3 className={routesCss.part}>{t('setup.explain.stages')}</h3>
      <ol className={routesCss.stages}>
        {stages.map((stage, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the stages of one answer never change.
          <li key={at}>
            <time className="faint">{dateTime(stage.atMs)}</time> <span>{stageWords(stage)}</span>
          </li>
        ))}
      </ol>
    </div>
  );
}
