import type { TFunction } from 'i18next';

/** What a source says of itself, by what it begins with; other words are those of another system, and shown as they came. */
const KNOWN = [
  ['Not authorized', 'notAuthorized'],
  ['Connection refused: Not authorized', 'notAuthorized'],
  ['Connection refused: Bad username or password', 'badPassword'],
  ['connect ECONNREFUSED', 'unreachable'],
  ['connack timeout', 'unreachable'],
  ['getaddrinfo', 'noSuchHost'],
  ['the connection ended', 'ended'],
  ['no answer', 'noAnswer'],
  ['listen EADDRINUSE', 'portTaken'],
  ['bind EADDRINUSE', 'portTaken'],
  ['listen EACCES', 'portRefused'],
  ['listen EADDRNOTAVAIL', 'noAddress'],
  ['the broker refuses', 'topicsRefused'],
  ['a call with a wrong key', 'wrongKey'],
  ['connection refused: too many came at once', 'tooMany'],
  ['connection ended: there are too many', 'tooMany'],
  ['connection ended: it had named no device', 'madeRoom'],
  ['no frame came in time', 'noFrame'],
  ['waited too long', 'noFrame'],
  ['it speaks another protocol', 'otherProtocol'],
  ['answers are not fetched', 'notReading'],
  ['modem ended: nobody knows it', 'unknownModem'],
  ['modem refused', 'modemSecret'],
] as const;

/** A unit behind a modem, which is asked. */
const OF_UNIT = /^unit (\d+) of (\S+): (?:(no answer)|exception (\d+))$/;

/** Words for what went wrong with a source, with what it was about. */
export function troubleText(words: string, t: TFunction): string {
  const [, unit, device, silent, exception] = OF_UNIT.exec(words) ?? [];
  if (unit !== undefined) {
    return silent === undefined
      ? t('system.source.trouble.unitException', { unit, device, exception })
      : t('system.source.trouble.unitSilent', { unit, device });
  }
  const known = KNOWN.find(([beginning]) => words.startsWith(beginning));
  if (known === undefined) return words;
  const [beginning, word] = known;
  const about = words.slice(beginning.length).trim();
  const hasAbout = word === 'topicsRefused' || word === 'unreachable' || word === 'noSuchHost';
  return t(`system.source.trouble.${word}`) + (hasAbout && about !== '' ? ` (${about})` : '');
}
