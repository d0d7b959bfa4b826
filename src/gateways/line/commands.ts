import type { Clock } from '../../lib/clock.ts';
import { createRecent } from '../../lib/recent.ts';
import type { Commandable, CommandNews, DeviceCommand, NotTold } from '../../model/device-command.ts';
import type { DeviceRecord } from '../../model/registry.ts';
import type { LineProtocol, Reply, Talk, TalkContext } from './protocol.ts';
import type { Speaker } from './speaker.ts';

/** What devices are told over their lines, one thing at a time each, and what they say to it. */
export interface Commands {
  /** Tells a device something; `on` hears what becomes of it, never before this has returned. */
  tell(device: string, command: DeviceCommand, on: (news: CommandNews) => void): NotTold | undefined;
  /** What a device can be told now; undefined where it does not speak. */
  commandable(device: string): Commandable | undefined;
  /** A device speaks under an address; what it is told from now on goes there. */
  speaks(device: string, address: string, speaker: Speaker): void;
  /** Whether a device was told something, and what it says may be a reply to it. */
  awaits(device: string): boolean;
  heard(device: string, reply: Reply): void;
  /** Nothing more can be said to devices over one who is gone. */
  gone(devices: Iterable<string>, speaker: Speaker): void;
  close(): void;
}

export interface CommandsOptions {
  readonly clock: Pick<Clock, 'nowMs' | 'after'>;
  readonly protocol: Pick<LineProtocol, 'commandable' | 'partOf'>;
  readonly talk: Talk;
  readonly device: (id: string) => DeviceRecord | undefined;
}

/** A device says within so long that it has a command, or is told again, so often (8.2.3 of GB/T 26875.3-2011). */
const REPLY_WITHIN_MS = 10_000;
const REPEATS = 3;
/** Devices that speak are remembered up to this; one that is not speaks again. */
const SPEAKING_MAX = 10_000;
const MINUTE_MS = 60_000;

interface Speaking {
  readonly address: string;
  readonly speaker: Speaker;
}

/** Something that a device was told and has not replied to. */
interface Pending {
  readonly command: DeviceCommand;
  readonly keys: readonly string[];
  readonly on: (news: CommandNews) => void;
  cancel: () => void;
}

export function createCommands({ clock, protocol, talk, device: recordOf }: CommandsOptions): Commands {
  const speaking = createRecent<Speaking>(SPEAKING_MAX);
  const pending = new Map<string, Pending>();
  /** Guard checks that a device has, and nobody has answered. */
  const guards = new Map<string, Pick<Pending, 'on' | 'cancel'>>();

  const context = (): TalkContext => ({
    nowMs: clock.nowMs(),
    dialectOf(devices) {
      for (const id of devices) {
        const record = recordOf(id);
        if (record !== undefined) return record.protocol;
      }
      return undefined;
    },
  });

  /** The device that speaks for one, which is itself, or what it is a part of. */
  function speakerOf(
    device: string,
  ): { readonly id: string; readonly found: Speaking; readonly place?: string } | undefined {
    const part = protocol.partOf?.(device);
    for (const id of [device, ...(part?.devices ?? [])]) {
      const found = speaking.get(id);
      if (found?.speaker.isOpen() === true) return { id, found, ...(id === device ? {} : { place: part?.place }) };
    }
    return undefined;
  }

  function end(id: string, news: CommandNews): void {
    const ended = pending.get(id);
    if (ended === undefined) return;
    pending.delete(id);
    ended.cancel();
    ended.on(news);
  }

  function awaitAnswer(id: string, { on, command }: Pending): void {
    if (command.kind !== 'guard-check') return;
    guards.get(id)?.cancel();
    const cancel = clock.after(command.withinMinutes * MINUTE_MS, () => {
      guards.delete(id);
      on({ kind: 'unanswered' });
    });
    guards.set(id, { on, cancel });
  }

  function replied(id: string, reply: Exclude<Reply, { kind: 'guard' }>): void {
    const told = pending.get(id);
    if (told === undefined || !told.keys.includes(reply.key)) return;
    if (reply.kind === 'answered') return end(id, { kind: 'answered', answers: reply.answers });
    const isRead = told.command.kind === 'read';
    if (reply.kind === 'begun' || (reply.kind === 'confirmed' && isRead)) {
      // It is not told again, and what comes of it is waited for as long as for a reply.
      told.cancel();
      told.cancel = clock.after(REPLY_WITHIN_MS, () => end(id, { kind: isRead ? 'no-reply' : 'confirmed' }));
      return;
    }
    end(id, { kind: reply.kind });
    if (reply.kind === 'confirmed') awaitAnswer(id, told);
  }

  return {
    tell(device, command, on) {
      const to = speakerOf(device);
      if (to === undefined) return 'not-connected';
      const { id, found, place } = to;
      if (pending.has(id) || (command.kind === 'guard-check' && guards.has(id))) return 'under-way';
      const placed = command.kind === 'read' && place !== undefined ? { ...command, place } : command;
      const told = talk.tell?.(found.address, placed, context());
      if (told === undefined) return 'not-spoken';
      const say = (repeats: number): void => {
        // It may have connected anew since.
        const now = speaking.get(id);
        if (now?.speaker.isOpen() === true) now.speaker.answer([told.bytes]);
        own.cancel = clock.after(REPLY_WITHIN_MS, () =>
          repeats === 0 ? end(id, { kind: 'no-reply' }) : say(repeats - 1),
        );
      };
      const own: Pending = { command, keys: told.keys, on, cancel: () => {} };
      pending.set(id, own);
      say(REPEATS);
      return undefined;
    },

    commandable: (device) => (speakerOf(device) === undefined ? undefined : protocol.commandable?.(device)),

    speaks(device, address, speaker) {
      const known = speaking.get(device);
      if (known?.speaker !== speaker || known.address !== address) speaking.put(device, { address, speaker });
    },

    awaits: (device) => pending.has(device) || guards.has(device),

    heard(device, reply) {
      if (reply.kind !== 'guard') return replied(device, reply);
      const news = { kind: 'answered', answers: [reply.answer] } as const;
      // That it has the check may have been lost on the way.
      if (pending.get(device)?.command.kind === 'guard-check') return end(device, news);
      const asked = guards.get(device);
      guards.delete(device);
      asked?.cancel();
      asked?.on(news);
    },

    gone(devices, speaker) {
      for (const device of devices) if (speaking.get(device)?.speaker === speaker) speaking.delete(device);
    },

    close() {
      for (const { cancel } of [...pending.values(), ...guards.values()]) cancel();
      pending.clear();
      guards.clear();
    },
  };
}
