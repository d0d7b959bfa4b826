import Button from 'antd/es/button';
import Checkbox from 'antd/es/checkbox';
import Form from 'antd/es/form';
import Input from 'antd/es/input';
import Select from 'antd/es/select';
import { useTranslation } from 'react-i18next';
import type { Rota } from '../../../model/notify/rota.ts';
import type { NotifySetup } from '../../../model/notify/setup.ts';
import fieldCss from '../../ui/fields.module.css';
import { useChoices } from '../setup/choices.ts';
import { CLOCK, CLOCK_OR_END, MinutesField, MoveButtons, NameField } from '../setup/fields.tsx';
import { filledIn, freeId, placeOf, withEntry, withoutEntry } from '../setup/places.ts';
import { SetupForm } from '../setup/SetupForm.tsx';
import css from './rota.module.css';

type Shift = Rota['shifts'][number];
interface Fields {
  readonly name: string;
  readonly turn: Rota['turn'];
  readonly from: string;
  /** A shift that is new has no id yet. */
  readonly shifts: readonly (Omit<Shift, 'id'> & { readonly id?: string })[];
  readonly order: Rota['order'];
  readonly isRehearsed: boolean;
  readonly rehearse?: Rota['rehearse'];
}

/** What a shift is asked when nothing else is said. */
const REHEARSAL: NonNullable<Rota['rehearse']> = { after: '0s', within: '15m' };
const NEW_SHIFT: Fields['shifts'][number] = { hours: ['08:00', '08:00'], days: 'all' };

interface Props {
  /** Null: a new one. */
  readonly rota: Rota | null;
  readonly today: string;
  readonly onClose: () => void;
}

/** The shifts of a rota, how long a turn is, and who follows whom. */
export function RotaForm({ rota, today, onClose }: Props) {
  const { t } = useTranslation();
  const [form] = Form.useForm<Fields>();
  const known = rota?.id;
  const required = [{ required: true, message: t('device.required') }];

  return (
    <SetupForm<Fields>
      title={rota === null ? t('setup.rota.add') : (rota.name ?? rota.id)}
      form={form}
      width={640}
      initialValues={
        rota === null
          ? { turn: 'day', from: today, shifts: [NEW_SHIFT], order: [], isRehearsed: false, rehearse: REHEARSAL }
          : {
              ...rota,
              name: rota.name ?? rota.id,
              isRehearsed: rota.rehearse !== undefined,
              rehearse: rota.rehearse ?? REHEARSAL,
            }
      }
      place={(of) => (known === undefined ? ['rotas', of.rotas.length - 1] : placeOf(of, 'rotas', known))}
      isNew={known === undefined}
      change={(before, fields) => withRota(before, rota, fields)}
      remove={known === undefined ? undefined : (before) => ({ ...before, rotas: withoutEntry(before.rotas, known) })}
      onClose={onClose}
    >
      <NameField hint={t('setup.rota.nameHint')} />
      <ShiftRows />
      <div className={fieldCss.twoColumns}>
        <Form.Item name="turn" label={t('setup.rota.turn')}>
          <Select
            options={(['shift', 'day', 'week'] as const).map((value) => ({
              value,
              label: t(`setup.rota.turns.${value}`),
            }))}
          />
        </Form.Item>
        <Form.Item name="from" label={t('setup.rota.from')} extra={t('setup.rota.fromHelp')} rules={required}>
          <Input type="date" />
        </Form.Item>
      </div>
      <OrderRows />
      <RehearsalFields />
    </SetupForm>
  );
}

function ShiftRows() {
  const { t } = useTranslation();
  return (
    <fieldset className={css.group}>
      <legend className={css.legend}>{t('setup.rota.shifts')}</legend>
      <Form.List name="shifts">
        {(rows, { add, remove }) => (
          <>
            {rows.map(({ key, name: at }) => (
              <div key={key} className={css.row}>
                <Form.Item name={[at, 'name']}>
                  <Input
                    maxLength={32}
                    placeholder={t('setup.rota.shiftHint')}
                    aria-label={t('setup.rota.shiftName')}
                  />
                </Form.Item>
                <Form.Item
                  name={[at, 'hours', 0]}
                  rules={[{ pattern: CLOCK, required: true, message: t('setup.rota.clockRule') }]}
                >
                  <Input placeholder="08:00" aria-label={t('setup.rota.begins')} />
                </Form.Item>
                <Form.Item
                  name={[at, 'hours', 1]}
                  rules={[{ pattern: CLOCK_OR_END, required: true, message: t('setup.rota.clockRule') }]}
                >
                  <Input placeholder="20:00" aria-label={t('setup.rota.ends')} />
                </Form.Item>
                <Form.Item name={[at, 'days']}>
                  <Select
                    aria-label={t('setup.rota.onDays')}
                    options={(['all', 'working', 'off'] as const).map((value) => ({
                      value,
                      label: t(`setup.rota.days.${value}`),
                    }))}
                  />
                </Form.Item>
                <Button disabled={rows.length === 1} onClick={() => remove(at)}>
                  {t('action.remove')}
                </Button>
              </div>
            ))}
            <Button onClick={() => add(NEW_SHIFT)}>{t('setup.rota.addShift')}</Button>
          </>
        )}
      </Form.List>
    </fieldset>
  );
}

