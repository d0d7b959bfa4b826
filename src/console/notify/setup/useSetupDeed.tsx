import { useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { emptySetup, type NotifySetup } from '../../../model/notify/setup.ts';
import type { ProblemPath } from '../../../model/problem.ts';
import { asked, useStale } from '../../api/asked.ts';
import { ApiError, call, type FieldError } from '../../api/client.ts';
import { useDeed } from '../../ui/useDeed.ts';
import { type ShownSetup, useSetup } from '../useSetup.ts';
import { Findings } from './Findings.tsx';
import { valueAt } from './places.ts';

export type SetupChange = (setup: NotifySetup) => NotifySetup;

interface Wish {
  readonly change: SetupChange;
  readonly reason?: string;
  /** Only what would come of it is asked. */
  readonly isTrial?: boolean;
  /** Takes what fields can say themselves, and gives what is left. `sent` is the setup that was refused. */
  readonly showAtFields?: (errors: readonly FieldError[], sent: NotifySetup) => readonly FieldError[];
}

export interface SetupDeed {
  readonly isBusy: boolean;
  readonly failure: ReactNode;
  /** Gives what is in force then; null: the change was not made, and `failure` says why. */
  readonly save: (wish: Wish) => Promise<ShownSetup | null>;
}

/**
 * One change of the setup that was in force when its form was opened. When somebody else was faster, it is said who, and
 * what was filled in stays: saving once more makes the same change to what is in force by then. `place`: where in a setup that
 * stands which is changed, so that it can be said whether they have changed the same.
 */
export function useSetupDeed(place?: (setup: NotifySetup) => ProblemPath): SetupDeed {
  const { t } = useTranslation();
  const client = useQueryClient();
  const stale = useStale();
  const { setup: inForce = null } = useSetup();
  const [base, setBase] = useState<ShownSetup | null>(inForce);
  const { isBusy, failure, setFailure, attempt } = useDeed();

  async function giveWay(): Promise<void> {
    const answer = await client.fetchQuery({ ...asked('GET /notify/setup'), staleTime: 0 });
    const newest = 'setup' in answer ? answer : null;
    const shown = (one: ShownSetup | null) =>
      JSON.stringify(one === null || place === undefined ? null : valueAt(one.setup, place(one.setup)));
    const { revision = 0, author = '', reason = null } = newest ?? {};
    setFailure(
      <>
        {t('setup.race', { revision, author })}
        {reason !== null && ` ${t('setup.raceReason', { reason })}`} {t('setup.raceAgain')}
        {shown(base) !== shown(newest) && <strong> {t('setup.raceSame')}</strong>}
      </>,
    );
    setBase(newest);
  }

  async function save({ change, reason = '', isTrial = false, showAtFields }: Wish): Promise<ShownSetup | null> {
    const sent = change(base?.setup ?? emptySetup());
    let answer: ShownSetup | null = null;
    await attempt(
      async () => {
        try {
          const said = reason.trim() === '' ? {} : { reason: reason.trim() };
          answer = await call('PUT /notify/setup', {
            query: { dryRun: isTrial },
            body: { revision: base?.revision ?? 0, setup: sent, ...said },
          });
        } catch (error) {
          if (!(error instanceof ApiError) || error.code !== 'notify-lost-race') throw error;
          await giveWay();
          return;
        }
        if (isTrial) return;
        setBase(answer);
        await stale('GET /notify/setup', 'GET /notify/channels', 'GET /notify/duties', 'GET /notify/duties/gaps');
      },
      (error) => {
        if (!(error instanceof ApiError) || error.errors.length === 0) return undefined;
        const left = showAtFields?.(error.errors, sent) ?? error.errors;
        return left.length === 0 ? t('setup.seeFields') : <Findings findings={left} setup={sent} />;
      },
    );
    return answer;
  }

  return { isBusy, failure, save };
}
