import { useQuery } from '@tanstack/react-query';
import AntApp from 'antd/es/app';
import Checkbox from 'antd/es/checkbox';
import Form from 'antd/es/form';
import Input from 'antd/es/input';
import Modal from 'antd/es/modal';
import Select from 'antd/es/select';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router-dom';
import type { PointDefinition } from '../../wire/points.ts';
import { asked, askedAll, useStale } from '../api/asked.ts';
import { ApiError, call } from '../api/client.ts';
import { useAreas } from '../api/queries.ts';
import { useErrorText } from '../api/useErrorText.ts';
import type { Device } from '../devices/types.ts';
import { useProfiles } from '../devices/useProfiles.ts';
import { useNameText } from '../i18n/i18n.tsx';
import { useAlertView } from '../live/context.tsx';
import { AreaField } from '../places/AreaField.tsx';
import { NameFields, type NameValues, nameOf } from '../places/NameFields.tsx';
import { PlaceFields, type PlaceValues, placeOf } from '../places/PlaceFields.tsx';
import css from '../places/place-fields.module.css';
import { classes } from '../ui/classes.ts';
import { FormModal } from '../ui/FormModal.tsx';
import fieldCss from '../ui/fields.module.css';
import { pathTo } from '../ui/paths.ts';
import { useDeed } from '../ui/useDeed.ts';
import { MetricsField } from './MetricsField.tsx';
import { type MetricRow, mappingOf, rowsOf, rowsProblem } from './metric-rows.ts';

interface Fields extends PlaceValues, NameValues {
  readonly id: string;
  readonly device: string;
  readonly area: string;
  readonly isAll: boolean;
  readonly rows: readonly MetricRow[];
}

/** What the server refuses, at the field that it is about. */
const FIELD_OF = {
  '/device': { name: 'device', words: 'places.point.wrong.device' },
  '/area': { name: 'area', words: 'places.point.wrong.area' },
  '/metrics': { name: 'rows', words: 'places.point.wrong.metrics' },
} as const;

function wrongFields(error: unknown) {
  if (!(error instanceof ApiError)) return [];
  if (error.code === 'point-exists') return [{ name: 'id', words: 'places.point.wrong.id' } as const];
  if (error.code !== 'site-invalid') return [];
  return Object.entries(FIELD_OF).flatMap(([path, field]) =>
    error.errors.some((wrong) => wrong.path.startsWith(path)) ? [field] : [],
  );
}

/** Limits that the point would have no metric for any more. */
function isAgainstLimits(error: unknown): boolean {
  return error instanceof ApiError && error.errors.some(({ path }) => path === '/thresholds');
}

function bodyOf(
  { device, area, zh, en, isAll, rows, ...place }: Fields,
  before: PointDefinition | undefined,
): PointDefinition {
  const location = placeOf(place);
  return {
    device,
    area,
    ...nameOf({ zh, en }),
    ...(location === undefined ? {} : { location }),
    ...(isAll ? {} : { metrics: mappingOf(rows) }),
    ...(before?.labels === undefined ? {} : { labels: before.labels }),
  };
}

interface Props {
  /** The point that is changed; null: one is added. */
  readonly point: string | null;
  /** Where a new one is most likely. */
  readonly area?: string | null;
  readonly onClose: () => void;
  readonly onAdded?: (id: string) => void;
}

/** Adds a point to a device that is registered, or changes what is said of one. */
export default function PointDialog({ point, area = null, onClose, onAdded }: Props) {
  const definition = useQuery({
    ...asked('GET /points/{id}/definition', { path: { id: point ?? '' } }),
    enabled: point !== null,
    staleTime: 0,
    gcTime: 0,
  });
  const devices = useQuery(askedAll('GET /devices'));
  const profiles = useProfiles();
  const isReady = devices.data !== undefined && profiles.data !== undefined;
  const error = definition.error ?? devices.error ?? profiles.error;
  const errorText = useErrorText();
  const { t } = useTranslation();
  if (error !== null) {
    return (
      <Modal open title={t('places.point.edit')} footer={null} onCancel={onClose}>
        <p role="alert">{errorText(error)}</p>
      </Modal>
    );
  }
  if (!isReady || (point !== null && definition.data === undefined)) return null;
  return (
    <Editor
      point={point}
      area={area}
      before={definition.data}
      devices={devices.data}
      onClose={onClose}
      {...(onAdded === undefined ? {} : { onAdded })}
    />
  );
}

interface EditorProps extends Props {
  readonly before: PointDefinition | undefined;
  readonly devices: readonly Device[];
}

