import { useQuery } from '@tanstack/react-query';
import Button from 'antd/es/button';
import Form from 'antd/es/form';
import Input from 'antd/es/input';
import Segmented from 'antd/es/segmented';
import Select from 'antd/es/select';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { TRIED_CHARACTERS_MAX } from '../../model/trial.ts';
import { asked } from '../api/asked.ts';
import { useNameText } from '../i18n/i18n.tsx';
import { Empty } from '../ui/Empty.tsx';
import { QueryError } from '../ui/QueryError.tsx';
import css from './devices.module.css';
import { TrialResult } from './TrialResult.tsx';
import { useProfiles } from './useProfiles.ts';

interface Fields {
  readonly topic?: string;
  readonly payload: string;
  readonly encoding: 'text' | 'hex' | 'base64';
  readonly profile?: string;
}

/** Kinds of device that are shown when all are tried: the rest read nothing that these don't. */
const LIKELY = 3;

/** A message that is pasted, to see what it would yield for which kind of device; nothing of it is kept. */
export function TryMessage() {
  const { t } = useTranslation();
  const nameText = useNameText();
  const { data: profiles = [] } = useProfiles();
  const [tried, setTried] = useState<Fields | null>(null);
  const query = useQuery({
    ...asked('POST /trials', { body: tried ?? { payload: '' } }),
    enabled: tried !== null,
    gcTime: 0,
  });
  const profileOf = (id: string) => profiles.find((profile) => profile.id === id);
  const all = query.data?.trials ?? [];
  const shown = tried?.profile === undefined ? all.filter(({ likeness }) => likeness > 0).slice(0, LIKELY) : all;
  return (
    <div className={css.bench}>
      <Form<Fields>
        layout="vertical"
        initialValues={{ encoding: 'text' }}
        requiredMark={false}
        onFinish={({ topic, ...rest }) => {
          const fields = topic ? { ...rest, topic } : rest;
          setTried(fields);
          if (tried !== null && JSON.stringify(tried) === JSON.stringify(fields)) void query.refetch();
        }}
      >
        <p className="soft">{t('trial.help')}</p>
        <Form.Item name="topic" label={t('device.topic')}>
          <Input autoComplete="off" spellCheck={false} placeholder={t('trial.anyTopic')} />
        </Form.Item>
        <Form.Item name="encoding" label={t('trial.encoding')}>
          <Segmented
            options={(['text', 'hex', 'base64'] as const).map((value) => ({
              value,
              label: t(`trial.encodings.${value}`),
            }))}
          />
        </Form.Item>
        <Form.Item
          name="payload"
          label={t('device.payload')}
          rules={[{ required: true, message: t('device.required') }]}
        >
          <Input.TextArea rows={8} spellCheck={false} maxLength={TRIED_CHARACTERS_MAX} className={css.pasted} />
        </Form.Item>
        <Form.Item name="profile" label={t('device.profile')}>
          <Select
            allowClear
            placeholder={t('trial.anyProfile')}
            showSearch={{ optionFilterProp: 'label' }}
            options={profiles.map(({ id, name }) => ({ value: id, label: nameText(name) }))}
          />
        </Form.Item>
        <Button type="primary" htmlType="submit" loading={query.isFetching}>
          {t('trial.do')}
        </Button>
      </Form>
      <section aria-live="polite" aria-label={t('trial.result')}>
        {query.error !== null && <QueryError error={query.error} onRetry={() => void query.refetch()} />}
        {query.data !== undefined && shown.length === 0 && (
          <>
            <Empty title={t('trial.nobody')} />
            {all[0] !== undefined && <TrialResult trial={all[0]} profile={profileOf(all[0].profile)} />}
          </>
        )}
        {shown.map((trial) => (
          <div key={trial.profile} className="block" data-testid="trial">
            <h2>
              {nameText(profileOf(trial.profile)?.name ?? trial.profile)}
              {trial.format !== null && <span className="soft"> · {trial.format}</span>}
            </h2>
            <TrialResult trial={trial} profile={profileOf(trial.profile)} />
          </div>
        ))}
      </section>
    </div>
  );
}
