import { useQueryClient } from '@tanstack/react-query';
import AntApp from 'antd/es/app';
import Form from 'antd/es/form';
import Input from 'antd/es/input';
import Modal from 'antd/es/modal';
import Select from 'antd/es/select';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Area as AreaDefinition } from '../../model/site.ts';
import { request } from '../api/client.ts';
import { useAreas } from '../api/queries.ts';
import type { Area } from '../api/types.ts';
import { useErrorText } from '../api/useErrorText.ts';
import { useNameText } from '../i18n/i18n.tsx';
import { PlaceFields, type PlaceValues, placeOf } from '../places/PlaceFields.tsx';
import '../devices/devices.css';

interface Fields extends PlaceValues {
  readonly id: string;
  readonly zh: string;
  readonly en?: string;
  readonly parent?: string | null;
}

function definitionOf({ zh, en, parent, ...place }: Fields, area: Area | null): Omit<AreaDefinition, 'id'> {
  const location = placeOf(place);
  return {
    name: { zh, ...(en ? { en } : {}) },
    ...(parent ? { parent } : {}),
    ...(area === null || area.outline === null
      ? {}
      : { outline: area.outline.map((ring) => ring.map(([lng, lat]): [number, number] => [lng, lat])) }),
    ...(location === undefined ? {} : { location }),
  };
}

function freeId(areas: readonly Area[]): string {
  if (areas.length === 0) return 'site';
  const taken = new Set(areas.map(({ id }) => id));
  for (let number = areas.length; ; number++) if (!taken.has(`area-${number}`)) return `area-${number}`;
}

/** Adds an area, or changes what is said of one. The first is the site as a whole, the others lie within it. */
export default function AreaDialog({ area, onClose }: { area: Area | null; onClose: () => void }) {
  const { t } = useTranslation();
  const nameText = useNameText();
  const { message } = AntApp.useApp();
  const client = useQueryClient();
  const errorText = useErrorText();
  const areas = useAreas();
  const [form] = Form.useForm<Fields>();
  const [busy, setBusy] = useState(false);
  const isSite = area === null ? areas.length === 0 : area.parent === null;

  async function submit(fields: Fields) {
    setBusy(true);
    try {
      const path = `/areas/${encodeURIComponent(area?.id ?? fields.id)}`;
      await request(path, { method: 'PUT', body: definitionOf(fields, area) });
      await client.invalidateQueries({ queryKey: ['areas'] });
      message.success(t('firstSteps.area.saved', { name: fields.zh }));
      onClose();
    } catch (error) {
      message.error(errorText(error), 8);
      setBusy(false);
    }
  }

  return (
    <Modal
      open
      title={t(isSite ? 'firstSteps.area.site' : area === null ? 'firstSteps.area.add' : 'firstSteps.area.edit')}
      okText={t('action.save')}
      cancelText={t('action.cancel')}
      confirmLoading={busy}
      width={640}
      onOk={form.submit}
      onCancel={onClose}
    >
      <Form<Fields>
        form={form}
        layout="vertical"
        requiredMark={false}
        className="two-columns"
        initialValues={{
          id: area?.id ?? freeId(areas),
          zh: area?.name.zh,
          en: area === null || area.name.en === area.name.zh ? undefined : area.name.en,
          parent: area === null ? areas[0]?.id : area.parent,
          lng: area?.location?.[0],
          lat: area?.location?.[1],
        }}
        onFinish={(fields) => void submit(fields)}
      >
        <Form.Item
          name="zh"
          label={t('device.nameZh')}
          rules={[{ required: true, whitespace: true, message: t('device.required') }]}
        >
          <Input autoFocus autoComplete="off" />
        </Form.Item>
        <Form.Item name="en" label={t('device.nameEn')}>
          <Input autoComplete="off" />
        </Form.Item>
        {area === null && (
          <Form.Item
            name="id"
            label={t('firstSteps.area.id')}
            extra={t('firstSteps.area.idHelp')}
            rules={[
              { required: true, pattern: /^[^/+#?%\s]+$/, message: t('firstSteps.area.idRule') },
              {
                validator: async (_, id) => {
                  if (areas.some((other) => other.id === id)) throw new Error(t('firstSteps.area.idTaken'));
                },
              },
            ]}
          >
            <Input autoComplete="off" />
          </Form.Item>
        )}
        {!isSite && (
          <Form.Item name="parent" label={t('firstSteps.area.parent')}>
            <Select
              allowClear
              showSearch={{ optionFilterProp: 'label' }}
              options={areas
                .filter(({ id }) => id !== area?.id)
                .map(({ id, name }) => ({ value: id, label: nameText(name) }))}
            />
          </Form.Item>
        )}
        <PlaceFields />
      </Form>
    </Modal>
  );
}
