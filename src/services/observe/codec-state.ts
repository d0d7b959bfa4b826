import type { CodecFollower } from '../../codecs/follower.ts';
import type { Registry } from '../../registry/registry.ts';

/** How the decoding of uplinks is. */
export interface CodecState {
  readonly codecs: number;
  /** Kinds of device whose codec is switched off, and why. */
  readonly off: readonly { readonly profile: string; readonly detail: string }[];
  readonly decoded: number;
  readonly refused: number;
  readonly waiting: number;
}

/** How the decoding of uplinks is; undefined where no kind of device has a codec. */
export function codecStateOf(
  registry: Pick<Registry, 'profiles'>,
  follower: Pick<CodecFollower, 'off' | 'stats'>,
): CodecState | undefined {
  const profiles = registry.profiles().filter(({ codec }) => codec !== undefined);
  if (profiles.length === 0) return undefined;
  const off = profiles.flatMap(({ id }) => {
    const found = follower.off(id);
    return found === undefined ? [] : [{ profile: id, detail: found.fault }];
  });
  return { codecs: profiles.length, off, ...follower.stats() };
}
