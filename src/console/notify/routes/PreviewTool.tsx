import DatePicker from 'antd/es/date-picker';
import Form from 'antd/es/form';
import Select from 'antd/es/select';
import dayjs, { type Dayjs } from 'dayjs';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router-dom';
import type { NotifySetup } from '../../../model/notify/setup.ts';
import type { Answer } from '../../../wire/calls.ts';
import { call } from '../../api/client.ts';
import { Failure } from '../../change/Notes.tsx';
import { clockTime, dateTime } from '../../ui/format.ts';
import { LevelTag } from '../../ui/LevelMark.tsx';
import { pathTo } from '../../ui/paths.ts';
import { useDeed } from '../../ui/useDeed.ts';
import css from '../notify.module.css';
import { useChannelName } from '../useSetup.ts';
import { AskButton } from './AskButton.tsx';
import routesCss from './routes.module.css';
import { useRouteWords } from './useRouteWords.ts';

type Preview = Answer<'POST /notify/preview'>;

interface Fields {
  readonly period: readonly [Dayjs, Dayjs];
  readonly answers: 'nobody' | 'as-recorded';
}

/** A night of a year's alerts is run in that time, and more is cut off. */
const TIMEOUT_MS = 60_000;
const WOKEN_MAX = 20;
const SHOWN_MAX = 200;

/** From eight in the evening to eight in the morning, the last time that has ended. */
function lastNight(): [Dayjs, Dayjs] {
  const morning = dayjs().startOf('day').hour(8);
  const end = morning.isAfter(dayjs()) ? morning.subtract(1, 'day') : morning;
  return [end.subtract(12, 'hour'), end];
}

/** Whom the setup in force would have told over a recorded night, and whom it would have woken. */
interface Props {
  /** A setup that is proposed, when it can be read; left out: the one in force. */
  readonly proposed?: () => NotifySetup | undefined;
}

export function PreviewTool({ proposed }: Props) {
  const { t } = useTranslation();
  const [form] = Form.useForm<Fields>();
  const { isBusy, failure, attempt } = useDeed();
  const [found, setFound] = useState<Preview>();
  const run = ({ period: [from, to], answers }: Fields) =>
    attempt(async () => {
      setFound(undefined);
      const setup = proposed?.();
      if (proposed !== undefined && setup === undefined) return;
      const body = { from: from.valueOf(), to: to.valueOf(), answers, setup };
      setFound(await call('POST /notify/preview', { body, timeoutMs: TIMEOUT_MS }));
    });
  return (
    <section className="panel block" data-testid="people-preview">
      <h2>{t('setup.preview.title')}</h2>
      <p className="soft">{t(proposed === undefined ? 'setup.preview.help' : 'setup.preview.helpProposed')}</p>
      <Form<Fields>
        form={form}
        layout="vertical"
        requiredMark={false}
        className={routesCss.tool ?? ''}
        initialValues={{ period: lastNight(), answers: 'as-recorded' }}
        onFinish={(fields) => void run(fields)}
      >
        <Form.Item
          name="period"
          label={t('setup.preview.period')}
          rules={[{ required: true, message: t('device.required') }]}
          className={routesCss.wide ?? ''}
        >
          <DatePicker.RangePicker
            showTime={{ format: 'HH:mm' }}
            format="YYYY-MM-DD HH:mm"
            className={css.figure ?? ''}
          />
        </Form.Item>
        <Form.Item name="answers" label={t('setup.preview.answers')}>
          <Select
            options={(['as-recorded', 'nobody'] as const).map((value) => ({
              value,
              label: t(`setup.preview.${value}`),
            }))}
          />
        </Form.Item>
        <AskButton words={t('setup.preview.run')} isBusy={isBusy} />
      </Form>
      <Failure words={failure} />
      {found !== undefined && <Found preview={found} />}
    </section>
  );
}

function Found({ preview: { moments, persons, byChannel, notTold } }: { readonly preview: Preview }) {
  const { t } = useTranslation();
  const words = useRouteWords();
  const channelName = useChannelName();
  const counts = (by: Readonly<Record<string, number>>) =>
    Object.entries(by)
      .map(([channel, count]) => `${channelName(channel)} ${count}`)
      .join(t('setup.listed'));
  const told = moments.flatMap(({ intents }) => intents);
  return (
    <div data-testid="preview-found">
      <h3 className={routesCss.part}>
        {told.length === 0 ? t('notify.toldNobody') : t('setup.preview.messages', { count: told.length })}{' '}
        <small className="soft">{counts(byChannel)}</small>
      </h3>
      <ul className={css.rows}>
        {persons.map(({ person, messages, byChannel: by, woken }) => (
          <li key={person}>
            <strong>{words.person(person)}</strong>
            <span>{t('setup.preview.messages', { count: messages })}</span>
            <span className="soft">{counts(by)}</span>
            {woken.length > 0 && (
              <strong>
                {t('setup.preview.woken', {
                  count: woken.length,
                  times: woken
                    .slice(0, WOKEN_MAX)
                    .map(({ atMs }) => clockTime(atMs).slice(0, 5))
                    .join(' '),
                })}
              </strong>
            )}
          </li>
        ))}
      </ul>
      {notTold.length > 0 && (
        <>
          <h3 className={`${routesCss.part} ${css.bad}`}>{t('setup.preview.notTold', { count: notTold.length })}</h3>
          <ul className={css.rows}>
            {notTold.slice(0, SHOWN_MAX).map(({ atMs, alert, level, why }) => (
              <li key={`${alert} ${atMs}`}>
                <time className="soft">{dateTime(atMs)}</time>
                <LevelTag level={level} />
                <Link to={pathTo('alert', { id: alert })}>{t(`setup.preview.why.${why}`)}</Link>
              </li>
            ))}
          </ul>
        </>
      )}
      {told.length > 0 && <h3 className={routesCss.part}>{t('setup.preview.entries')}</h3>}
      <ol className={css.rows}>
        {told.slice(0, SHOWN_MAX).map(({ id, atMs, reason, alerts, channel, to, level }) => (
          <li key={id}>
            <time className="soft">{dateTime(atMs)}</time>
            {level !== null && <LevelTag level={level} />}
            <span>{t(`notify.reason.${reason}`)}</span>
            <strong>{'person' in to ? words.person(to.person) : t('notify.group')}</strong>
            <span className="soft">{channelName(channel)}</span>
            <span className="faint">{t('setup.preview.alerts', { count: alerts.length })}</span>
          </li>
        ))}
      </ol>
      {told.length > SHOWN_MAX && <p className="soft">{t('setup.preview.more', { count: told.length - SHOWN_MAX })}</p>}
    </div>
  );
}
