import type { Level } from '../../model/level.ts';
import { createStore, type Store } from '../live/store.ts';

/**
 * Chimes made by the browser itself, so no file is needed. Each level has its own figure, told apart by rhythm and
 * pitch: one soft tone for blue, two for yellow, three for orange, a fast double alternation for red. The middle
 * frequencies carry best through a busy room (IEC 60601-1-8 puts alarm fundamentals between 150 and 1,000 Hz).
 */
interface Tone {
  readonly atS: number;
  readonly hz: number;
  readonly lengthS: number;
}

const FIGURES: Readonly<Record<Level, readonly Tone[]>> = {
  blue: [{ atS: 0, hz: 523, lengthS: 0.35 }],
  yellow: [
    { atS: 0, hz: 587, lengthS: 0.25 },
    { atS: 0.3, hz: 740, lengthS: 0.3 },
  ],
  orange: [
    { atS: 0, hz: 659, lengthS: 0.18 },
    { atS: 0.24, hz: 659, lengthS: 0.18 },
    { atS: 0.48, hz: 880, lengthS: 0.3 },
  ],
  red: [0, 0.5].flatMap((atS) => [
    { atS, hz: 988, lengthS: 0.11 },
    { atS: atS + 0.13, hz: 740, lengthS: 0.11 },
    { atS: atS + 0.26, hz: 988, lengthS: 0.11 },
  ]),
};

/** A browser plays nothing until the person has touched the page once; `blocked` says so. */
export type SoundState = 'ready' | 'blocked' | 'missing';

export interface Chime {
  readonly state: Store<SoundState>;
  play(level: Level, volume: number): void;
  /** To be called from a click or key: the only moment a browser lets sound begin. */
  unlock(): void;
}

export function createChime(): Chime {
  const state = createStore<SoundState>('AudioContext' in window ? 'blocked' : 'missing');
  let context: AudioContext | null = null;

  function ensure(): AudioContext | null {
    if (state.get() === 'missing') return null;
    if (context === null) {
      context = new AudioContext();
      const update = () => state.set(context?.state === 'running' ? 'ready' : 'blocked');
      context.addEventListener('statechange', update);
      update();
    }
    return context;
  }

  return {
    state,
    play(level, volume) {
      const audio = ensure();
      if (audio === null || audio.state !== 'running') return;
      const startS = audio.currentTime + 0.02;
      for (const { atS, hz, lengthS } of FIGURES[level]) {
        const oscillator = audio.createOscillator();
        const gain = audio.createGain();
        oscillator.type = 'triangle';
        oscillator.frequency.value = hz;
        gain.gain.setValueAtTime(0, startS + atS);
        gain.gain.linearRampToValueAtTime(volume, startS + atS + 0.012);
        gain.gain.setValueAtTime(volume, startS + atS + lengthS - 0.05);
        gain.gain.linearRampToValueAtTime(0, startS + atS + lengthS);
        oscillator.connect(gain).connect(audio.destination);
        oscillator.start(startS + atS);
        oscillator.stop(startS + atS + lengthS);
      }
    },
    unlock() {
      void ensure()?.resume();
    },
  };
}
