import { lazy, type ReactNode, Suspense, useState } from 'react';
import { useStale } from '../api/asked.ts';
import { patiently } from '../ui/patiently.ts';
import type { MadeDevice } from './SecretDialog.tsx';
import type { Device } from './types.ts';
import { useDrawSecret } from './useDrawSecret.ts';
import { useTakeOut } from './useTakeOut.ts';

const DeviceActs = lazy(patiently(() => import('./DeviceActs.tsx')));
const SecretDialog = lazy(patiently(() => import('./SecretDialog.tsx')));

interface Options {
  /** The device is there no more, and which one has taken its place. */
  readonly onGone?: (next: string | undefined) => void;
}

/** Acts on devices as their menu names them, and the dialogs that are open for one. */
export function useDeviceActs({ onGone }: Options = {}): {
  readonly act: (device: Device, key: string) => void;
  readonly dialogs: ReactNode;
} {
  const stale = useStale();
  const [made, setMade] = useState<MadeDevice | null>(null);
  const [acting, setActing] = useState<{ readonly device: Device; readonly act: string } | null>(null);
  const askNewSecret = useDrawSecret(setMade);
  const askTakeOut = useTakeOut(() => onGone?.(undefined));

  const close = () => {
    setMade(null);
    void stale('GET /devices', 'GET /refused-names');
  };
  return {
    act(device, key) {
      if (key === 'secret') void askNewSecret(device.id, device.profile);
      else if (key === 'out') void askTakeOut(device);
      else setActing({ device, act: key });
    },
    dialogs: (
      <Suspense>
        {acting !== null && (
          <DeviceActs {...acting} onClose={() => setActing(null)} onMade={setMade} onReplaced={onGone} />
        )}
        {made !== null && <SecretDialog device={made} onClose={close} />}
      </Suspense>
    ),
  };
}
