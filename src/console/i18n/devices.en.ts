import type { devicesZh } from './devices.zh.ts';

export const devicesEn: typeof devicesZh = {
  server: 'Server',
  serverIsHere: '(this machine alone; for a device elsewhere the server’s address in the network)',
  port: 'Port',
  portsWithTls: '{{tls}} (TLS), {{plain}} (not encrypted)',
  userName: 'User name',
  rename: 'Rename',
  renameMeans:
    'The name is for people. The device logs in with its id {{device}} as before, on the same connection, with the same secret; with both left empty, the id is shown.',
  renamed: 'Device {{device}} was renamed',
  setProfile: 'Change profile',
  setProfileMeans:
    'What it sends is read by the new profile from then on. Its history stays; it can be changed back, and rules that went come back from the revisions of the point.',
  profileSet: 'Device {{device}} has another profile',
  move: 'Move',
  moveMeans:
    'Secret and connection stay. Old readings stay with the old point, which is measured no longer: its open alerts clear. Moved back to the same id, its history and limits are in force again.',
  moved: 'Device {{device}} was moved',
  from: 'Which point it leaves',
  to: 'To',
  toNew: 'A new point',
  toPresent: 'A point that is there (in place of another device)',
  takeLimits: 'Take the limits of the old point along',
  point: 'Point',
  replace: 'Replace',
  replaceMeans:
    'The new device takes over the points, profile, name and grants of {{device}}; limits, history and open alerts go on. {{device}} is taken out: its connections end at once, and from then on it is refused. Maintenance of that device alone does not pass to the new one.',
  replaced: '{{device}} was taken out, {{next}} is in its place',
  newId: 'Id of the new device',
  newIdHelp:
    'A spare that is registered already will do: of the same profile, without points. It keeps its secret unless one is given.',
  means: 'What it means',
  ends: 'is measured no longer; history and limits stay under this id',
  added: 'is measured by {{device}}, ',
  withRules: 'rules: {{rules}}',
  noRules: 'without limits so far',
  takenOver: 'is measured by {{after}} (was {{before}}); history, limits and open alerts go on',
  gained: 'New metrics: {{metrics}}',
  lost: 'Metrics it has no longer: {{metrics}}',
  metricChanged: '{{metric}}: {{before}} becomes {{after}}',
  rulesEnd: 'Rules that no longer apply and go: {{rules}}',
  clears: 'Alerts that clear by it: {{alerts}}',
  counted: 'Rule {{rule}} of point {{point}} counts {{counts}}: change that rule first.',
  needsApproval:
    'Orange or red limits would get harder to reach or go, which a second person must approve: propose that change of the limits first.',
  mayEnd: 'Let these rules go',
  changedSince:
    'Somebody has changed the device or its limits in the meantime. What it means is listed anew: look at it, then try again.',
  sheet: 'Spreadsheet',
  exportXlsx: 'Download the devices (Excel)',
  exportCsv: 'Download the devices (CSV)',
  imported: '{{count}} devices imported',
  importChanges: '{{count}} devices change',
  secretsOnce:
    'Secrets were drawn for {{count}} devices. They can be downloaded now and never again, with server, port, topic and user name; the server does not keep them in clear. One that is lost has to be drawn anew.',
  takeSecrets: 'Download the secrets',
  wrong: {
    to: 'Not possible: the device measures there already, or the id is not one',
    id: 'There is a device of this id that is no spare one of the same profile',
  },
};
