import type { Composed, Edge, HttpAnswer, Notice, OpenChannel, Outcome } from '../channel.ts';
import { chatText, oneLine } from './escape.ts';
import { fitted, type Measure, utf8Bytes } from './length.ts';
import { bodyBesideItems } from './said.ts';
import { wordsOf } from './words.ts';

/** What the robots of group chats share: one message reaches everybody behind it, and none of them tells who has read it. */

/** The lines of a notice, escaped by `text`, cut to `most`. A single alert is what title and body tell of. */
export function chatLines(
  notice: Notice,
  form: {
    readonly title: (title: string) => string;
    readonly text?: (text: string) => string;
    readonly foot: readonly string[];
    readonly most: number;
    readonly measure?: Measure;
  },
): ReturnType<typeof fitted> {
  const { title, text = chatText, foot, most, measure = utf8Bytes } = form;
  const isList = notice.items.length > 1;
  const fit = fitted({
    head: [title(text(oneLine(notice.title))), text(bodyBesideItems(notice))],
    items: isList ? notice.items.map((item) => ({ alert: item.alert, line: `· ${text(oneLine(item.text))}` })) : [],
    foot,
    more: (count) => wordsOf(notice).more(count),
    most,
    measure,
  });
  return isList ? fit : { ...fit, alerts: notice.items.map(({ alert }) => alert) };
}

/** A link as it stands in plain text, in the foot or where a template puts it. */
const BARE_LINK = /https?:\/\/\S+/g;
const NAMED_LINK = /\[([^\]]*)\]\([^)]*\)/g;
const COLOUR = /<\/?font[^>]*>/g;
const STRONG = /\*\*/g;
const HEADING = /^#+ /gm;

/** What a robot shows of the Markdown or the text that `chatLines` made: what people wrote has no sign of form left in it. */
export function withoutForm(text: string): string {
  return text
    .replace(NAMED_LINK, '$1')
    .replace(BARE_LINK, '')
    .replace(COLOUR, '')
    .replace(STRONG, '')
    .replace(HEADING, '')
    .replace(/\n{2,}/g, '\n')
    .trim();
}

/** Sends JSON to a robot and reads its answer. The address is made when it is sent, for signatures grow old. */
export async function sendJson(
  edge: Edge,
  url: string,
  body: unknown,
  classify: (answer: HttpAnswer) => Outcome,
): Promise<Outcome> {
  const headers = { 'content-type': 'application/json; charset=utf-8' };
  return classify(await edge.http.request({ method: 'POST', url, headers, body: JSON.stringify(body) }));
}

/** A channel that needs nothing between two messages. */
export function openSender(send: (composed: Composed) => Promise<Outcome>): OpenChannel {
  return { send, close: () => {} };
}

/** A minute's budget of a robot, with one place fewer than the gateway allows twice over: for clocks that differ. */
