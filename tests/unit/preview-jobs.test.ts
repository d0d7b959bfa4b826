import { pino } from 'pino';
import { expect, test } from 'vitest';
import type { Analyses } from '../../src/api/deps.ts';
import type { ThresholdPreview } from '../../src/model/preview.ts';
import { createPreviewJobs } from '../../src/services/analysis/preview-jobs.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { until } from '../support/until.ts';

type Outcome = Awaited<ReturnType<Analyses['preview']>>;

/** Jobs over an analysis that answers when the test lets it. */
function jobsOver(concurrency: number) {
  const clock = createFakeClock(1_700_000_000_000);
  const asked: { point: string; isAborted: () => boolean; answer: (outcome: Outcome) => void }[] = [];
  const jobs = createPreviewJobs({
    concurrency,
    clock,
    log: pino({ level: 'silent' }),
    analyses: {
      preview: ({ point }, options) =>
        new Promise((resolve, reject) => {
          const answer = (outcome: Outcome) => resolve(outcome);
          options?.signal?.addEventListener('abort', () => reject(new Error('called off')));
          options?.onProgress?.(0.5);
          asked.push({ point, isAborted: () => options?.signal?.aborted === true, answer });
        }),
    },
  });
  return { clock, asked, jobs };
}

const side = { alerts: 2, byLevel: { blue: 0, yellow: 2, orange: 0, red: 0 }, alertsPerDay: 2, timeInAlarm: 10 };
const rest = { timeInAlarmShare: 0, longest: 7, fleeting: 0, chatteringEpisodes: 1, delay: null };
const done = (point: string): Outcome => {
  const whole = { ...side, ...rest, rules: {}, incidents: [], incidentsLeftOut: 0 };
  const preview: ThresholdPreview = {
    point,
    from: 0,
    to: 1,
    revision: 1,
    data: {
      readings: 1,
      bad: 0,
      late: 0,
      first: 0,
      last: 0,
      reportEvery: 60_000,
      interval: null,
      slower: [],
      covered: 0,
      judges: 'nothing',
      coarse: [],
    },
    present: whole,
    proposed: { ...whole, alerts: 1 },
    gained: [],
    gainedTotal: 0,
    lost: [],
    lostTotal: 1,
    levelChanged: [],
    levelChangedTotal: 0,
    weakens: [],
    lessons: [],
  };
  return { ok: true, preview };
};

const request = (...points: string[]) => ({
  items: points.map((point) => ({ point, document: { rules: {} } })),
  fromMs: 0,
  toMs: 1,
  by: 'li',
});

test('never more at a time than said, jobs take turns, and progress is what has been judged', async () => {
  const { asked, jobs } = jobsOver(2);
  const first = jobs.start(request('a', 'b', 'c'));
  const second = jobs.start(request('x'));
  expect(asked.map(({ point }) => point)).toEqual(['a', 'b']);
  expect(jobs.get(first?.id ?? '')?.share).toBeCloseTo(1 / 3);
  asked[0]?.answer(done('a'));
  // The job that has nothing under way comes before the rest of the first.
  await until('the next', () => asked.length === 3);
  expect(asked[2]?.point).toBe('x');
  asked[1]?.answer({ ok: false, error: 'history-unavailable', detail: 'down' });
  await until('the next', () => asked.length === 4);
  asked[2]?.answer(done('x'));
  asked[3]?.answer(done('c'));
  await until('the end', () => jobs.get(first?.id ?? '')?.state === 'done');
  expect(jobs.get(first?.id ?? '')).toMatchObject({
    share: 1,
    items: [{ point: 'a', lost: 1 }, { point: 'c' }],
    failures: [{ point: 'b', code: 'history-unavailable', detail: 'down' }],
  });
  expect(jobs.get(second?.id ?? '')?.state).toBe('done');
});

test('one that nobody asks about is called off, and forgotten later', async () => {
  const { clock, asked, jobs } = jobsOver(1);
  const id = jobs.start(request('a', 'b'))?.id ?? '';
  clock.advance(4 * 60_000);
  expect(jobs.get(id)?.state).toBe('running');
  clock.advance(4 * 60_000);
  expect(jobs.get(id)?.state).toBe('running');
  clock.advance(6 * 60_000);
  expect(asked[0]?.isAborted()).toBe(true);
  expect(jobs.get(id)).toMatchObject({ state: 'cancelled', items: [], failures: [] });
  expect(asked.length).toBe(1);
  clock.advance(31 * 60_000);
  expect(jobs.get(id)).toBeUndefined();
});

test('beyond a number of jobs one is told to wait', () => {
  const { jobs } = jobsOver(1);
  for (let i = 0; i < 8; i++) expect(jobs.start(request('a'))).toBeDefined();
  expect(jobs.start(request('a'))).toBeUndefined();
  jobs.close();
  expect(jobs.start(request('a'))).toBeDefined();
});
