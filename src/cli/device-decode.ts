import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { isText } from '../lib/shown-payload.ts';
import type { Trials } from '../wire/trial.ts';
import { type AddCommand, type CliContext, show, UsageError } from './context.ts';
import { readingsText, unreadText } from './readings-text.ts';
import { onServer } from './server-command.ts';

interface DecodeOptions {
  readonly profile?: string;
  readonly topic?: string;
  readonly hex?: boolean;
  readonly json?: boolean;
}

type Trial = Trials['trials'][number];

/** Profiles that are named when a message is tried for all of them; the rest read nothing that these don't. */
const GUESSES_SHOWN = 3;

/** `device decode FILE`: what a message yields, and why not. */
export function addDeviceDecode(device: Command, context: CliContext, finish: Parameters<AddCommand>[2]): void {
  onServer<DecodeOptions>(
    device
      .command('decode <file>')
      .description('what a message yields and why not; nothing of it is kept. FILE is its payload, - standard input')
      .option('--profile <profile>', 'the kind of device; left out: all are tried, the likeliest comes first')
      .option('--topic <topic>', 'the topic it comes on; left out: every form that is known is tried')
      .option('--hex', 'FILE holds the bytes in hexadecimal, blanks between them or not'),
    context,
    finish,
    async (server, { profile, topic, hex, ...options }, [file = '']) => {
      const payload = file === '-' ? Buffer.from(await context.stdin()) : fileBytes(file);
      const isPlain = hex !== true && isText(payload);
      const { trials } = (
        await server.call('POST /trials', {
          body: {
            ...(profile === undefined ? {} : { profile }),
            ...(topic === undefined ? {} : { topic }),
            payload: isPlain || hex === true ? payload.toString() : payload.toString('base64'),
            encoding: hex === true ? 'hex' : isPlain ? 'text' : 'base64',
          },
        })
      ).body;
      const shown = profile === undefined ? trials.filter(isLike).slice(0, GUESSES_SHOWN) : trials;
      const text = shown.length === 0 ? `No kind of device reads it${why(trials)}.\n` : shown.map(trialText).join('\n');
      show(context, options, { trials }, text);
      return shown.some(({ devices }) => devices.some(({ readingCount }) => readingCount > 0)) ? 0 : 1;
    },
  );
}

function fileBytes(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new UsageError(`${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

const isLike = ({ likeness }: Trial): boolean => likeness > 0;

/** The reason that most profiles give, where all have read nothing. */
function why(trials: readonly Trial[]): string {
  if (trials.length > 0 && trials.every(({ format }) => format === null))
    return ': messages of this topic are not read';
  const reasons = trials.flatMap(({ rejection, devices }) => [rejection, ...devices.map((one) => one.rejection)]);
  const first = reasons.find((reason) => reason !== null);
  return first === undefined || first === null ? '' : `: ${first.reason}, ${first.detail}`;
}

function trialText({ profile, format, devices, rejection }: Trial): string {
  if (format === null) return `${profile}: messages of this topic are not read for such a device\n`;
  const parts = devices.map(({ ids, readings, readingCount, rejection: unread, unused }) => {
    const whose = ids.length === 0 ? 'names no device' : `of ${ids.join(' or ')}`;
    const read = readings.length === 0 ? 'no readings\n' : readingsText(readings, readingCount);
    const others = unused.map(({ name, value }) => `${name} ${String(value)}`).join(', ');
    return `${whose}\n${read}${unreadText(unread)}${others === '' ? '' : `not in the profile: ${others}\n`}`;
  });
  return `${profile} (${format})\n${parts.join('\n')}${unreadText(rejection)}`;
}
