import Modal from 'antd/es/modal';
import { useTranslation } from 'react-i18next';
import css from './keyboard.module.css';

const GROUPS = [
  {
    title: 'list',
    keys: [
      ['j ↓', 'down'],
      ['k ↑', 'up'],
      ['x', 'select'],
      ['a', 'ack'],
      ['s', 'shelve'],
      ['r', 'reset'],
      ['n', 'note'],
      ['Enter', 'open'],
      ['u', 'unacknowledged'],
      ['Esc', 'clear'],
      ['1 2 3', 'verdict'],
    ],
  },
  {
    title: 'everywhere',
    keys: [
      ['g d', 'duty'],
      ['g p', 'points'],
      ['g h', 'history'],
      ['g e', 'devices'],
      ['g l', 'limits'],
      ['g m', 'maintenance'],
      ['g a', 'review'],
      ['g s', 'system'],
      ['m', 'mute'],
      ['?', 'help'],
    ],
  },
] as const;

export default function ShortcutHelp({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Modal open title={t('setting.help')} footer={null} width={620} onCancel={onClose}>
      <div className={css.shortcutHelp}>
        {GROUPS.map(({ title, keys }) => (
          <section key={title}>
            <h3>{t(`key.group.${title}`)}</h3>
            <dl>
              {keys.map(([key, what]) => (
                <div key={key}>
                  <dt>
                    {key.split(' ').map((part) => (
                      <kbd key={part}>{part}</kbd>
                    ))}
                  </dt>
                  <dd>{t(`key.${what}`)}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Modal>
  );
}
