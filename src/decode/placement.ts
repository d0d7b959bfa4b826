import type { UplinkEntry } from '../model/entry.ts';
import type { Decoded } from '../model/format.ts';
import { LATE, type Marks, type Reading, type Value } from '../model/reading.ts';
import type { Sequencer } from '../model/sequence.ts';
import type { DeviceMessage } from '../model/source.ts';
import { type DeviceIntake, deliveryOf, standsStill } from './device-intake.ts';
import { type ClockWatch, UNTIMED_MS } from './set-back.ts';
import { markValueless } from './valueless.ts';

/** Puts what was read where it belongs in time. */
export interface Placement {
  /** Of a message: where its device's clock and its earlier messages say. `beforeMs`: when the device was heard before. */
  place(
    intake: DeviceIntake,
    message: DeviceMessage,
    decoded: Decoded,
    receivedAtMs: number,
    beforeMs: number,
  ): readonly Reading[];
  /** Of what bears the network's time: no clock of the device's has to be found out. */
  placeDecoded(intake: DeviceIntake, uplink: UplinkEntry, decoded: Decoded): void;
}

export interface PlacementOptions {
  readonly clocks: ClockWatch;
  readonly sequencer: Sequencer;
  /** The time of the newest reading of a series that was evaluated, ms; undefined when there is none. */
  readonly newestMs: (series: number) => number | undefined;
}

export function createPlacement({ clocks, sequencer, newestMs: newestOf }: PlacementOptions): Placement {
  /** Whether each reading of the present message bears no time of its own. Used again and again. */
  const untimed: boolean[] = [];
  const isUntimed = (index: number): boolean => untimed[index] === true;
  /** Whether a reading of the present message has no value. */
  let lacksValue = false;

  /** Makes whole milliseconds of the times; notes which readings bear no time of their own, and tells if all do not. */
  function takeUntimed(readings: readonly Reading[]): boolean {
    let areAll = true;
    lacksValue = false;
    for (let i = 0; i < readings.length; i++) {
      // Decoding has just made them, and nobody else has them yet.
      const reading = readings[i] as { tsMs: number; readonly value: Value };
      if (reading.value === null) lacksValue = true;
      const tsMs = Math.floor(reading.tsMs);
      const isUntimed = tsMs !== reading.tsMs;
      untimed[i] = isUntimed;
      if (isUntimed) reading.tsMs = tsMs;
      else areAll = false;
    }
    return areAll;
  }

  return {
    place(intake: DeviceIntake, message: DeviceMessage, decoded: Decoded, receivedAtMs: number, beforeMs: number) {
      const { readings: found, clockAheadMs } = decoded;
      const areAllUntimed = takeUntimed(found);
      let readings = found as Reading[];
      const newestMs = readings.at(-1)?.tsMs;
      if (newestMs !== undefined) {
        const isHistory = decoded.isHistory === true;
        const placed = isHistory ? found : clocks.placed(intake, intake.reportEveryMs, readings, receivedAtMs);
        if (placed !== readings) {
          // They may stand in another order now.
          readings = [...placed];
          takeUntimed(readings);
          if (areAllUntimed) untimed.fill(true);
        }
        if (lacksValue) markValueless(readings, intake.reportEveryMs, newestOf);
        if (!isHistory) {
          const isStill = standsStill(intake, newestMs, beforeMs, receivedAtMs);
          intake.clockSkewed = clockAheadMs !== 0 || intake.odd?.isBehind === true || isStill;
          intake.clockOffsetMs = clockAheadMs !== 0 ? Math.round(clockAheadMs + UNTIMED_MS) : newestMs - receivedAtMs;
        }
        sequencer.place(readings, isUntimed, deliveryOf(intake, message));
      }
      return readings;
    },

    placeDecoded(intake: DeviceIntake, uplink: UplinkEntry, { readings, clockAheadMs }: Decoded): void {
      const newestMs = readings.at(-1)?.tsMs;
      if (newestMs === undefined) return;
      takeUntimed(readings);
      const found = readings as Reading[];
      if (lacksValue) markValueless(found, intake.reportEveryMs, newestOf);
      intake.clockSkewed = clockAheadMs !== 0;
      intake.clockOffsetMs = Math.floor(newestMs) - uplink.receivedAtMs;
      intake.delivery = { mayBeRepeated: uplink.again !== null, run: intake.delivery.run + 1 };
      sequencer.place(found, isUntimed, intake.delivery);
      if (uplink.again === null) return;
      // What waited in quarantine is history by now, and says nothing of what is.
      for (const reading of found as { marks: Marks }[]) reading.marks |= LATE;
    },
  };
}
