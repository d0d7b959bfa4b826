import { z } from 'zod';
import { messageOf } from '../../lib/errors.ts';
import { idSchema } from '../../model/names.ts';
import { MINUTE_MS } from '../../model/time.ts';
import type { ChannelType, Edge, OpenChannel } from '../channel.ts';
import { fieldsOf, parsedJson, textOf } from './answers.ts';
import { oneForm } from './escape.ts';
import { fitted, utf8Bytes } from './length.ts';
import { bodyBesideItems } from './said.ts';
import { wordsOf } from './words.ts';

/**
 * Sirens and signs on the broker itself: a command at `commands/{device}`, QoS 1 and not retained, for a siren that comes
 * back must not sound for what was hours ago; and `states/{device}`, where it says that it sounds, which is the proof.
 */
const settingsSchema = z
  .object({
    /** The siren or sign, a device of the site, so that it has a login and is watched as one. */
    device: idSchema,
    /** json: what is to be said, with its id. plain: one word, for a relay, which then knows of no end. */
    form: z.enum(['json', 'plain']).default('json'),
    /** How long it is to sound, s. */
    seconds: z.int().min(1).max(3_600).default(60),
    /** The word of the plain form, and what the state then says. */
    on: z.string().min(1).max(64).default('ON'),
  })
  .strict();
type Settings = z.output<typeof settingsSchema>;

const TEXT_BYTES_MAX = 4_096;
/** A state that names no command belongs to the last one, if that was not long ago. */
const UNNAMED_MS = MINUTE_MS;
const PENDING_MAX = 256;

/** What a siren says when it does as it is told. */
const SOUNDING = new Set(['on', 'sounding', 'shown', 'true', '1']);

interface Command {
  readonly id: string;
  /** `show`: how it stands now, such as that somebody has taken it; nothing sounds for it. */
  readonly do: 'sound' | 'show' | 'clear';
  readonly alerts: readonly string[];
  /** Those of `alerts` that are over. */
  readonly cleared: readonly string[];
  readonly level: string | null;
  readonly title: string;
  readonly text: string;
  readonly seconds: number;
}

const DOES = { alarm: 'sound', news: 'show', over: 'clear' } as const;

export const mqtt: ChannelType<Settings> = {
  kind: 'mqtt',
  settings: settingsSchema,
  secrets: [],
  proof: 'delivered',
  reaches: 'group',
  budget: () => ({
    windows: [{ count: 60, perMs: MINUTE_MS, keptForRed: 10 }],
    perRecipient: [],
    recipientsMax: 64,
    crowdedMinutes: [],
  }),
  compose(notice, _to, { seconds }) {
    const isList = notice.items.length > 1;
    const fit = fitted({
      head: [oneForm(bodyBesideItems(notice))],
      items: isList ? notice.items.map(({ alert, text }) => ({ alert, line: oneForm(text) })) : [],
      foot: [],
      more: wordsOf(notice).more,
      most: TEXT_BYTES_MAX,
      measure: utf8Bytes,
    });
    const body: Command = {
      id: notice.id,
      do: DOES[notice.tone],
      // Their ids are few bytes: all of them are named, whatever the text of a sign leaves out.
      alerts: notice.items.map(({ alert }) => alert),
      cleared: notice.items.flatMap(({ alert, isOver }) => (isOver ? alert : [])),
      level: notice.level,
      title: oneForm(notice.title),
      text: fit.text,
      seconds,
    };
    return { body, alerts: body.alerts, leftOut: 0 };
  },
  open: openSiren,
};

function openSiren({ device, form, on }: Settings, edge: Edge): OpenChannel {
  /** Commands that are not answered, oldest first. */
  let pending: { readonly id: string; readonly atMs: number }[] = [];

  const end = edge.subscribe(`states/${device}`, (payload) => {
    const heard = readState(payload, on);
    if (heard === undefined) return;
    const now = edge.nowMs();
    const command =
      heard.id === null
        ? pending.findLast(({ atMs }) => now - atMs <= UNNAMED_MS)
        : pending.find(({ id }) => id === heard.id);
    if (command === undefined) return;
    pending = pending.filter(({ id }) => id !== command.id);
    edge.onProof({ state: 'delivered', ref: command.id, phone: null, text: null, atMs: now, words: heard.words });
  });

  return {
    async send({ body }) {
      const command = body as Command;
      // A relay that hears one word would sound for whatever it is told, and does so for a time of its own.
      const isSaid = form === 'json' || command.do === 'sound';
      pending = [...pending.filter(({ id }) => id !== command.id), { id: command.id, atMs: edge.nowMs() }].slice(
        -PENDING_MAX,
      );
      try {
        if (isSaid)
          await edge.publish(`commands/${device}`, form === 'json' ? JSON.stringify(command) : on, { retain: false });
      } catch (error) {
        return { state: 'later', why: 'no-answer', afterMs: null, words: messageOf(error), clockOffsetMs: null };
      }
      const words = isSaid ? `commands/${device}` : 'a relay is told of alarms alone';
      return { state: 'accepted', refs: [command.id], words, clockOffsetMs: null };
    },
    close: end,
  };
}

/** `{"state": "sounding", "id": …}` or one word. Undefined for what is no proof: off, fault, anything else. */
function readState(payload: string, on: string): { readonly id: string | null; readonly words: string } | undefined {
  const fields = fieldsOf(parsedJson(payload));
  const state = fields === undefined ? payload.trim() : (textOf(fields.state) ?? String(fields.state ?? ''));
  const isOn = SOUNDING.has(state.toLowerCase()) || state === on;
  return isOn ? { id: textOf(fields?.id), words: `states: ${state}` } : undefined;
}
