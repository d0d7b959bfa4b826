import { useTranslation } from 'react-i18next';
import type { RouteVerdict } from '../../../model/notify/explanation.ts';
import type { Answer } from '../../../wire/calls.ts';
import { useNameText } from '../../i18n/i18n.tsx';
import { dateTime } from '../../ui/format.ts';
import { useChannelName, useSetup } from '../useSetup.ts';
import { routeOf } from './tree.ts';
import { useRouteWords } from './useRouteWords.ts';

export type Stage = Answer<'POST /notify/explain'>['stages'][number];

/** What is said of why, whatever the stage it belongs to. */
const WHY = [
  'shelved',
  'suppressed',
  'retrospective',
  'group',
  'chattering',
  'nobody-on-duty',
  'empty-team',
  'unknown',
  'channel-off',
  'no-address',
  'unknown-channel',
] as const;

/** What was done or left at each stage, as people say it. */
export function useStageWords(): (stage: Stage) => string {
  const { t } = useTranslation();
  const nameText = useNameText();
  const words = useRouteWords();
  const channelName = useChannelName();
  const { setup } = useSetup();
  return (stage) => {
    const { code, verdict, step = -1, target, persons = [], person, channel = '', untilMs, reason = 'raised' } = stage;
    const known = WHY.find((one) => one === stage.why);
    const why = known === undefined ? '' : t(`setup.stage.why.${known}`);
    const until = untilMs === undefined ? '' : dateTime(untilMs);
    const who = person == null ? t('notify.group') : words.person(person);
    const by = channelName(channel);
    switch (code) {
      case 'route': {
        const route = routeOf(setup?.setup.routes ?? [], stage.route ?? '');
        const name = route?.name === undefined ? (stage.route ?? '') : nameText(route.name);
        return t('setup.stage.route', { name, verdict: t(`setup.stage.verdict.${verdict as RouteVerdict}`) });
      }
      case 'target': {
        const whom = target === undefined ? '' : words.whom([target]);
        const found = persons.map(words.person).join(t('setup.listed'));
        return found === whom || (found === '' && why === '')
          ? whom
          : t('setup.stage.target', { whom, found: found || why });
      }
      case 'step-passed':
        return t('setup.stage.step-passed', { step: step + 1 });
      case 'told':
        return t('setup.stage.told', {
          who,
          by,
          reason: reason === 'step' ? t('notify.step', { step: step + 1 }) : t(`notify.reason.${reason}`),
        });
      default:
        return t(`setup.stage.${code}`, { why, until, who, by });
    }
  };
}
