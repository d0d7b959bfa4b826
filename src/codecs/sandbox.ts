import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import {
  newQuickJSWASMModuleFromVariant,
  newVariant,
  type QuickJSContext,
  type QuickJSHandle,
  type QuickJSRuntime,
  type QuickJSSyncVariant,
} from 'quickjs-emscripten-core';
import { brief } from '../lib/brief.ts';
import type { Codec, CodecFault, CodecOutcome, UplinkToDecode } from '../model/codec.ts';
import { bufferScript } from './buffer-script.ts';

/**
 * Runs vendors' codecs in QuickJS, itself in WebAssembly: another engine, in which nothing of this one can be reached, and
 * an instance of it for each codec, so that none reaches another. What a codec may use of time, memory and stack is
 * bounded; what it is given is a copy. All here runs in the thread that calls it, which is the codecs' own
 * (codec-thread.ts), for some of the engine's own loops never look for the end of their time and must be ended from
 * outside.
 */
export interface Sandbox {
  /** Starts an engine, in a millisecond or so. What is wrong with the codec shows when it is asked. */
  open(codec: Pick<Codec, 'source' | 'freshContext'>): Promise<OpenCodec>;
}

export interface OpenCodec {
  /** Never throws. Once it has given `broken` it is of no use any more. */
  decode(uplink: UplinkToDecode): CodecOutcome;
}

/** The time of the processor that a call may take, ms; of published codecs one call in a hundred takes more than 0.4. */
const DEADLINE_MS = 100;
/** The same for the evaluation of the script, once; for one in ten it takes more than 14 ms. */
const LOAD_DEADLINE_MS = 1_000;
const STACK_BYTES_MAX = 256 << 10;
/** What one piece of memory may have at most, which is all that the engine itself looks at. */
const MEMORY_BYTES_MAX = 16 << 20;
const PAGE_BYTES = 65_536;
/** Before a codec has anything the engine has its own stack of 5 MiB, its data, and room, of which little is ever touched. */
const PAGES_FIRST = 256;
/** All that it can ever have: what the engine takes, and the codec's 16 MiB. */
const PAGES_MAX = (8 << 20) / PAGE_BYTES + MEMORY_BYTES_MAX / PAGE_BYTES;
/** Characters of what a codec gives for one uplink; published examples give some thousand at most. */
const ANSWER_LENGTH_MAX = 262_144;

const require = createRequire(import.meta.url);
/** Its types are those of its other form alone. */
const { default: variant }: { readonly default: QuickJSSyncVariant } = require('@jitl/quickjs-wasmfile-release-sync');
const PRELUDE = readFileSync(new URL('./prelude.js', import.meta.url), 'utf8');
const ENTRY = readFileSync(new URL('./entry.js', import.meta.url), 'utf8');
const USES_BUFFER = /\bBuffer\b/;

/** Compiles the engine, once for all codecs. */
export async function startSandbox(): Promise<Sandbox> {
  const wasmModule = await WebAssembly.compile(
    readFileSync(require.resolve('@jitl/quickjs-wasmfile-release-sync/wasm')),
  );
  return {
    async open(codec) {
      const wasmMemory = new WebAssembly.Memory({ initial: PAGES_FIRST, maximum: PAGES_MAX });
      const engine = await newQuickJSWASMModuleFromVariant(newVariant(variant, { wasmModule, wasmMemory }));
      return openCodec(engine.newRuntime(), codec);
    },
  };
}

/** A codec with its globals, ready to be asked. */
interface Loaded {
  readonly context: QuickJSContext;
  readonly call: QuickJSHandle;
  readonly entry: QuickJSHandle;
}

