import { DialectDialog } from './DialectDialog.tsx';
import { MoveDialog } from './MoveDialog.tsx';
import { ProfileDialog } from './ProfileDialog.tsx';
import { RenameDialog } from './RenameDialog.tsx';
import { ReplaceDialog } from './ReplaceDialog.tsx';
import type { MadeDevice } from './SecretDialog.tsx';
import type { Device } from './types.ts';

interface Props {
  readonly act: string;
  readonly device: Device;
  readonly onClose: () => void;
  readonly onMade: (made: MadeDevice) => void;
  /** Told of the device that is in its place now. */
  readonly onReplaced: ((next: string) => void) | undefined;
}

/** The dialog of an act on a device. */
export default function DeviceActs({ act, device, onClose, onMade, onReplaced }: Props) {
  if (act === 'rename') return <RenameDialog device={device} onClose={onClose} />;
  if (act === 'dialect') return <DialectDialog device={device} onClose={onClose} />;
  if (act === 'profile') return <ProfileDialog device={device} onClose={onClose} />;
  if (act === 'move') return <MoveDialog device={device} onClose={onClose} />;
  return <ReplaceDialog device={device} onClose={onClose} onMade={onMade} onReplaced={onReplaced} />;
}
