import Form from 'antd/es/form';
import InputNumber from 'antd/es/input-number';
import Select from 'antd/es/select';
import { useTranslation } from 'react-i18next';
import { sourceLine } from '../../model/source-line.ts';
import { type Template, withinRange } from '../../model/template.ts';
import type { DeviceLimits } from '../../wire/devices.ts';
import { useNameText } from '../i18n/i18n.tsx';
import { useTemplates } from '../thresholds/useTemplates.ts';
import css from './devices.module.css';
import type { Profile } from './useProfiles.ts';

/** What a form has of limits that a point begins with. */
export interface LimitValues {
  readonly template?: string;
  /** Figures that the template leaves open; null while a field is empty. */
  readonly parameters?: Readonly<Record<string, number | null>>;
}

/** The limits of a form as the server is asked for them; undefined where none were chosen. */
export function limitsOf({ template, parameters = {} }: LimitValues): DeviceLimits | undefined {
  if (template === undefined) return undefined;
  const given = Object.entries(parameters).flatMap(([id, value]) => (value === null ? [] : [[id, value] as const]));
  return { template, parameters: Object.fromEntries(given), metrics: {} };
}

/** Whether a template is about what devices of this kind measure. */
function suits({ applies: { family, metric, with: others = [] } }: Template, profile: Profile): boolean {
  return family === profile.family && [metric, ...others].every((name) => Object.hasOwn(profile.metrics, name));
}

/** The template whose limits the point begins with, and the figures that it leaves open. */
export function LimitFields({ profile }: { readonly profile: Profile | undefined }) {
  const { t } = useTranslation();
  const nameText = useNameText();
  const form = Form.useFormInstance<LimitValues>();
  const templates = useTemplates();
  const chosen = Form.useWatch('template', form);
  const suiting = profile === undefined ? [] : templates.filter((template) => suits(template, profile));
  const template = suiting.find(({ id }) => id === chosen);
  if (suiting.length === 0) return null;
  const originText = ({ source: { clause }, verifiedBy }: Template) =>
    [
      ...(clause === undefined ? [] : [nameText(clause)]),
      ...(verifiedBy === null ? [t('templates.unverified')] : []),
    ].join(' · ');
  return (
    <>
      <Form.Item
        // With another profile it is another question.
        key={profile?.id}
        name="template"
        preserve={false}
        className={css.wide ?? ''}
        label={t('device.limits')}
        extra={template === undefined ? t('device.limitsHelp') : originText(template)}
      >
        <Select
          allowClear
          placeholder={t('device.noLimits')}
          options={suiting.map(({ id, name, standard, edition }) => ({
            value: id,
            label: `${nameText(name)} · ${nameText(sourceLine({ standard, edition }))}`,
          }))}
        />
      </Form.Item>
      {template?.parameters.map(({ id, name, unit, range }) => (
        <Form.Item
          key={`${template.id} ${id}`}
          name={['parameters', id]}
          preserve={false}
          label={nameText(name)}
          {...(range === undefined ? {} : { extra: t('templates.parameterRange', { low: range[0], high: range[1] }) })}
          rules={[
            { required: true, message: t('device.required') },
            {
              validator: async (_, value?: number | null) => {
                if (typeof value !== 'number' || withinRange(value, range)) return;
                const [low, high] = range ?? [];
                throw new Error(t('templates.parameterOutside', { name: nameText(name), low, high }));
              },
            },
          ]}
        >
          <InputNumber<number> className={css.figure ?? ''} {...(unit === undefined ? {} : { suffix: unit })} />
        </Form.Item>
      ))}
    </>
  );
}
