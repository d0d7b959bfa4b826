import { setTimeout as sleep } from 'node:timers/promises';
import { type Command, InvalidArgumentError } from 'commander';
import type { WatchedMessage } from '../wire/devices.ts';
import type { AddCommand, CliContext } from './context.ts';
import { readingsText, unreadText } from './readings-text.ts';
import { onServer } from './server-command.ts';

interface WatchOptions {
  readonly count?: number;
  readonly json?: boolean;
}

const ASK_EVERY_MS = 1_000;

/** `device watch ID`: its messages as they come, beside what was read of each. */
export function addDeviceWatch(device: Command, context: CliContext, finish: Parameters<AddCommand>[2]): void {
  onServer<WatchOptions>(
    device
      .command('watch <id>')
      .description(
        'the messages of a device as they come, and what was read of each, until Ctrl-C; JSON is a line each',
      )
      .option('--count <n>', 'end after so many', wholeNumber),
    context,
    finish,
    async (server, { count = Number.POSITIVE_INFINITY, json = false }, [id = '']) => {
      let shown = 0;
      let last = 0;
      let heldFor = 0;
      for (;;) {
        const { messages } = (await server.call('GET /devices/{id}/messages', { path: { id } })).body;
        // The server counts anew once nobody has asked for some minutes, and after a start.
        if ((messages[0]?.number ?? last) < last) last = 0;
        for (const message of messages.toReversed()) {
          const { number, waiting } = message;
          if (number <= last) continue;
          // What is with the codec is read in a moment; of one that is switched off it is not.
          if (waiting && heldFor !== number) {
            heldFor = number;
            break;
          }
          const missed = last === 0 ? 0 : number - last - 1;
          if (missed > 0 && !json) context.stdout(`… ${missed} more came in between\n\n`);
          context.stdout(json ? `${JSON.stringify(message)}\n` : `${messageText(message)}\n`);
          last = number;
          shown++;
          if (shown >= count) return 0;
        }
        await sleep(ASK_EVERY_MS);
      }
    },
  );
}

function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('a whole number from 1 on');
  return Number(text);
}

function messageText(message: WatchedMessage): string {
  const { receivedAt, topic, format, payload, payloadBase64, payloadBytes, readings, readingCount } = message;
  const { waiting, rejection } = message;
  const bytes = payloadBase64 === null ? payload : Buffer.from(payloadBase64, 'base64').toString('hex');
  const isCut = (payloadBase64 === null ? Buffer.byteLength(payload) : bytes.length / 2) < payloadBytes;
  return [
    `${new Date(receivedAt).toISOString()} ${topic} (${format}, ${payloadBytes} bytes${isCut ? ', the first of them' : ''})\n`,
    `${bytes}\n`,
    readingsText(readings, readingCount),
    waiting ? 'waits for the codec\n' : '',
    unreadText(rejection),
    readings.length === 0 && !waiting && rejection === null ? 'no readings\n' : '',
  ].join('');
}
