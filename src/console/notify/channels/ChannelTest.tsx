import Button from 'antd/es/button';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Answer } from '../../../wire/calls.ts';
import { call } from '../../api/client.ts';
import { useMay } from '../../session/context.tsx';
import { useDeed } from '../../ui/useDeed.ts';
import css from '../notify.module.css';

type Tested = Answer<'POST /notify/channels/{id}/test'>;

interface Props {
  readonly channel: string;
  /** Whom to tell; left out: the group behind the channel. */
  readonly person?: string;
  readonly onTested?: (tested: Tested) => void;
}

/** Sends a test message, and says what the gateway said to it. */
export function ChannelTest({ channel, person, onTested }: Props) {
  const { t } = useTranslation();
  const mayTest = useMay('engineer');
  const { isBusy, failure, attempt } = useDeed();
  const [tested, setTested] = useState<Tested>();
  const test = () =>
    attempt(async () => {
      setTested(undefined);
      const body = person === undefined ? {} : { person };
      const answer = await call('POST /notify/channels/{id}/test', { path: { id: channel }, body });
      setTested(answer);
      onTested?.(answer);
    });
  return (
    <>
      <span title={mayTest ? undefined : t('user.needs', { role: t('user.role.engineer') })}>
        <Button size="small" loading={isBusy} disabled={!mayTest} onClick={() => void test()}>
          {t('notify.test')}
        </Button>
      </span>
      {tested !== undefined && (
        <output className={tested.state === 'accepted' ? undefined : css.bad}>
          {t(`notify.tested.${tested.state}`)} <span className={css.words}>{tested.words}</span>
        </output>
      )}
      {failure !== null && <output className={css.bad}>{failure}</output>}
    </>
  );
}
