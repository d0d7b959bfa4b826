import { parentPort, workerData } from 'node:worker_threads';
import type { CodecOutcome, UplinkToDecode } from '../model/codec.ts';
import type { CodecQuestion, CodecThreadSettings } from './codec-protocol.ts';
import { type OpenCodec, startSandbox } from './sandbox.ts';

/**
 * The thread that codecs run in, and nothing else. Where one does not come back it is ended with it; whoever asked knows by
 * `at` which one that was, and starts another.
 */

// A codec that computes with local times must say the same on every server: here they are UTC.
Date.prototype.getTimezoneOffset = () => 0;

const { at } = workerData as CodecThreadSettings;
const sandbox = await startSandbox();

interface Kept {
  readonly codec: CodecQuestion['load'][number];
  open: OpenCodec | undefined;
  /** Uplinks that it has answered since it was opened. */
  answered: number;
}
const kept = new Map<number, Kept>();

async function decode(one: Kept, uplink: UplinkToDecode): Promise<CodecOutcome> {
  one.open ??= await sandbox.open(one.codec);
  const outcome = one.open.decode(uplink);
  if (outcome.kind !== 'broken') {
    one.answered++;
    return outcome;
  }
  const isWorn = one.answered > 0;
  one.open = undefined;
  one.answered = 0;
  // What it has gathered in thousands of calls may be what was too much, and nothing that this uplink does.
  return isWorn ? decode(one, uplink) : outcome;
}

async function answer({ load, unload, uplinks }: CodecQuestion): Promise<void> {
  for (const id of unload) kept.delete(id);
  for (const codec of load) kept.set(codec.id, { codec, open: undefined, answered: 0 });
  const outcomes: CodecOutcome[] = [];
  /** A codec that was found out is not tried on all that waits for it: others wait behind it. */
  const broken = new Map<number, CodecOutcome>();
  for (const [index, uplink] of uplinks.entries()) {
    Atomics.store(at, 0, index);
    const one = kept.get(uplink.codec);
    if (one === undefined) throw new Error(`codec ${uplink.codec} was never loaded`);
    const outcome = broken.get(uplink.codec) ?? (await decode(one, uplink));
    if (outcome.kind === 'broken') broken.set(uplink.codec, outcome);
    outcomes.push(outcome);
  }
  parentPort?.postMessage(outcomes);
}

parentPort?.on('message', (question: CodecQuestion) => void answer(question));
