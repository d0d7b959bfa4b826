import { dutyAt } from '../../model/notify/duty.ts';
import type { Explanation } from '../../model/notify/explanation.ts';
import type { PeoplePreview } from '../../model/notify/people-preview.ts';
import type { ExplainRequest, PreviewPeopleRequest, SetupRevision } from '../../model/notify/telling-request.ts';
import { explain } from '../../notify/decide/explain.ts';
import { previewPeople } from '../../notify/decide/preview-people.ts';
import { compileSetup } from '../../notify/decide/setup.ts';

/** What live telling would do, asked in the thread that judges history: nothing of it is sent, and no id of it is kept. */

const contextOf = ({ setup, revision }: SetupRevision) => ({ setup: compileSetup(setup, revision), dutyAt, log: '' });

// biome-ignore lint/correctness/useYield: it is answered in one go.
export function* explaining(request: ExplainRequest): Generator<number, Explanation, void> {
  return explain(contextOf(request), request.silences, request, request.atMs);
}

// biome-ignore lint/correctness/useYield: a night is played in one go; how many entries it may have is bounded.
export function* previewing(request: PreviewPeopleRequest): Generator<number, PeoplePreview, void> {
  return previewPeople(contextOf(request), request.entries, request.toMs, request.assumptions);
}
