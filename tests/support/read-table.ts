import { readdirSync, readFileSync } from 'node:fs';
import { createFormats } from '../../src/decode/formats.ts';
import { USUAL_TOPICS } from '../../src/decode/routes.ts';
import { PLATFORMS } from '../../src/model/push.ts';
import { SPARKPLUG_TOPICS } from '../../src/model/sparkplug.ts';
import { LINE_PROTOCOLS } from '../../src/services/start/line-sources.ts';

/**
 * The table of what is read in README and README.zh-CN: a row for each format and line protocol that there is, with the topics
 * or the flag that it comes by, and where the cases are that it is tried with. `npm run tables` writes it, and a test looks whether it holds.
 */

export const DOCUMENTS = { en: 'README.md', zh: 'README.zh-CN.md' } as const;
type Language = keyof typeof DOCUMENTS;
type Words = Readonly<Record<Language, string>>;

interface Row {
  readonly name: Words;
  /** Below docs/devices. */
  readonly pages: readonly string[];
}

const ROWS: Readonly<Record<string, Row>> = {
  native: { name: { en: 'Brink’s own JSON', zh: 'Brink 自己的 JSON' }, pages: [] },
  mapped: {
    name: {
      en: 'other JSON and bare text, by a profile: Tasmota, Zigbee2MQTT, gateways (ThingsBoard, Neuron), DTUs, NB-IoT devices',
      zh: '其他 JSON 和纯文本，按型号读取：Tasmota、Zigbee2MQTT、网关（ThingsBoard、Neuron）、DTU、NB-IoT 设备',
    },
    pages: ['profiles', 'tasmota', 'zigbee2mqtt'],
  },
  'the-things-stack': { name: { en: 'The Things Stack v3', zh: 'The Things Stack v3' }, pages: ['the-things-stack'] },
  chirpstack: { name: { en: 'ChirpStack v4, v3', zh: 'ChirpStack v4、v3' }, pages: ['chirpstack'] },
  loriot: { name: { en: 'LORIOT', zh: 'LORIOT' }, pages: ['loriot'] },
  thingpark: { name: { en: 'ThingPark', zh: 'ThingPark' }, pages: ['thingpark'] },
  senml: { name: { en: 'SenML (RFC 8428), JSON', zh: 'SenML（RFC 8428），JSON' }, pages: ['senml'] },
  geohazard: { name: { en: 'stations of geological hazards', zh: '地质灾害监测站' }, pages: ['geohazard'] },
  sparkplug: {
    name: { en: 'Sparkplug B, as its host', zh: 'Sparkplug B（作为主机应用）' },
    pages: ['sparkplug-b'],
  },
  ctwing: {
    name: { en: 'CTWing (AEP), NB-IoT', zh: '天翼物联 CTWing（AEP），NB-IoT' },
    pages: ['ctwing'],
  },
  onenet: { name: { en: 'OneNET, NB-IoT', zh: '中移物联 OneNET，NB-IoT' }, pages: ['onenet'] },
  iotda: { name: { en: 'Huawei Cloud IoTDA, NB-IoT', zh: '华为云 IoTDA，NB-IoT' }, pages: ['iotda'] },
  hj212: { name: { en: 'HJ 212: emissions, air, dust', zh: 'HJ 212：污染物、空气、扬尘' }, pages: ['hj212'] },
  sl651: { name: { en: 'SL 651: hydrological stations', zh: 'SL 651：水文遥测站' }, pages: ['sl651'] },
  gbt26875: {
    name: { en: 'GB/T 26875.3: fire alarm systems', zh: 'GB/T 26875.3：火灾自动报警系统' },
    pages: ['gbt26875'],
  },
};

const HEADS: Readonly<Record<Language, readonly string[]>> = {
  en: ['what', 'comes by', 'how', 'cases that are tried'],
  zh: ['内容', '途径', '说明', '测试用例'],
};
const OF_PROFILE: Words = { en: 'topics of the profile', zh: '型号指定的主题' };
const BEGIN = '<!-- what is read: npm run tables -->\n';
const END = '<!-- end -->\n';

/** Formats and protocols that are read, in the order of the table. */
export function whatIsRead(): readonly { readonly name: string; readonly folder: string; readonly by: Words }[] {
  const formats = Object.keys(createFormats({ futureMaxMs: 0 })).map((name) => {
    const topics =
      name === 'native' ? ['telemetry/{device}'] : USUAL_TOPICS.flatMap(([topic, of]) => (of === name ? [topic] : []));
    const pushed = PLATFORMS.some((platform) => platform === name) ? ['POST /api/v1/push/{name}'] : [];
    const text = [...pushed, ...topics].map((topic) => `\`${topic}\``).join(', ');
    if (name === 'sparkplug') {
      const by = `\`--sparkplug HOST_ID\`, \`${SPARKPLUG_TOPICS}\``;
      return { name, folder: `src/decode/formats/${name}`, by: { en: by, zh: by } };
    }
    return { name, folder: `src/decode/formats/${name}`, by: text === '' ? OF_PROFILE : { en: text, zh: text } };
  });
  const protocols = LINE_PROTOCOLS.map(({ name }) => {
    const flag = `\`--${name} PORT\``;
    return { name, folder: `src/gateways/${name}`, by: { en: flag, zh: flag } };
  });
  return [...formats, ...protocols];
}

export function tableOf(language: Language): string {
  const rows = whatIsRead().map(({ name, folder, by }) => {
    const row = ROWS[name];
    if (row === undefined) throw new Error(`${name}: say in tests/support/read-table.ts what it is called`);
    const pages = row.pages.map((page) => `[${page}](docs/devices/${page === 'profiles' ? 'README' : page}.md)`);
    return [row.name[language], by[language], pages.join(', '), `[${name}](${folder}/cases)`];
  });
  const heads = HEADS[language];
  return [heads, heads.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |\n`).join('');
}

/** Cases that the contract's tests run: each file is a list of them. */
export function casesIn(folder: string): number {
  const files = readdirSync(`${folder}/cases`).map((file) => readFileSync(`${folder}/cases/${file}`, 'utf8'));
  return files.reduce((sum, text) => sum + (JSON.parse(text) as unknown[]).length, 0);
}

/** A document with the table as it should be. */
export function withTable(document: string, language: Language): string {
  const [before, rest = ''] = document.split(BEGIN);
  const after = rest.slice(rest.indexOf(END) + END.length);
  if (before === undefined || !rest.includes(END)) throw new Error(`${DOCUMENTS[language]} has no place for the table`);
  return `${before}${BEGIN}${tableOf(language)}${END}${after}`;
}
