import AntApp from 'antd/es/app';
import Form from 'antd/es/form';
import Input from 'antd/es/input';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router-dom';
import type { SiteDevice } from '../../model/site.ts';
import { useStale } from '../api/asked.ts';
import { ApiError, call } from '../api/client.ts';
import { useAreas } from '../api/queries.ts';
import { useErrorText } from '../api/useErrorText.ts';
import { AreaField } from '../places/AreaField.tsx';
import { NameFields, type NameValues, nameOf } from '../places/NameFields.tsx';
import { PlaceFields, type PlaceValues, placeOf } from '../places/PlaceFields.tsx';
import { FormModal } from '../ui/FormModal.tsx';
import { pathTo } from '../ui/paths.ts';
import { useDeed } from '../ui/useDeed.ts';
import { ProfileSelect } from './ProfileSelect.tsx';
import type { MadeDevice } from './SecretDialog.tsx';
import { ID } from './types.ts';
import { type Profile, useProfiles } from './useProfiles.ts';

interface Fields extends PlaceValues, NameValues {
  readonly device?: string;
  readonly profile: string;
  readonly secret?: string;
  readonly point?: string;
  readonly area: string;
}

/** What the message holds, to find the profile that knows most of it. */
function fieldsOf(sample: string): readonly string[] {
  try {
    const parsed: unknown = JSON.parse(sample);
    const first: unknown = Array.isArray(parsed) ? parsed[0] : parsed;
    if (typeof first !== 'object' || first === null) return [];
    const values: unknown = 'values' in first ? first.values : first;
    return typeof values === 'object' && values !== null ? Object.keys(values) : [];
  } catch {
    return [];
  }
}

function likeliest(profiles: readonly Profile[], fields: readonly string[]): string | undefined {
  const known = (profile: Profile) => fields.filter((field) => Object.hasOwn(profile.metrics, field)).length;
  const best = profiles.toSorted((a, b) => known(b) - known(a))[0];
  return best !== undefined && known(best) > 0 ? best.id : undefined;
}

function deviceOf(id: string, fields: Fields): SiteDevice {
  const location = placeOf(fields);
  return {
    id,
    profile: fields.profile,
    ...(fields.secret ? { secret: fields.secret } : {}),
    points: [
      {
        id: fields.point || id,
        area: fields.area,
        ...nameOf(fields),
        ...(location === undefined ? {} : { location }),
      },
    ],
  };
}

/** What the server refuses, at the field that it is about. */
const FIELD_OF = {
  '/profile': { name: 'profile', words: 'device.wrong.profile' },
  '/secret': { name: 'secret', words: 'device.wrong.secret' },
  '/points/0/id': { name: 'point', words: 'device.wrong.point' },
  '/points/0/area': { name: 'area', words: 'device.wrong.area' },
} as const;

function fieldErrors(error: unknown) {
  if (!(error instanceof ApiError)) return [];
  if (error.code === 'device-exists') return [{ name: 'device', words: 'device.wrong.device' } as const];
  if (error.code !== 'site-invalid') return [];
  return Object.entries(FIELD_OF).flatMap(([path, field]) =>
    error.errors.some((wrong) => wrong.path === path) ? [field] : [],
  );
}

interface Props {
  /** A device that was heard of; null: one whose id is asked for as well. */
  readonly device: string | null;
  readonly sample: string;
  /** The secret is drawn unless it is given. */
  readonly isSecretDrawn: boolean;
  readonly onClose: () => void;
  /** Told of a secret that was drawn, to be shown this once. */
  readonly onMade?: (made: MadeDevice) => void;
}

/** Registers a device with one monitoring point: enough to be watched from then on. */
export default function CommissionDialog({ device, sample, isSecretDrawn, onClose, onMade }: Props) {
  const { t } = useTranslation();
  const { message } = AntApp.useApp();
  const stale = useStale();
  const errorText = useErrorText();
  const areas = useAreas();
  const [form] = Form.useForm<Fields>();
  const { isBusy, failure, attempt } = useDeed();
  const profiles = useProfiles();

  const submit = (fields: Fields) =>
    attempt(
      async () => {
        const { id, ...body } = deviceOf(device ?? fields.device ?? '', fields);
        const made = await call('PUT /devices/{id}', {
          path: { id },
          body,
          headers: { 'if-none-match': '*' },
          query: { secret: isSecretDrawn && body.secret === undefined ? 'draw' : null },
        });
        if (made.secret === undefined) message.success(t('device.commissioned', { device: id }));
        else onMade?.({ id, profile: body.profile, secret: made.secret });
        await stale('GET /points', 'GET /devices', 'GET /quarantine');
        onClose();
      },
      (error) => {
        const wrong = fieldErrors(error).filter(({ name }) => name !== 'device' || device === null);
        form.setFields(wrong.map(({ name, words }) => ({ name, errors: [t(words)] })));
        return wrong.length > 0 ? null : undefined;
      },
    );

  if (profiles.data === undefined && profiles.error === null) return null;
  const idRule = { required: true, pattern: ID, message: t('firstSteps.area.idRule') };
  return (
    <FormModal<Fields>
      title={device === null ? t('firstSteps.device.button') : `${t('device.commission')} · ${device}`}
      okText={t('device.commission')}
      form={form}
      isBusy={isBusy}
      failure={failure}
      intro={
        <>
          {profiles.error !== null && <p role="alert">{errorText(profiles.error)}</p>}
          {areas.length === 0 && (
            <p role="alert">
              {t('device.noArea')} <Link to={pathTo('firstSteps')}>{t('firstSteps.title')}</Link>
            </p>
          )}
        </>
      }
      width={640}
      layoutClass="two-columns"
      isMarked
      initialValues={{
        profile: likeliest(profiles.data ?? [], fieldsOf(sample)),
        point: device ?? undefined,
        area: areas.length === 1 ? areas[0]?.id : undefined,
      }}
      onSubmit={submit}
      onCancel={onClose}
    >
      {device === null && (
        <Form.Item name="device" label={t('device.exactId')} rules={[idRule]}>
          <Input autoFocus autoComplete="off" />
        </Form.Item>
      )}
      <ProfileSelect />
      <Form.Item
        name="secret"
        label={t('device.secret')}
        extra={t(isSecretDrawn ? 'device.secretDrawn' : 'device.secretHelp')}
      >
        <Input.Password autoComplete="new-password" />
      </Form.Item>
      <Form.Item
        name="point"
        label={t('device.pointId')}
        rules={[device === null ? { ...idRule, required: false } : idRule]}
      >
        <Input placeholder={device === null ? t('device.pointAsDevice') : undefined} />
      </Form.Item>
      <AreaField isWide />
      <NameFields />
      <PlaceFields />
    </FormModal>
  );
}
