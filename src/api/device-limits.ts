import { EMPTY_DOCUMENT } from '../model/empty-document.ts';
import type { Language } from '../model/problem-words.ts';
import type { SiteDevice } from '../model/site.ts';
import { withTemplate } from '../model/template.ts';
import type { DeviceLimits } from '../wire/devices.ts';
import type { ApiDeps } from './deps.ts';
import { errorAt, ProblemError } from './problems.ts';
import { refusingInvalidLater } from './site-problems.ts';
import { knownTemplate } from './template-wishes.ts';
import { refusal } from './threshold-changes.ts';

/** What stands as the reason of the first revision. */
const REASON: Readonly<Record<Language, string>> = {
  zh: '登记设备时套用模板',
  en: 'the template was chosen when the device was registered',
};

/**
 * Registers a device that is not there yet together with the limits of its points, or neither. Throws the problem with what
 * is wrong with device, template or figures.
 */
export async function commissionWithLimits(
  deps: ApiDeps,
  device: SiteDevice,
  { template: id, parameters, metrics }: DeviceLimits,
  { author, language }: { readonly author: string; readonly language: Language },
): Promise<void> {
  const template = knownTemplate(deps, id);
  const reason = REASON[language];
  const wanted = device.points.map(({ id: point }) => {
    // A point that comes back has the limits it had.
    const { document: present, revision } = deps.thresholds.get(point) ?? { document: EMPTY_DOCUMENT, revision: 0 };
    const filled = withTemplate(present, template, { parameters, metrics, mode: 'merge' });
    if (!filled.ok) {
      const errors = filled.problems.map((problem) => errorAt('/limits/parameters', problem));
      throw new ProblemError('validation-failed', { errors });
    }
    return { point, document: filled.document, expectedRevision: revision, author, reason };
  });
  const weakens = wanted.some(
    ({ point, document }) =>
      deps.registry.point(point) !== undefined && deps.thresholds.weakenings(point, document).length > 0,
  );
  if (deps.proposals.required && weakens) throw new ProblemError('approval-required');
  const change = { devices: [device], thresholds: wanted, author, reason };
  const outcome = await refusingInvalidLater(deps.site.putTogether(change));
  if (outcome.ok) return;
  const places = wanted.map(({ point }) => ({ point, place: '/limits' }));
  throw refusal(outcome.failures, places);
}
