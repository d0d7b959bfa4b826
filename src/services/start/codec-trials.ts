import { createCodecs } from '../../codecs/codecs.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Codec, CodecOutcome, UplinkToDecode } from '../../model/codec.ts';

/**
 * Codecs for people who try a message, in a thread of their own that starts with the first: what hangs in it holds up no
 * device's frames. One message after the other.
 */
export function createCodecTrials(clock: Clock) {
  const codecs = createCodecs({ clock });
  let last: Promise<unknown> = Promise.resolve();
  return {
    decode(codec: Codec, uplink: UplinkToDecode): Promise<CodecOutcome> {
      const asked = last.then(async (): Promise<CodecOutcome> => {
        const [outcome] = await codecs.decode([{ codec, uplink }]);
        return outcome ?? { kind: 'refused', detail: 'the codec gave no answer' };
      });
      last = asked.catch(() => undefined);
      return asked;
    },
    close: codecs.close,
  };
}
