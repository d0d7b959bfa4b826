import Button from 'antd/es/button';
import Form from 'antd/es/form';
import Select from 'antd/es/select';
import { useTranslation } from 'react-i18next';
import { type Ladder, type LadderStep, type NotifySetup, PROOFS } from '../../../model/notify/setup.ts';
import { useNameText } from '../../i18n/i18n.tsx';
import fieldCss from '../../ui/fields.module.css';
import { ChannelsField, MinutesField, MoveButtons, NameField, TargetsField } from '../setup/fields.tsx';
import { editedName, freeId, placeOf, withEntry, withoutEntry } from '../setup/places.ts';
import { SetupForm } from '../setup/SetupForm.tsx';
import css from './routes.module.css';

interface Fields {
  readonly name: string;
  readonly steps: readonly LadderStep[];
}

const FIRST_STEP: LadderStep = { after: '5m', unless: 'answered', to: [] };

/** What follows when proof is missing, step by step. `ladder`: null for a new one. */
export function LadderForm({ ladder, onClose }: { readonly ladder: Ladder | null; readonly onClose: () => void }) {
  const { t } = useTranslation();
  const nameText = useNameText();
  const [form] = Form.useForm<Fields>();
  const known = ladder?.id;
  const name = ladder === null ? undefined : nameText(ladder.name ?? ladder.id);

  function change(before: NotifySetup, fields: Fields): NotifySetup {
    const taken = before.ladders.map(({ id }) => id);
    const named = editedName(ladder?.name, name, fields.name);
    const entry: Ladder = {
      id: known ?? freeId(fields.name, taken),
      ...(named === undefined ? {} : { name: named }),
      steps: fields.steps.map(({ after, unless, to, by }) => ({
        after,
        unless,
        to,
        ...(by === undefined ? {} : { by }),
      })),
    };
    return { ...before, ladders: withEntry(before.ladders, entry) };
  }

  return (
    <SetupForm<Fields>
      title={name ?? t('setup.routes.addLadder')}
      form={form}
      width={680}
      isNew={known === undefined}
      intro={<p className="soft">{t('setup.routes.ladderHelp')}</p>}
      initialValues={{ name, steps: ladder?.steps ?? [FIRST_STEP] }}
      place={(of) => (known === undefined ? ['ladders', of.ladders.length - 1] : placeOf(of, 'ladders', known))}
      change={change}
      remove={
        known === undefined ? undefined : (before) => ({ ...before, ladders: withoutEntry(before.ladders, known) })
      }
      onClose={onClose}
    >
      <NameField hint={t('setup.routes.ladderHint')} />
      <StepRows />
    </SetupForm>
  );
}

function StepRows() {
  const { t } = useTranslation();
  return (
    <Form.List name="steps">
      {(rows, { add, remove, move }) => (
        <>
          {rows.map(({ key, name: at }) => (
            <fieldset key={key} className={css.step}>
              <legend>
                {t('notify.step', { step: at + 1 })} <MoveButtons at={at} count={rows.length} move={move} />{' '}
                <Button size="small" disabled={rows.length === 1} onClick={() => remove(at)}>
                  {t('action.remove')}
                </Button>
              </legend>
              <div className={fieldCss.twoColumns}>
                <Form.Item
                  name={[at, 'after']}
                  label={t('setup.routes.after')}
                  rules={[{ required: true, message: t('device.required') }]}
                >
                  <MinutesField />
                </Form.Item>
                <Form.Item name={[at, 'unless']} label={t('setup.routes.missing')}>
                  <Select options={PROOFS.map((value) => ({ value, label: t(`setup.routes.proof.${value}`) }))} />
                </Form.Item>
              </div>
              <Form.Item
                name={[at, 'to']}
                label={t('notify.whom')}
                rules={[{ required: true, type: 'array', min: 1, message: t('device.required') }]}
              >
                <TargetsField />
              </Form.Item>
              <Form.Item name={[at, 'by']} label={t('notify.by')} extra={t('setup.routes.byHelp')}>
                <ChannelsField />
              </Form.Item>
            </fieldset>
          ))}
          <Button onClick={() => add(FIRST_STEP)}>{t('setup.routes.addStep')}</Button>
        </>
      )}
    </Form.List>
  );
}
