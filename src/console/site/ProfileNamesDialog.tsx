import AntApp from 'antd/es/app';
import Form from 'antd/es/form';
import Input from 'antd/es/input';
import { Fragment } from 'react';
import { useTranslation } from 'react-i18next';
import type { Name } from '../../model/names.ts';
import type { ProfileNames } from '../../model/site.ts';
import { useStale } from '../api/asked.ts';
import { call } from '../api/client.ts';
import type { Profile } from '../devices/useProfiles.ts';
import { useNameText } from '../i18n/i18n.tsx';
import { classes } from '../ui/classes.ts';
import { FormModal } from '../ui/FormModal.tsx';
import { useDeed } from '../ui/useDeed.ts';
import css from './site.module.css';

interface Given {
  readonly zh?: string | undefined;
  readonly en?: string | undefined;
}

/** The profile first, then its metrics in their order: keys of a form may not hold the dots that their names may. */
interface Fields {
  readonly names: readonly Given[];
}

/** What was given of a name that falls back from one language to the other, and at last to the id. */
function givenOf(name: Name, id: string): Given {
  const isOwn = name.zh !== id || name.en !== id;
  return { zh: isOwn ? name.zh : undefined, en: name.en === name.zh ? undefined : name.en };
}

function nameOf(given: Given | undefined) {
  const zh = given?.zh?.trim();
  const en = given?.en?.trim();
  return zh || en ? { ...(zh ? { zh } : {}), ...(en ? { en } : {}) } : undefined;
}

/** What a kind of device and its metrics are called, in both languages. */
export default function ProfileNamesDialog({ profile, onClose }: { profile: Profile; onClose: () => void }) {
  const { t } = useTranslation();
  const nameText = useNameText();
  const { message } = AntApp.useApp();
  const stale = useStale();
  const [form] = Form.useForm<Fields>();
  const { isBusy, failure, attempt } = useDeed();
  const metrics = Object.entries(profile.metrics);
  const rows = [{ id: profile.id, name: profile.name }, ...metrics.map(([id, { name }]) => ({ id, name }))];

  function submit({ names }: Fields) {
    const own = nameOf(names[0]);
    const named = metrics.flatMap(([id], index) => {
      const name = nameOf(names[index + 1]);
      return name === undefined ? [] : [[id, name] as const];
    });
    const body: ProfileNames = { ...(own === undefined ? {} : { name: own }), metrics: Object.fromEntries(named) };
    return attempt(async () => {
      await call('PUT /profiles/{id}/names', { path: { id: profile.id }, body });
      await stale('GET /profiles', 'GET /points', 'GET /points/{id}', 'GET /devices');
      message.success(t('places.profile.saved', { profile: own?.zh ?? own?.en ?? profile.id }));
      onClose();
    });
  }

  return (
    <FormModal<Fields>
      title={t('places.profile.title', { profile: nameText(profile.name) })}
      form={form}
      isBusy={isBusy}
      failure={failure}
      intro={<p className="soft">{t('places.profile.help')}</p>}
      width={720}
      layoutClass={classes(css.profileNames)}
      initialValues={{ names: rows.map(({ id, name }) => givenOf(name, id)) }}
      onSubmit={submit}
      onCancel={onClose}
    >
      <span />
      <span>{t('device.nameZh')}</span>
      <span>{t('device.nameEn')}</span>
      {rows.map(({ id }, index) => (
        <Fragment key={id}>
          <span>
            {index === 0 && <small className="soft">{t('places.profile.own')} </small>}
            {id}
          </span>
          <Form.Item name={['names', index, 'zh']} noStyle>
            <Input aria-label={`${id} ${t('device.nameZh')}`} placeholder={id} autoComplete="off" />
          </Form.Item>
          <Form.Item name={['names', index, 'en']} noStyle>
            <Input aria-label={`${id} ${t('device.nameEn')}`} placeholder={id} autoComplete="off" />
          </Form.Item>
        </Fragment>
      ))}
    </FormModal>
  );
}
