import { useQuery } from '@tanstack/react-query';
import App from 'antd/es/app';
import Button from 'antd/es/button';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Answer } from '../../wire/calls.ts';
import { asked } from '../api/asked.ts';
import { call } from '../api/client.ts';
import { useMay } from '../session/context.tsx';
import { clockTime } from '../ui/format.ts';
import { useDeed } from '../ui/useDeed.ts';
import css from './notify.module.css';
import { Proof } from './Proof.tsx';

const REFRESH_MS = 3_000;

type Person = Answer<'GET /notify/rehearsals/{id}'>['people'][number];

/** Asks everyone on duty whether he is there, and shows who answers as they do. */
export function RehearsalBox() {
  const { t } = useTranslation();
  const { modal } = App.useApp();
  const mayAct = useMay('operator');
  const { isBusy, failure, attempt } = useDeed();
  const [id, setId] = useState<string>();
  const begin = () => attempt(async () => setId((await call('POST /notify/rehearsals', { body: {} })).id));
  const ask = () =>
    modal.confirm({
      title: t('notify.rehearsal.begin'),
      content: t('notify.rehearsal.confirm'),
      okText: t('notify.rehearsal.send'),
      cancelText: t('action.cancel'),
      onOk: begin,
    });
  return (
    <>
      <div className={css.deeds}>
        <span title={mayAct ? undefined : t('user.needs', { role: t('user.role.operator') })}>
          <Button loading={isBusy} disabled={!mayAct} onClick={ask}>
            {t('notify.rehearsal.begin')}
          </Button>
        </span>
      </div>
      {failure !== null && <output className={css.bad}>{failure}</output>}
      {id !== undefined && <Results id={id} />}
    </>
  );
}

function Results({ id }: { readonly id: string }) {
  const { t } = useTranslation();
  const { data } = useQuery({
    ...asked('GET /notify/rehearsals/{id}', { path: { id } }),
    refetchInterval: REFRESH_MS,
  });
  if (data === undefined) return null;
  return (
    <div data-testid="rehearsal">
      <output>{t('notify.rehearsal.counts', data.counts)}</output>
      <ul className={css.rows}>
        {data.people.map((one) => (
          <li key={one.person.id}>
            <strong>{one.person.name}</strong>
            <Standing of={one} />
            {one.messages.map((told) => (
              <span key={told.id}>
                <span className="soft">{told.channel}</span> <Proof told={told} />
              </span>
            ))}
          </li>
        ))}
      </ul>
    </div>
  );
}

function Standing({ of: { answeredAt, messages } }: { readonly of: Person }) {
  const { t } = useTranslation();
  if (answeredAt !== null) return <strong>{t('notify.rehearsal.answered', { time: clockTime(answeredAt) })}</strong>;
  if (messages.every(({ state }) => state === 'failed')) {
    return <strong className={css.bad}>{t('notify.unreachable')}</strong>;
  }
  return <span>{t('notify.rehearsal.awaited')}</span>;
}
