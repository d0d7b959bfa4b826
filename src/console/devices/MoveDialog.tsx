import Checkbox from 'antd/es/checkbox';
import Form from 'antd/es/form';
import Input from 'antd/es/input';
import Radio from 'antd/es/radio';
import Select from 'antd/es/select';
import { useTranslation } from 'react-i18next';
import type { Given } from '../../wire/calls.ts';
import { useAreas, useNames, usePoints } from '../api/queries.ts';
import { useNameText } from '../i18n/i18n.tsx';
import { AreaField } from '../places/AreaField.tsx';
import { NameFields, type NameValues, nameOf } from '../places/NameFields.tsx';
import { PlaceFields, type PlaceValues, placeOf } from '../places/PlaceFields.tsx';
import { classes } from '../ui/classes.ts';
import fieldCss from '../ui/fields.module.css';
import { ActModal } from './ActModal.tsx';
import { type Device, ID } from './types.ts';

interface Fields extends PlaceValues, NameValues {
  readonly from?: string;
  readonly kind: 'new' | 'present';
  readonly present?: string;
  readonly id?: string;
  readonly area?: string;
  readonly limits?: boolean;
}

function bodyOf(fields: Fields, several: boolean): Given<'POST /devices/{id}/move'>['body'] | null {
  const { kind, from, present, id, area, limits } = fields;
  if (several && from === undefined) return null;
  const leaving = several ? { from } : {};
  if (kind === 'present') return present === undefined ? null : { ...leaving, to: present };
  if (id === undefined || !ID.test(id) || area === undefined) return null;
  const location = placeOf(fields);
  return {
    ...leaving,
    to: id,
    area,
    ...nameOf(fields),
    ...(location === undefined ? {} : { location }),
    limits: limits === true ? 'take' : 'leave',
  };
}

/** Lets a device measure elsewhere: at a point that is new, or at one that another device has measured until now. */
export function MoveDialog({ device, onClose }: { device: Device; onClose: () => void }) {
  const { t } = useTranslation();
  const nameText = useNameText();
  const names = useNames();
  const points = usePoints();
  const areas = useAreas();
  const [form] = Form.useForm<Fields>();
  const fields = Form.useWatch<Fields>([], form);
  const several = device.points.length > 1;
  const [first] = device.points;
  const area = points.find(({ id }) => id === first)?.area ?? (areas.length === 1 ? areas[0]?.id : undefined);
  const body = fields === undefined ? null : bodyOf(fields, several);
  const isNew = fields?.kind !== 'present';
  return (
    <ActModal<Fields>
      title={`${t('devices.move')} · ${device.id}`}
      okText={t('devices.move')}
      form={form}
      initialValues={{ kind: 'new', ...(area === undefined ? {} : { area }), limits: false }}
      call={body === null ? null : { name: 'POST /devices/{id}/move', device: device.id, body }}
      fields={{
        '/to': { name: isNew ? 'id' : 'present', words: t('devices.wrong.to') },
        '/area': { name: 'area', words: t('device.wrong.area') },
        '/from': { name: 'from', words: t('device.required') },
      }}
      done={t('devices.moved', { device: device.id })}
      onClose={onClose}
    >
      <p>{t('devices.moveMeans')}</p>
      {several && (
        <Form.Item name="from" label={t('devices.from')} rules={[{ required: true, message: t('device.required') }]}>
          <Select options={device.points.map((id) => ({ value: id, label: `${nameText(names.point(id))} · ${id}` }))} />
        </Form.Item>
      )}
      <Form.Item name="kind" label={t('devices.to')}>
        <Radio.Group
          options={[
            { value: 'new', label: t('devices.toNew') },
            { value: 'present', label: t('devices.toPresent') },
          ]}
        />
      </Form.Item>
      {isNew ? (
        <div className={classes(fieldCss.twoColumns)}>
          <Form.Item
            name="id"
            label={t('device.pointId')}
            rules={[{ required: true, pattern: ID, message: t('firstSteps.area.idRule') }]}
          >
            <Input autoComplete="off" />
          </Form.Item>
          <AreaField />
          <NameFields />
          <PlaceFields />
          {device.points.length > 0 && (
            <Form.Item name="limits" valuePropName="checked">
              <Checkbox>{t('devices.takeLimits')}</Checkbox>
            </Form.Item>
          )}
        </div>
      ) : (
        <Form.Item
          name="present"
          label={t('devices.point')}
          rules={[{ required: true, message: t('device.required') }]}
        >
          <Select
            showSearch={{ optionFilterProp: 'label' }}
            options={points
              .filter((point) => point.device !== device.id)
              .map(({ id, name, device: has }) => ({ value: id, label: `${nameText(name)} · ${id} · ${has}` }))}
          />
        </Form.Item>
      )}
    </ActModal>
  );
}
