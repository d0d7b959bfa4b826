import Checkbox from 'antd/es/checkbox';
import Form from 'antd/es/form';
import Select from 'antd/es/select';
import { useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { WEEKDAYS } from '../../../model/calendar.ts';
import { LEVELS } from '../../../model/level.ts';
import type { NotifySetup, Route, RouteMatch } from '../../../model/notify/setup.ts';
import { FAMILIES } from '../../../model/site.ts';
import { SYSTEM_POINT } from '../../../model/system-alerts.ts';
import { useNameText } from '../../i18n/i18n.tsx';
import fieldCss from '../../ui/fields.module.css';
import { useAreaChoices, useChoices } from '../setup/choices.ts';
import { ChannelsField, HoursFields, MinutesField, NameField, TargetsField } from '../setup/fields.tsx';
import { editedName, freeId } from '../setup/places.ts';
import { SetupForm } from '../setup/SetupForm.tsx';
import css from './routes.module.css';
import { addedRoute, pathOfRoute, routeIds, routeOf, withoutRoute, withRoute } from './tree.ts';

/** A route as its form has it: what is empty is there all the same. */
interface Fields {
  readonly name?: string;
  readonly match: {
    readonly [K in 'levels' | 'kinds' | 'families' | 'areas']?: RouteMatch[K];
  } & { readonly when?: Calendar };
  readonly to: Route['to'];
  readonly by?: Route['by'];
  readonly ladder?: string | null;
  readonly group?: { readonly by?: readonly ('area' | 'family' | 'point')[]; readonly wait?: string };
  readonly repeat?: string;
  readonly quiet?: Calendar;
  readonly goOn: boolean;
}

/** The parts of a calendar that the form has; others stay as they were. */
interface Calendar {
  readonly weekdays?: readonly (typeof WEEKDAYS)[number][];
  readonly hours?: readonly (string | undefined)[];
}

const KINDS = ['levels', 'noData', 'stuck', 'range', 'vote', 'system'] as const;

interface Props {
  /** Null: a new one, below the route `below`, or below none. */
  readonly route: Route | null;
  readonly below: string | null;
  readonly onClose: () => void;
}

/** Which alerts a route takes, whom it tells and by what, and what follows. */
export function RouteForm({ route, below, onClose }: Props) {
  const { t } = useTranslation();
  const nameText = useNameText();
  const [form] = Form.useForm<Fields>();
  const { ladders } = useChoices();
  const areas = [{ value: SYSTEM_POINT, label: t('family.system') }, ...useAreaChoices()];
  const known = route?.id;
  /** The id that a new one was last sent with. */
  const made = useRef(known ?? '');
  const name = route?.name === undefined ? undefined : nameText(route.name);
  const multiple = { mode: 'multiple', allowClear: true, placeholder: t('setup.routes.any') } as const;

  function change(before: NotifySetup, fields: Fields): NotifySetup {
    const taken = routeIds(before.routes);
    const former = known === undefined ? undefined : (routeOf(before.routes, known) ?? route ?? undefined);
    made.current = known ?? freeId(fields.name ?? 'route', taken);
    const entry = routeFrom(fields, former, {
      id: made.current,
      name: editedName(route?.name, name, fields.name),
    });
    const isThere = known !== undefined && taken.includes(known);
    return { ...before, routes: isThere ? withRoute(before.routes, entry) : addedRoute(before.routes, below, entry) };
  }

  return (
    <SetupForm<Fields>
      title={known === undefined ? t('setup.routes.add') : (name ?? known)}
      form={form}
      width={680}
      isNew={known === undefined}
      intro={below === null ? undefined : <p className="soft">{t('setup.routes.inherits')}</p>}
      initialValues={{ to: [], goOn: false, match: {}, ...(route as Fields | null), name }}
      place={(of) => pathOfRoute(of.routes, made.current) ?? ['routes', of.routes.length]}
      change={change}
      remove={known === undefined ? undefined : (before) => ({ ...before, routes: withoutRoute(before.routes, known) })}
      onClose={onClose}
    >
      <NameField hint={t('setup.routes.nameHint')} />
      <h3 className={css.part}>{t('setup.routes.takes')}</h3>
      <div className={fieldCss.twoColumns}>
        <Form.Item name={['match', 'levels']} label={t('alert.level')}>
          <Select {...multiple} options={LEVELS.toReversed().map((value) => ({ value, label: t(`level.${value}`) }))} />
        </Form.Item>
        <Form.Item name={['match', 'kinds']} label={t('setup.routes.kinds')}>
          <Select {...multiple} options={KINDS.map((value) => ({ value, label: t(`alert.kind.${value}`) }))} />
        </Form.Item>
        <Form.Item name={['match', 'families']} label={t('point.family')}>
          <Select {...multiple} options={FAMILIES.map((value) => ({ value, label: t(`family.${value}`) }))} />
        </Form.Item>
        <Form.Item name={['match', 'areas']} label={t('point.area')}>
          <Select {...multiple} options={areas} showSearch={{ optionFilterProp: 'label' }} />
        </Form.Item>
        <Form.Item name={['match', 'when', 'weekdays']} label={t('maintenance.days')}>
          <Select {...multiple} options={WEEKDAYS.map((value) => ({ value, label: t(`maintenance.day.${value}`) }))} />
        </Form.Item>
        <HoursFields name={['match', 'when', 'hours']} label={t('setup.routes.hours')} />
      </div>
      <h3 className={css.part}>{t('setup.routes.tells')}</h3>
      <Form.Item name="to" label={t('notify.whom')}>
        <TargetsField />
      </Form.Item>
      <Form.Item name="by" label={t('notify.by')} extra={t('setup.routes.byHelp')}>
        <ChannelsField />
      </Form.Item>
      <div className={fieldCss.twoColumns}>
        <Form.Item name="ladder" label={t('setup.part.ladders')}>
          <Select allowClear options={[...ladders]} placeholder={t('setup.routes.noLadder')} />
        </Form.Item>
        <Form.Item name="repeat" label={t('setup.routes.repeatEvery')} extra={t('setup.routes.repeatHelp')}>
          <MinutesField />
        </Form.Item>
        <Form.Item name={['group', 'wait']} label={t('setup.routes.wait')} extra={t('setup.routes.waitHelp')}>
          <MinutesField />
        </Form.Item>
        <Form.Item name={['group', 'by']} label={t('setup.routes.groupOf')}>
          <Select
            {...multiple}
            options={(['area', 'family', 'point'] as const).map((value) => ({
              value,
              label: t(`setup.routes.of.${value}`),
            }))}
          />
        </Form.Item>
        <HoursFields name={['quiet', 'hours']} label={t('setup.routes.quietHours')} />
      </div>
      <Form.Item name="goOn" valuePropName="checked">
        <Checkbox>{t('setup.routes.goOnField')}</Checkbox>
      </Form.Item>
    </SetupForm>
  );
}

/** What a form says as a route, without what it leaves empty. */
function routeFrom(fields: Fields, former: Route | undefined, own: Pick<Route, 'id' | 'name'>): Route {
  const { match, to, by, ladder, group, repeat, quiet, goOn } = fields;
  const lists = { levels: match.levels, kinds: match.kinds, families: match.families, areas: match.areas };
  const given = Object.entries(lists).filter(([, list]) => list !== undefined && list.length > 0);
  const when = calendarFrom(match.when, former?.match.when);
  const hush = calendarFrom(quiet, former?.quiet);
  return {
    id: own.id,
    ...(own.name === undefined ? {} : { name: own.name }),
    match: { ...Object.fromEntries(given), ...(when === undefined ? {} : { when }) },
    to,
    ...(by === undefined || by.length === 0 ? {} : { by }),
    ...(ladder ? { ladder } : {}),
    ...(group?.wait === undefined ? {} : { group: { wait: group.wait, by: group.by ?? [] } }),
    ...(repeat === undefined ? {} : { repeat }),
    ...(hush === undefined ? {} : { quiet: hush }),
    goOn,
    routes: former?.routes ?? [],
  };
}

function calendarFrom(fields: Calendar | undefined, former: RouteMatch['when']): RouteMatch['when'] {
  const { weekdays, hours, ...others } = former ?? {};
  const [from, to] = fields?.hours ?? [];
  const calendar = {
    ...others,
    ...(fields?.weekdays === undefined || fields.weekdays.length === 0 ? {} : { weekdays: [...fields.weekdays] }),
    ...(from && to ? { hours: [from, to] as [string, string] } : {}),
  };
  // A zone alone is no time of day.
  return Object.keys(calendar).some((key) => key !== 'timezone') ? calendar : undefined;
}
