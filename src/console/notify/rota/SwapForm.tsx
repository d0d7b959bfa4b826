import Form from 'antd/es/form';
import Input from 'antd/es/input';
import Select from 'antd/es/select';
import { useTranslation } from 'react-i18next';
import { dutiesBetween } from '../../../model/notify/duty.ts';
import type { Rota } from '../../../model/notify/rota.ts';
import type { NotifySetup } from '../../../model/notify/setup.ts';
import { useUser } from '../../session/context.tsx';
import { useChoices } from '../setup/choices.ts';
import { placeOf } from '../setup/places.ts';
import { SetupForm } from '../setup/SetupForm.tsx';
import type { ShownDuty } from './RotaCalendar.tsx';
import { isSwapOf, type Pair, withSwap } from './swap.ts';

interface Fields extends Pair {
  readonly reason?: string;
}

interface Props {
  readonly duty: ShownDuty;
  readonly rota: Rota;
  readonly calendar: NotifySetup['calendar'];
  /** Whom somebody has dragged onto it. */
  readonly dragged: Pair;
  readonly onClose: () => void;
}

/** One shift that others take than the order says. */
export function SwapForm({ duty, rota, calendar, dragged, onClose }: Props) {
  const { t } = useTranslation();
  const { username } = useUser();
  const { people } = useChoices();
  const [form] = Form.useForm<Fields>();
  const { date, shift } = duty;
  const isIt = isSwapOf(date, shift);
  const swap = rota.swaps.find(isIt);
  const ordered = orderedOf(rota, calendar, duty);
  const nameOf = (id: string | undefined) =>
    people.find(({ value }) => value === id)?.label ?? id ?? t('setup.rota.nobody');
  const shiftName = rota.shifts.find(({ id }) => id === shift)?.name ?? shift;

  const changed = (setup: NotifySetup, change: (rota: Rota) => Rota): NotifySetup => ({
    ...setup,
    rotas: setup.rotas.map((one) => (one.id === rota.id ? change(one) : one)),
  });

  return (
    <SetupForm<Fields>
      title={t('setup.rota.swapTitle', { date, shift: shiftName })}
      form={form}
      intro={
        <p className="soft">
          {t('setup.rota.ordered', { primary: nameOf(ordered.primary), backup: nameOf(ordered.backup) })}
        </p>
      }
      initialValues={{
        primary: dragged.primary ?? duty.primary?.id,
        backup: dragged.backup ?? duty.backup?.id,
        reason: swap?.reason,
      }}
      place={(setup) => {
        const at = placeOf(setup, 'rotas', rota.id);
        const swaps = setup.rotas.find(({ id }) => id === rota.id)?.swaps ?? [];
        const index = swaps.findIndex(isIt);
        return [...at, 'swaps', index < 0 ? swaps.length : index];
      }}
      change={(setup, { reason, ...pair }) =>
        changed(setup, (one) => withSwap(one, { date, shift }, ordered, { ...pair, reason, by: username }))
      }
      remove={
        swap === undefined
          ? undefined
          : (setup) => changed(setup, (one) => ({ ...one, swaps: one.swaps.filter((each) => !isIt(each)) }))
      }
      reasonOf={({ reason = '' }) => reason}
      removeText={t('setup.rota.restore')}
      onClose={onClose}
    >
      <Form.Item
        name="primary"
        label={t('setup.rota.primary')}
        rules={[{ required: true, message: t('device.required') }]}
      >
        <Select options={[...people]} showSearch={{ optionFilterProp: 'label' }} />
      </Form.Item>
      <Form.Item name="backup" label={t('setup.rota.backup')}>
        <Select options={[...people]} showSearch={{ optionFilterProp: 'label' }} />
      </Form.Item>
      <Form.Item name="reason" label={t('setup.rota.swapReason')}>
        <Input maxLength={256} placeholder={t('setup.rota.swapReasonHint')} />
      </Form.Item>
    </SetupForm>
  );
}

/** Who would have the shift if nobody had swapped. */
function orderedOf(rota: Rota, calendar: NotifySetup['calendar'], { date, shift, from, to }: ShownDuty): Pair {
  const found = dutiesBetween({ ...rota, swaps: [] }, calendar, from, to).find(
    (one) => one.date === date && one.shift === shift,
  );
  return { primary: found?.primary ?? undefined, backup: found?.backup ?? undefined };
}
