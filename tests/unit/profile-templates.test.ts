import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { compilePoint } from '../../src/evaluate/compile.ts';
import { durationMs } from '../../src/model/duration.ts';
import { hardlyMeant } from '../../src/model/hardly-meant.ts';
import { placedText } from '../../src/model/problem-words.ts';
import type { Profile } from '../../src/model/site.ts';
import { fillTemplate, numberAt, type Template } from '../../src/model/template.ts';
import { readSiteFiles } from '../../src/registry/site-files.ts';
import { readTemplateFiles } from '../../src/registry/template-files.ts';

/** Kinds of device and templates are made apart; an engineer finds for each kind one whose limits its sensors can be held to. */

const { profiles } = readSiteFiles('devices');
const { templates } = readTemplateFiles('thresholds');

/** Kinds without a template of their own, and why. */
const WITHOUT: Readonly<Record<string, string>> = {
  siren: 'it listens',
  'geohazard-station': 'its sensors have the names of the national form; metrics are matched on applying',
  'hj212-air': 'dust and noise have the limits of their site',
  'sl651-station': 'its levels are named as in the standard; metrics are matched on applying',
  'tasmota-distance': 'an example of another JSON',
  'zigbee-gas': 'it decides by itself, and says only so',
  'gbt26875-host': 'its alarms are states of components, which are metrics of the site',
};

/** The templates of the profile's family of which it has all metrics. */
function fitting({ family, metrics }: Profile): Template[] {
  return templates.filter(
    ({ applies }) =>
      applies.family === family &&
      [applies.metric, ...(applies.with ?? [])].every((metric) => Object.hasOwn(metrics, metric)),
  );
}

function namesIn(cell: string): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name);
}

describe('profiles and templates', () => {
  test('each kind of device has a template, or a reason why it has none', () => {
    const found = profiles.filter((profile) => fitting(profile).length === 0).map(({ id }) => id);
    expect(found.sort()).toEqual(Object.keys(WITHOUT).sort());
  });

  test('the table of docs/devices names what is there', () => {
    const ids = new Set(templates.map(({ id }) => id));
    const kinds = new Map(profiles.map((profile) => [profile.id, new Set(fitting(profile).map(({ id }) => id))]));
    const text =
      readFileSync('docs/devices/README.md', 'utf8').split('## Kinds that come along')[1]?.split('\n## ')[0] ?? '';
    const rows = [...text.matchAll(/^\| [^|]+ \| (`[^|]+) \| ([^|]+) \|$/gm)];
    expect(rows.length).toBeGreaterThan(15);
    const wrong = rows.flatMap(([, of = '', named = '']) => {
      const those = namesIn(of);
      const fits = (id: string) => ids.has(id) && those.some((kind) => kinds.get(kind)?.has(id));
      return [...those.filter((kind) => !kinds.has(kind)), ...namesIn(named).filter((id) => !fits(id))];
    });
    expect(wrong).toEqual([]);
  });

  test.each(
    profiles.flatMap((profile) =>
      fitting(profile).map((template) => [profile.id, template.id, profile, template] as const),
    ),
  )('%s: %s is in units and types of its sensors, and within what they can read', (_profile, _template, profile, template) => {
    const parameters = template.parameters.map(({ id, at }) => [id, numberAt(template.document, at) ?? Number.NaN]);
    const filled = fillTemplate(template, Object.fromEntries(parameters));
    if (!filled.ok) throw new Error(JSON.stringify(filled.problems));
    const metrics = Object.fromEntries(
      Object.entries(profile.metrics).map(([name, metric], series) => [name, { ...metric, series }]),
    );
    const { document } = filled;
    const reportEveryMs = durationMs(profile.reportEvery);
    const compiled = compilePoint({ document, metrics, reportEveryMs });
    expect(compiled.ok ? [] : compiled.problems.map((problem) => placedText(problem, 'en'))).toEqual([]);
    expect(hardlyMeant(document, { metrics, reportEveryMs })).toEqual([]);
  });
});
