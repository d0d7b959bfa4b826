import { ConfigError } from '../lib/errors.ts';
import { PointsInUseError } from '../model/device-act.ts';
import { pointerOf } from '../model/pointer.ts';
import { errorAt, ProblemError } from './problems.ts';

/** Gives what a change of the site gives, and turns what it throws when it is refused into a problem. */
export async function refusingInvalidLater<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw invalidSite(error);
  }
}

/** Where the body is the device, the area or the like, its own path says which field. */
const BODIES: readonly string[] = ['device', 'area', 'point', 'profile'];

/** A ConfigError as the problem `site-invalid`, points in use as `point-in-use`; anything else as it is. */
export function invalidSite(error: unknown): unknown {
  if (error instanceof PointsInUseError) {
    return new ProblemError('point-in-use', { detail: error.message, members: { votes: error.votes } });
  }
  if (!(error instanceof ConfigError)) return error;
  return new ProblemError('site-invalid', {
    errors: error.problems.map(({ file, path, found, expected, coded }) => {
      const around = BODIES.includes(file) ? '' : `/${file}`;
      if (coded !== undefined) return errorAt(`${around}${pointerOf(coded.path)}`, coded);
      return { path: around, message: `${path === '' ? '' : `${path}: `}found ${found}, expected ${expected}` };
    }),
  });
}
