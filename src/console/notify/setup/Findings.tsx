import { useTranslation } from 'react-i18next';
import type { NotifySetup } from '../../../model/notify/setup.ts';
import { isOneOf } from '../../../model/own.ts';
import { stepsOf } from '../../../model/pointer.ts';
import type { FieldError } from '../../api/client.ts';
import { useNameText } from '../../i18n/i18n.tsx';
import css from '../notify.module.css';
import { useSetup } from '../useSetup.ts';
import { valueAt } from './places.ts';

const PARTS = ['people', 'teams', 'calendar', 'rotas', 'ladders', 'routes', 'channels', 'templates'] as const;
export type SetupPartName = (typeof PARTS)[number];

/** What is wrong with a setup or should be looked at, each with what it is said of in people's words. */
export function Findings({
  findings,
  setup,
}: {
  readonly findings: readonly FieldError[];
  readonly setup: NotifySetup;
}) {
  const placeWords = usePlaceWords(setup);
  return (
    <ul className={css.faults}>
      {findings.map(({ path, message }) => (
        <li key={`${path} ${message}`}>
          <strong>{placeWords(path)}</strong> {message}
        </li>
      ))}
    </ul>
  );
}

/** What somebody should look at in some parts of the setup in force. */
export function Warnings({ of }: { readonly of: readonly SetupPartName[] }) {
  const { t } = useTranslation();
  const { setup } = useSetup();
  const warnings = setup?.warnings.filter(({ path }) => isOneOf(of, stepsOf(path)[0])) ?? [];
  if (setup == null || warnings.length === 0) return null;
  return (
    <section className="panel block" data-testid="setup-warnings">
      <h2>{t('notify.warnings')}</h2>
      <Findings findings={warnings} setup={setup.setup} />
    </section>
  );
}

/** `/setup/rotas/0/order/1/primary` as people say it: 值班表 办公室值班. */
function usePlaceWords(setup: NotifySetup): (path: string) => string {
  const { t } = useTranslation();
  const nameText = useNameText();
  return (path) => {
    const [first = '', ...rest] = stepsOf(path);
    const steps = first === 'setup' ? rest : [first, ...rest];
    const part = PARTS.find((one) => one === steps[0]);
    if (part === undefined) return '';
    // Routes hold routes: the deepest thing with an id is meant.
    let name = '';
    for (let length = 2; length <= steps.length; length++) {
      const at = valueAt(setup, steps.slice(0, length));
      if (typeof at === 'object' && at !== null && 'id' in at && typeof at.id === 'string') {
        name = 'name' in at ? nameText((at as { name: Parameters<typeof nameText>[0] }).name) || at.id : at.id;
      }
    }
    return `${t(`setup.part.${part}`)} ${name}`.trim();
  };
}
