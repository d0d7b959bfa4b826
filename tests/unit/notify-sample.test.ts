import { expect, test } from 'vitest';
import { readNotifyFiles } from '../../src/cli/notify-files.ts';
import { checkSetup } from '../../src/model/notify/check-setup.ts';
import { readChannel } from '../../src/notify/channel-types.ts';
import { readSiteFiles } from '../../src/registry/site-files.ts';

test('the sample of who is told of what holds together with the sample site; only secrets are missing', () => {
  const { setup, problems, warnings } = readNotifyFiles('notify');
  expect({ problems, warnings }).toEqual({ problems: [], warnings: [] });
  const areas = new Map(readSiteFiles('devices').site.areas.map(({ id, parent = null }) => [id, parent]));
  expect(areas.size).toBeGreaterThan(2);
  expect(checkSetup(setup, areas)).toEqual({ problems: [], warnings: [] });
  const channels = setup.channels.map((entry) => readChannel(entry, {}));
  expect(channels.flatMap((read) => read.problems)).toEqual([]);
  expect(channels.every(({ missingSecrets }) => missingSecrets.length > 0)).toBe(true);
  // No network has such numbers.
  expect(setup.people.every(({ phone }) => phone?.startsWith('120') === true)).toBe(true);
});
