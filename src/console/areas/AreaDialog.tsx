import AntApp from 'antd/es/app';
import Form from 'antd/es/form';
import Input from 'antd/es/input';
import Select from 'antd/es/select';
import { useTranslation } from 'react-i18next';
import { farOutsideKm } from '../../model/place.ts';
import type { Area as AreaDefinition } from '../../model/site.ts';
import { useStale } from '../api/asked.ts';
import { ApiError, call } from '../api/client.ts';
import { useAreas } from '../api/queries.ts';
import type { Area } from '../api/types.ts';
import { useNameText } from '../i18n/i18n.tsx';
import { cornersOf, ringOf } from '../map/outline.ts';
import { MeantField } from '../places/MeantField.tsx';
import { NameFields } from '../places/NameFields.tsx';
import { OutlineField, type OutlineValue, useOutlineProblem } from '../places/OutlineField.tsx';
import { PlaceFields, type PlaceValues, placeOf } from '../places/PlaceFields.tsx';
import css from '../places/place-fields.module.css';
import { useSurroundings } from '../places/useSurroundings.ts';
import { classes } from '../ui/classes.ts';
import { FormModal } from '../ui/FormModal.tsx';
import fieldCss from '../ui/fields.module.css';
import { useDeed } from '../ui/useDeed.ts';
import { areasWithin } from './useAreasWithin.ts';

interface Fields extends PlaceValues {
  readonly id: string;
  readonly zh: string;
  readonly en?: string;
  readonly parent?: string | null;
  readonly outline: OutlineValue;
  readonly outlineIsMeant?: boolean;
}

const NOTHING = new Set<string>();

function definitionOf({ zh, en, parent, outline, lng, lat }: Fields, area: Area | null): Omit<AreaDefinition, 'id'> {
  const location = placeOf({ lng: lng ?? null, lat: lat ?? null });
  const holes = area?.outline?.slice(1) ?? [];
  return {
    name: { zh, ...(en ? { en } : {}) },
    ...(parent ? { parent } : {}),
    ...(outline.corners.length === 0
      ? {}
      : { outline: [ringOf(outline.corners), ...holes.map((hole) => ringOf(cornersOf(hole)))] }),
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
  const stale = useStale();
  const outlineProblem = useOutlineProblem();
  const areas = useAreas();
  const [form] = Form.useForm<Fields>();
  const { isBusy, failure, attempt } = useDeed();
  const surroundings = useSurroundings();
  const corners = Form.useWatch('outline', form)?.corners ?? [];
  const farKm = Math.max(0, ...corners.map((corner) => farOutsideKm(corner, surroundings) ?? 0));
  const roots = areas.filter(({ parent }) => parent === null).length;
  const isSite = area === null ? areas.length === 0 : area.parent === null && roots === 1;
  // An area can't lie within itself, nor within what lies in it.
  const within = area === null ? NOTHING : areasWithin(areas, area.id);

  const submit = (fields: Fields) =>
    attempt(
      async () => {
        const path = { id: area?.id ?? fields.id };
        const headers: Record<string, string> = area === null ? { 'if-none-match': '*' } : {};
        await call('PUT /areas/{id}', { path, body: definitionOf(fields, area), headers });
        await stale('GET /areas', 'GET /points');
        message.success(t('firstSteps.area.saved', { name: fields.zh }));
        onClose();
      },
      (error) => {
        if (!(error instanceof ApiError) || error.code !== 'area-exists') return undefined;
        form.setFields([{ name: 'id', errors: [t('firstSteps.area.idTaken')] }]);
        return null;
      },
    );

  return (
    <FormModal<Fields>
      title={t(isSite ? 'firstSteps.area.site' : area === null ? 'firstSteps.area.add' : 'firstSteps.area.edit')}
      form={form}
      isBusy={isBusy}
      failure={failure}
      width={640}
      layoutClass={classes(fieldCss.twoColumns)}
      isMarked
      initialValues={{
        id: area?.id ?? freeId(areas),
        zh: area?.name.zh,
        en: area === null || area.name.en === area.name.zh ? undefined : area.name.en,
        parent: area === null ? areas.find(({ parent }) => parent === null)?.id : area.parent,
        lng: area?.location?.[0],
        lat: area?.location?.[1],
        outline: { corners: cornersOf(area?.outline?.[0]), unread: null },
      }}
      onSubmit={submit}
      onCancel={onClose}
    >
      <NameFields isRequired />
      {area === null && (
        <Form.Item
          name="id"
          label={t('firstSteps.area.id')}
          className={classes(isSite && css.wholeRow)}
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
              .filter(({ id }) => !within.has(id))
              .map(({ id, name }) => ({ value: id, label: nameText(name) }))}
          />
        </Form.Item>
      )}
      <PlaceFields />
      <Form.Item
        name="outline"
        label={t('places.outline.title')}
        className={css.wholeRow}
        rules={[
          {
            validator: async (_, value: OutlineValue) => {
              const problem = outlineProblem(value);
              if (problem !== null) throw new Error(problem);
            },
          },
        ]}
      >
        <OutlineField area={area?.id} holes={Math.max(0, (area?.outline?.length ?? 0) - 1)} />
      </Form.Item>
      {farKm > 0 && (
        <div className={css.placeDoubt} role="alert">
          <span>{t('places.outline.far', { km: Math.round(farKm) })}</span>
          <MeantField name="outlineIsMeant" />
        </div>
      )}
    </FormModal>
  );
}