function openCodec(runtime: QuickJSRuntime, codec: Pick<Codec, 'source' | 'freshContext'>): OpenCodec {
  const watch = createStopwatch();
  runtime.setMemoryLimit(MEMORY_BYTES_MAX);
  runtime.setMaxStackSize(STACK_BYTES_MAX);
  runtime.setInterruptHandler(watch.isOver);
  let loaded: Loaded | undefined;

  function load(): Loaded | CodecOutcome {
    const context = runtime.newContext();
    watch.start(LOAD_DEADLINE_MS);
    const evaluate = (script: string, name: string) => context.evalCode(script, name, { type: 'global' });
    if (USES_BUFFER.test(codec.source)) context.unwrapResult(evaluate(bufferScript(), 'buffer.js')).dispose();
    const call = context.unwrapResult(evaluate(PRELUDE, 'prelude.js'));
    const run = evaluate(codec.source, 'codec.js');
    if (run.error !== undefined) return brokenBy(context, run.error, 'load');
    run.value.dispose();
    const entry = evaluate(ENTRY, 'entry.js');
    if (entry.error !== undefined) return brokenBy(context, entry.error, 'load');
    if (context.eq(entry.value, context.null)) return { kind: 'broken', fault: 'load', detail: NO_ENTRY };
    return { context, call, entry: entry.value };
  }

  /** Why a codec can't go on, from what was thrown past all that could catch it. */
  function brokenBy(context: QuickJSContext, error: QuickJSHandle, otherwise: CodecFault): CodecOutcome {
    if (watch.wasOver()) return { kind: 'broken', fault: 'deadline', detail: `longer than ${watch.limitMs()} ms` };
    const [name, message] = wordsOf(context, error);
    return { kind: 'broken', fault: limitIn(message) ?? otherwise, detail: `${name}: ${message}` };
  }

  function unload({ context, call, entry }: Loaded): void {
    entry.dispose();
    call.dispose();
    context.dispose();
    loaded = undefined;
  }

  function ask({ context, call, entry }: Loaded, uplink: UplinkToDecode): CodecOutcome {
    const text = context.newString(jsonOf(uplink));
    watch.start(DEADLINE_MS);
    const result = context.callFunction(call, context.undefined, entry, text);
    text.dispose();
    if (result.error !== undefined) return brokenBy(context, result.error, 'engine');
    const length = lengthOf(context, result.value);
    const answer = length <= ANSWER_LENGTH_MAX ? context.getString(result.value) : undefined;
    result.value.dispose();
    if (answer !== undefined) return outcomeOf(answer);
    return { kind: 'refused', detail: `the codec gave ${length} characters, more than ${ANSWER_LENGTH_MAX}` };
  }

  return {
    decode(uplink) {
      try {
        const found = loaded ?? load();
        if ('kind' in found) return found;
        loaded = found;
        const outcome = ask(found, uplink);
        if (codec.freshContext && outcome.kind !== 'broken') unload(found);
        return outcome;
      } catch (error) {
        // The frames of the engine lie on the stack of this thread as well, and may be too many for it first.
        const fault = error instanceof RangeError ? 'stack' : 'engine';
        return { kind: 'broken', fault, detail: brief(String(error), DETAIL_LENGTH) };
      }
    },
  };
}

function lengthOf(context: QuickJSContext, text: QuickJSHandle): number {
  const length = context.getProp(text, 'length');
  try {
    return context.getNumber(length);
  } finally {
    length.dispose();
  }
}

function jsonOf({ bytes, fPort, recvTimeMs, context }: UplinkToDecode): string {
  const rest = context === undefined ? '' : `,"context":${JSON.stringify(context)}`;
  return `{"bytes":[${bytes.join(',')}],"fPort":${fPort},"recvTimeMs":${recvTimeMs}${rest}}`;
}

const DETAIL_LENGTH = 200;
const NO_ENTRY = 'no function decodeUplink, Decoder or Decode, and no driver.decodeUplink';
const THROWN = '{"thrown":[';
const LIMITS: readonly (readonly [CodecFault, RegExp])[] = [
  ['memory', /^out of memory$/],
  ['stack', /^(stack overflow|Maximum call stack size exceeded)$/],
];

function limitIn(message: string): CodecFault | undefined {
  return LIMITS.find(([, words]) => words.test(message))?.[0];
}

function outcomeOf(answer: string): CodecOutcome {
  if (!answer.startsWith(THROWN)) return { kind: 'decoded', text: answer };
  const { thrown } = JSON.parse(answer) as { thrown: [string, string] };
  const [name, message] = thrown;
  const detail = brief(name === '' ? message : `${name}: ${message}`, DETAIL_LENGTH);
  const fault = limitIn(message);
  return fault === undefined ? { kind: 'refused', detail } : { kind: 'broken', fault, detail };
}

/** Name and message of an error, which a codec may have made, so that nothing is certain of it. */
function wordsOf(context: QuickJSContext, error: QuickJSHandle): [string, string] {
  const dumped: unknown = context.dump(error);
  if (typeof dumped !== 'object' || dumped === null) return ['Error', brief(String(dumped), DETAIL_LENGTH)];
  const { name, message } = dumped as { name?: unknown; message?: unknown };
  return [brief(String(name)), brief(String(message), DETAIL_LENGTH)];
}

/** Measures what the thread has used of the processor, so that nobody is blamed for a machine that has no time. */
function createStopwatch() {
  let limitMs = 0;
  let startedAtUs: number | undefined;
  let isOver = false;
  const usedUs = () => {
    const { user, system } = process.threadCpuUsage();
    return user + system;
  };
  return {
    start(toMs: number): void {
      limitMs = toMs;
      // The engine asks for the first time after some ten thousand steps, and most calls are over by then.
      startedAtUs = undefined;
      isOver = false;
    },
    isOver(): boolean {
      startedAtUs ??= usedUs();
      isOver = usedUs() - startedAtUs >= limitMs * 1_000;
      return isOver;
    },
    wasOver: () => isOver,
    limitMs: () => limitMs,
  };
}
