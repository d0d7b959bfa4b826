import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { CHANNEL_KINDS, channelSchema } from '../../src/model/notify/channel.ts';
import { NOTICE_FIELDS } from '../../src/model/notify/notice-fields.ts';
import { CHANNEL_TYPES, readChannel } from '../../src/notify/channel-types.ts';

/** What the pages of channels tell an office to write is taken as it stands there. */

const FOLDER = 'docs/notify';
const PAGES = readdirSync(FOLDER).filter((name) => name !== 'README.md');

function channelsIn(page: string): unknown[] {
  const text = readFileSync(`${FOLDER}/${page}`, 'utf8');
  const blocks = [...text.matchAll(/^( *)```yaml\n(.*?)^ *```/gms)].flatMap(([, , yaml = '']) => {
    const document: { readonly channels: unknown[] } = parse(yaml);
    return document.channels;
  });
  const inline = [...text.matchAll(/`(\{ id: .*?\})`/g)].map(([, yaml = '']) => parse(yaml) as unknown);
  return [...blocks, ...inline];
}

test('every kind of channel has its page, and the index names it', () => {
  const index = readFileSync(`${FOLDER}/README.md`, 'utf8');
  expect(PAGES.map((page) => page.replace('.md', '')).sort()).toEqual([...CHANNEL_KINDS].sort());
  for (const page of PAGES) expect(index).toContain(`](${page})`);
});

test.each(PAGES)('%s: its example is without a problem', (page) => {
  const channels = channelsIn(page);
  if (page !== 'tencent-voice.md') expect(channels.length).toBeGreaterThan(0);
  for (const one of channels) {
    const entry = channelSchema.parse(one);
    expect(`${entry.kind}.md`).toBe(page);
    expect(readChannel(entry, {}).problems).toEqual([]);
  }
});

test.each(PAGES)('%s names every secret', (page) => {
  const text = readFileSync(`${FOLDER}/${page}`, 'utf8');
  const kind = CHANNEL_KINDS.find((one) => `${one}.md` === page);
  for (const secret of kind === undefined ? [] : CHANNEL_TYPES[kind].secrets) expect(text).toContain(`\`${secret}\``);
});

test('the fields that it lists are those that there are', () => {
  const text = readFileSync(`${FOLDER}/template-webhook.md`, 'utf8');
  expect(/可用字段：`([^`]+)`/.exec(text)?.[1]?.split(' ')).toEqual([...NOTICE_FIELDS]);
});
