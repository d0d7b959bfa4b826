import Modal from 'antd/es/modal';
import { useTranslation } from 'react-i18next';
import type { ChannelEntry } from '../../../model/notify/channel.ts';
import type { Person } from '../../../model/notify/people.ts';
import { ChannelTest } from '../channels/ChannelTest.tsx';
import css from '../notify.module.css';
import { useChannelName } from '../useSetup.ts';
import { waysTo } from './reach.ts';

interface Props {
  readonly person: Person;
  readonly channels: readonly ChannelEntry[];
  readonly onClose: () => void;
}

/** A test message to one person, by each channel that has an address of his. */
export function PersonTests({ person, channels, onClose }: Props) {
  const { t } = useTranslation();
  const channelName = useChannelName();
  const ways = waysTo(person, channels);
  return (
    <Modal open title={t('setup.people.testTitle', { name: person.name })} onCancel={onClose} footer={null}>
      <p className="soft">{t(ways.length === 0 ? 'setup.people.testNone' : 'setup.people.testHelp')}</p>
      <ul className={css.rows}>
        {ways.map(({ id, kind }) => (
          <li key={id}>
            <strong>{channelName(id)}</strong>
            <span className="soft">{t(`notify.kind.${kind}`)}</span>
            <ChannelTest channel={id} person={person.id} />
          </li>
        ))}
      </ul>
    </Modal>
  );
}