function OrderRows() {
  const { t } = useTranslation();
  const { people } = useChoices();
  const select = { options: [...people], showSearch: { optionFilterProp: 'label' } };
  return (
    <fieldset className={css.group}>
      <legend className={css.legend}>{t('setup.rota.order')}</legend>
      <Form.List
        name="order"
        rules={[
          {
            validator: async (_, rows: unknown[] | undefined) => {
              if ((rows?.length ?? 0) === 0) throw new Error(t('setup.rota.orderRule'));
            },
          },
        ]}
      >
        {(rows, { add, remove, move }, { errors }) => (
          <>
            {rows.map(({ key, name: at }) => (
              <div key={key} className={css.row}>
                <span className={css.number}>{at + 1}</span>
                <Form.Item name={[at, 'primary']} rules={[{ required: true, message: t('device.required') }]}>
                  <Select
                    {...select}
                    placeholder={t('setup.rota.primary')}
                    aria-label={`${t('setup.rota.primary')} ${at + 1}`}
                  />
                </Form.Item>
                <Form.Item name={[at, 'backup']}>
                  <Select
                    {...select}
                    allowClear
                    placeholder={t('setup.rota.backup')}
                    aria-label={`${t('setup.rota.backup')} ${at + 1}`}
                  />
                </Form.Item>
                <MoveButtons at={at} count={rows.length} move={move} />
                <Button onClick={() => remove(at)}>{t('action.remove')}</Button>
              </div>
            ))}
            <Button onClick={() => add({})}>{t('setup.rota.addTurn')}</Button>
            <Form.ErrorList errors={errors} />
          </>
        )}
      </Form.List>
    </fieldset>
  );
}

/** A setup with a rota as its form says, in the place of the one that was opened; null: a new one. */
function withRota(before: NotifySetup, opened: Rota | null, fields: Fields): NotifySetup {
  const { name, turn, from, shifts: given, order, isRehearsed, rehearse = REHEARSAL } = fields;
  const taken = before.rotas.map(({ id }) => id);
  const own = opened?.id ?? freeId(name, taken);
  const shifts: Shift[] = [];
  for (const shift of given) {
    const ids = [...shifts, ...given].flatMap((one) => one.id ?? []);
    const id = shift.id ?? freeId(shift.name ?? 'shift', ids);
    shifts.push({ ...filledIn(shift), hours: shift.hours, days: shift.days, id });
  }
  const turns = order.map(({ primary, backup }) => ({ primary, ...filledIn({ backup }) }));
  // What a rota has beside these fields is kept as it is by now: its zone, and its swaps.
  const { rehearse: _, ...kept } = before.rotas.find(({ id }) => id === own) ?? opened ?? { swaps: [] };
  const rota = { ...kept, id: own, name, turn, from, shifts, order: turns, ...(isRehearsed ? { rehearse } : {}) };
  return { ...before, rotas: withEntry(before.rotas, rota) };
}

/** Whether whoever is on duty is asked at the beginning of his shift whether he is there. */
function RehearsalFields() {
  const { t } = useTranslation();
  const isRehearsed = Form.useWatch('isRehearsed') === true;
  return (
    <>
      <Form.Item name="isRehearsed" valuePropName="checked">
        <Checkbox>{t('setup.rota.rehearse')}</Checkbox>
      </Form.Item>
      <div className={fieldCss.twoColumns}>
        {(['after', 'within'] as const).map((field) => (
          <Form.Item
            key={field}
            name={['rehearse', field]}
            label={t(`setup.rota.rehearsal.${field}`)}
            hidden={!isRehearsed}
          >
            <MinutesField />
          </Form.Item>
        ))}
      </div>
    </>
  );
}