function Editor({ point, area, before, devices, onClose, onAdded }: EditorProps) {
  const { t } = useTranslation();
  const nameText = useNameText();
  const { message } = AntApp.useApp();
  const stale = useStale();
  const areas = useAreas();
  const profiles = useProfiles().data ?? [];
  const [form] = Form.useForm<Fields>();
  const { isBusy, failure, attempt } = useDeed();
  const hasAlerts = useAlertView().byPoint.get(point ?? '') !== undefined;
  const device = Form.useWatch('device', form) ?? before?.device;
  const isAll = Form.useWatch('isAll', form) ?? before?.metrics === undefined;
  const profileOf = (id: string | undefined) => {
    const found = devices.find((one) => one.id === id);
    return profiles.find((profile) => profile.id === found?.profile);
  };
  const profile = profileOf(device);
  const name = typeof before?.name === 'string' ? { zh: before.name } : before?.name;

  const submit = (fields: Fields) =>
    attempt(
      async () => {
        const id = point ?? fields.id;
        const headers: Record<string, string> = point === null ? { 'if-none-match': '*' } : {};
        const body = bodyOf(fields, before);
        await call('PUT /points/{id}', { path: { id }, body, headers });
        await stale('GET /points', 'GET /points/{id}', 'GET /devices');
        const called = fields.zh || fields.en || id;
        message.success(t(point === null ? 'places.point.added' : 'places.point.saved', { point: called }));
        onClose();
        if (point === null) onAdded?.(id);
      },
      (error) => {
        const wrong = wrongFields(error);
        form.setFields(wrong.map(({ name: field, words }) => ({ name: field, errors: [t(words)] })));
        if (isAgainstLimits(error)) return <AgainstLimits point={point ?? ''} />;
        return wrong.length > 0 ? null : undefined;
      },
    );

  const required = [{ required: true, message: t('device.required') }];
  return (
    <FormModal<Fields>
      title={point === null ? t('places.point.add') : `${t('places.point.edit')} · ${point}`}
      okText={t(point === null ? 'places.point.add' : 'action.save')}
      form={form}
      isBusy={isBusy}
      failure={failure}
      width={640}
      layoutClass={classes(fieldCss.twoColumns)}
      isMarked
      initialValues={{
        device: before?.device ?? (devices.length === 1 ? devices[0]?.id : undefined),
        area: before?.area ?? area ?? (areas.length === 1 ? areas[0]?.id : undefined),
        zh: name?.zh,
        en: name?.en,
        lng: before?.location?.[0],
        lat: before?.location?.[1],
        isAll: before?.metrics === undefined,
        rows: rowsOf(Object.keys(profileOf(before?.device)?.metrics ?? {}), before?.metrics),
      }}
      onValuesChange={(changed: Partial<Fields>) => {
        // Another device may have other fields; those that it has as well stay chosen.
        if (changed.device === undefined) return;
        const rows: readonly MetricRow[] = form.getFieldValue('rows');
        form.setFieldsValue({ rows: rowsOf(Object.keys(profileOf(changed.device)?.metrics ?? {}), mappingOf(rows)) });
      }}
      onSubmit={submit}
      onCancel={onClose}
    >
      {point === null && (
        <Form.Item
          name="id"
          label={t('places.point.id')}
          extra={t('places.point.idHelp')}
          rules={[{ required: true, pattern: /^[^/+#?%\s]{1,128}$/, message: t('firstSteps.area.idRule') }]}
        >
          <Input autoFocus autoComplete="off" />
        </Form.Item>
      )}
      <Form.Item
        name="device"
        label={t('places.point.device')}
        extra={t(point === null ? 'places.point.deviceAddHelp' : 'places.point.deviceHelp')}
        rules={required}
      >
        <Select
          showSearch={{ optionFilterProp: 'label' }}
          options={devices.map(({ id, name: called }) => ({
            value: id,
            label: nameText(called) === id ? id : `${id} · ${nameText(called)}`,
          }))}
        />
      </Form.Item>
      <AreaField help={hasAlerts ? t('places.point.areaHelp') : undefined} />
      <NameFields />
      <Form.Item
        name="isAll"
        label={t('places.point.metrics')}
        valuePropName="checked"
        className={css.wholeRow}
        extra={profile === undefined ? undefined : t('places.point.metricsHelp', { profile: profile.id })}
      >
        <Checkbox>{t('places.point.allMetrics')}</Checkbox>
      </Form.Item>
      <Form.Item
        name="rows"
        hidden={isAll}
        label={t('places.point.someMetrics')}
        extra={point === null ? undefined : t('places.point.metricRenamed')}
        className={css.wholeRow}
        rules={[
          {
            validator: async (_, rows: readonly MetricRow[]) => {
              const problem = form.getFieldValue('isAll') === true ? null : rowsProblem(rows);
              if (problem !== null) throw new Error(t(`places.point.${problem}`));
            },
          },
        ]}
      >
        <MetricsField profile={profile} />
      </Form.Item>
      <PlaceFields />
    </FormModal>
  );
}

function AgainstLimits({ point }: { point: string }) {
  const { t } = useTranslation();
  return (
    <>
      {t('places.point.wrong.thresholds')}{' '}
      <Link to={pathTo('pointThresholds', { id: point })}>{t('places.point.wrong.thresholdsLink')}</Link>
    </>
  );
}
