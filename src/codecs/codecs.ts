import type { Clock } from '../lib/clock.ts';
import { type AskedThread, startAskedThread } from '../lib/thread.ts';
import type { Codec, CodecOutcome, UplinkToDecode } from '../model/codec.ts';
import type { CodecAnswers, CodecQuestion, CodecThreadSettings } from './codec-protocol.ts';

/** An uplink, and the codec of its device's profile: the same object as long as it is the same codec. */
export interface CodecUplink {
  readonly codec: Codec;
  readonly uplink: UplinkToDecode;
}

/** Vendors' codecs, in a thread of their own. */
export interface Codecs {
  /** One at a time; the outcomes in the order of the uplinks. Rejects once it was closed, and when the engine can't start. */
  decode(uplinks: readonly CodecUplink[]): Promise<CodecOutcome[]>;
  close(): Promise<void>;
}

export interface CodecsOptions {
  readonly clock: Clock;
  /** A call that takes longer stands where its deadline does not reach, ms. */
  readonly stuckAfterMs?: number;
}

/** A hundred times the deadline, which is of the processor's time, so that a machine without any is not taken for it. */
const STUCK_AFTER_MS = 10_000;
const LOOKS = 4;
/** Codecs that are kept ready; each takes some 400 KB. */
const OPEN_MAX = 200;
/** What a thread is at before it has begun with a question. */
const NOT_BEGUN = -1;
/** The engine's frames lie on the thread's stack as well, and its own limit must be met first. */
const THREAD_STACK_MB = 16;

interface Thread {
  readonly asked: AskedThread<CodecQuestion, CodecAnswers>;
  /** Which uplink of the question it is at. */
  readonly at: Int32Array;
  /** The numbers of the codecs that it has, the one used last behind the others. */
  readonly ids: Map<Codec, number>;
}

export function createCodecs({ clock, stuckAfterMs = STUCK_AFTER_MS }: CodecsOptions): Codecs {
  let thread: Thread | undefined;
  let isClosed = false;
  let nextId = 1;

  function start(): Thread {
    const at = new Int32Array(new SharedArrayBuffer(4));
    const settings: CodecThreadSettings = { at };
    const asked = startAskedThread<CodecQuestion, CodecAnswers>(new URL('./codec-thread.ts', import.meta.url), {
      workerData: settings,
      resourceLimits: { stackSizeMb: THREAD_STACK_MB },
    });
    return { asked, at, ids: new Map() };
  }

  function questionOf({ ids }: Thread, uplinks: readonly CodecUplink[]): CodecQuestion {
    const load: { id: number; source: string; freshContext: boolean }[] = [];
    const numbered = uplinks.map(({ codec, uplink: { fPort, bytes, recvTimeMs, context } }) => {
      let id = ids.get(codec);
      if (id === undefined) {
        id = nextId++;
        load.push({ id, source: codec.source, freshContext: codec.freshContext });
      } else ids.delete(codec);
      ids.set(codec, id);
      // What views a larger buffer would take the whole of it along.
      return { codec: id, fPort, bytes: Uint8Array.from(bytes), recvTimeMs, context };
    });
    const used = new Set(numbered.map(({ codec }) => codec));
    const unload = [...ids]
      .slice(0, Math.max(0, ids.size - OPEN_MAX))
      .flatMap(([codec, id]) => (used.has(id) || !ids.delete(codec) ? [] : [id]));
    return { load, unload, uplinks: numbered };
  }

  /** Ends a thread that has been at one uplink for too long. */
  function watch({ asked, at }: Thread): () => void {
    let sinceMs = clock.steadyMs();
    let index = Atomics.load(at, 0);
    return clock.every(stuckAfterMs / LOOKS, () => {
      const present = Atomics.load(at, 0);
      // A machine without any time may take long to start an engine, and that ends by itself.
      if (present !== index || present === NOT_BEGUN) {
        index = present;
        sinceMs = clock.steadyMs();
      } else if (clock.steadyMs() - sinceMs >= stuckAfterMs) void asked.end();
    });
  }

  /** The outcomes, or where the thread ended in the midst of them. */
  async function ask(uplinks: readonly CodecUplink[]): Promise<CodecAnswers | { readonly endedAt: number }> {
    thread ??= start();
    const present = thread;
    Atomics.store(present.at, 0, NOT_BEGUN);
    const unwatch = watch(present);
    try {
      return await present.asked.ask(questionOf(present, uplinks));
    } catch (error) {
      if (isClosed) throw error;
      thread = undefined;
      await present.asked.end();
      const endedAt = Atomics.load(present.at, 0);
      // No codec is to blame for an engine that does not start.
      if (endedAt === NOT_BEGUN) throw error;
      return { endedAt };
    } finally {
      unwatch();
    }
  }

  return {
    async decode(uplinks) {
      if (isClosed) throw new Error('the codecs are closed');
      const outcomes: CodecOutcome[] = [];
      let rest = uplinks;
      while (rest.length > 0) {
        const answer = await ask(rest);
        if (!('endedAt' in answer)) {
          outcomes.push(...answer);
          break;
        }
        const { endedAt } = answer;
        // What it had answered before is lost with it.
        if (endedAt > 0) outcomes.push(...(await this.decode(rest.slice(0, endedAt))));
        outcomes.push({ kind: 'broken', fault: 'engine', detail: 'the engine did not come back from it' });
        rest = rest.slice(endedAt + 1);
      }
      return outcomes;
    },

    async close() {
      isClosed = true;
      await thread?.asked.end();
    },
  };
}
