import AntApp from 'antd/es/app';
import Form from 'antd/es/form';
import Input from 'antd/es/input';
import Segmented from 'antd/es/segmented';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router-dom';
import type { SiteDevice } from '../../model/site.ts';
import type { DeviceLimits } from '../../wire/devices.ts';
import { useStale } from '../api/asked.ts';
import { ApiError, call } from '../api/client.ts';
import { useAreasQuery } from '../api/queries.ts';
import { useErrorText } from '../api/useErrorText.ts';
import { AreaField } from '../places/AreaField.tsx';
import { NameFields, type NameValues, nameOf } from '../places/NameFields.tsx';
import { PlaceFields, type PlaceValues, placeOf } from '../places/PlaceFields.tsx';
import { classes } from '../ui/classes.ts';
import { FormModal } from '../ui/FormModal.tsx';
import fieldCss from '../ui/fields.module.css';
import { dateTime } from '../ui/format.ts';
import { pathTo } from '../ui/paths.ts';
import { useDeed } from '../ui/useDeed.ts';
import css from './devices.module.css';
import { EarlierMessages } from './EarlierMessages.tsx';
import { shownText } from './hex.ts';
import { LimitFields, type LimitValues, limitsOf } from './LimitFields.tsx';
import { ProfileSelect } from './ProfileSelect.tsx';
import type { MadeDevice } from './SecretDialog.tsx';
import { TrialResult } from './TrialResult.tsx';
import { ID, type Quarantined } from './types.ts';
import { useProfiles } from './useProfiles.ts';
import { useSourceProfile } from './useSourceProfile.ts';
import { useTrials } from './useTrials.ts';

interface Fields extends PlaceValues, NameValues, LimitValues {
  readonly device?: string;
  readonly profile: string;
  readonly secret?: string;
  /** A gateway or a platform speaks for it, and it has no secret of its own. */
  readonly isBehind?: boolean;
  readonly point?: string;
  readonly area: string;
}

function deviceOf(id: string, fields: Fields): SiteDevice & { readonly limits?: DeviceLimits } {
  const location = placeOf(fields);
  const limits = limitsOf(fields);
  return {
    id,
    profile: fields.profile,
    ...(fields.secret ? { secret: fields.secret } : {}),
    ...(limits === undefined ? {} : { limits }),
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
  /** Its newest message, which says what it may be; null where none came. */
  readonly message: Quarantined | null;
  /** The secret is drawn unless it is given. */
  readonly isSecretDrawn: boolean;
  readonly onClose: () => void;
  /** Told of a secret that was drawn, to be shown this once. */
  readonly onMade?: (made: MadeDevice) => void;
}

/** Registers a device with one monitoring point: enough to be watched from then on. */
export default function CommissionDialog({ device, message: sent, isSecretDrawn, onClose, onMade }: Props) {
  const { t } = useTranslation();
  const { message } = AntApp.useApp();
  const stale = useStale();
  const errorText = useErrorText();
  const { data: areas = [], isPending: isAreasPending } = useAreasQuery();
  const [form] = Form.useForm<Fields>();
  const { isBusy, failure, attempt } = useDeed();
  const profiles = useProfiles();
  const guess = useTrials(sent);
  const chosen = Form.useWatch('profile', form);
  const isBehind = Form.useWatch('isBehind', form) === true;
  const ofSource = useSourceProfile(sent?.topic);
  // Who has set up the source knows what is behind it; a guess waits until that is known.
  const likeliest =
    ofSource === undefined ? undefined : (ofSource ?? guess.data?.trials.find(({ likeness }) => likeness > 0)?.profile);
  useEffect(() => {
    if (likeliest !== undefined && form.getFieldValue('profile') === undefined)
      form.setFieldValue('profile', likeliest);
  }, [likeliest, form]);
  const trial = guess.data?.trials.find(({ profile }) => profile === chosen);
  const kind = profiles.data?.find(({ id }) => id === chosen);
  useEffect(() => {
    // A secret that was drawn would mute a device that cannot say it.
    if (kind !== undefined && !form.isFieldTouched('isBehind')) form.setFieldValue('isBehind', !kind.logsIn);
  }, [kind, form]);

  const submit = (fields: Fields) =>
    attempt(
      async () => {
        const { id, ...body } = deviceOf(device ?? fields.device ?? '', fields);
        const made = await call('PUT /devices/{id}', {
          path: { id },
          body,
          headers: { 'if-none-match': '*' },
          query: { secret: isSecretDrawn && !isBehind && body.secret === undefined ? 'draw' : null },
        });
        if (made.secret === undefined) message.success(t('device.commissioned', { device: id }));
        else onMade?.({ id, profile: body.profile, secret: made.secret });
        await stale('GET /points', 'GET /devices', 'GET /quarantine', 'GET /thresholds');
        onClose();
      },
      (error) => {
        const wrong = fieldErrors(error).filter(({ name }) => name !== 'device' || device === null);
        form.setFields(wrong.map(({ name, words }) => ({ name, errors: [t(words)] })));
        return wrong.length > 0 ? null : undefined;
      },
    );

  // What the form begins with is said once, so what there is has to be known by then.
  if ((profiles.data === undefined && profiles.error === null) || isAreasPending) return null;
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
          {sent !== null && (
            <div className={css.said}>
              <p className="soft">
                {t('trial.said', { time: dateTime(sent.receivedAt) })} <code>{shownText(sent)}</code>
              </p>
              {trial !== undefined && (
                <TrialResult trial={trial} profile={profiles.data?.find(({ id }) => id === trial.profile)} />
              )}
              <EarlierMessages newest={sent} />
            </div>
          )}
          {areas.length === 0 && (
            <p role="alert">
              {t('device.noArea')} <Link to={pathTo('firstSteps')}>{t('firstSteps.title')}</Link>
            </p>
          )}
        </>
      }
      width={640}
      layoutClass={classes(fieldCss.twoColumns)}
      isMarked
      initialValues={{
        isBehind: false,
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
      <ProfileSelect trials={guess.data?.trials} />
      {isSecretDrawn && (
        <Form.Item name="isBehind" label={t('device.connects')}>
          <Segmented
            block
            options={[
              { value: false, label: t('device.connectsItself') },
              { value: true, label: t('device.connectsBehind') },
            ]}
          />
        </Form.Item>
      )}
      {isBehind ? (
        <p className="soft">{t('device.noSecretHelp')}</p>
      ) : (
        <Form.Item
          name="secret"
          label={t('device.secret')}
          extra={t(isSecretDrawn ? 'device.secretDrawn' : 'device.secretHelp')}
        >
          <Input.Password autoComplete="new-password" />
        </Form.Item>
      )}
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
      <LimitFields profile={kind} />
    </FormModal>
  );
}
