import { InvalidArgumentError } from 'commander';
import { placeFault, placeFaultWords } from '../model/place.ts';

/** `108.75,29.52`, as commander takes it. */
export function parseLocation(text: string): readonly [number, number] {
  const [longitude = Number.NaN, latitude = Number.NaN, ...rest] = text.split(',').map(Number);
  if (rest.length > 0 || !Number.isFinite(longitude + latitude)) {
    throw new InvalidArgumentError('expected longitude,latitude such as 108.75,29.52');
  }
  const fault = placeFault([longitude, latitude]);
  if (fault !== null) throw new InvalidArgumentError(placeFaultWords(fault));
  return [longitude, latitude];
}
