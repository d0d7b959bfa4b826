import { basename } from 'node:path';
import { z } from 'zod';
import { ConfigError } from '../lib/errors.ts';
import { checkShape, readStructuredFile } from '../lib/structured-file.ts';
import { type ThresholdDocument, thresholdDocumentSchema, thresholdFileEntrySchema } from '../model/threshold.ts';

export interface PointDocument {
  readonly point: string;
  readonly document: ThresholdDocument;
}

/**
 * The documents of a file: a list as in thresholds/*.yaml, or one document without a point, which is then for `point`.
 * Throws ConfigError with everything that is wrong, also when a file does not speak of the point asked for.
 */
export function readDocuments(file: string, point: string | undefined): PointDocument[] {
  const read = readStructuredFile(file);
  if ('problems' in read) throw new ConfigError(read.problems);
  const { parsed } = read;
  if (!Array.isArray(parsed.value)) {
    if (point === undefined) throw missing(file, 'one document without a point', 'a list of documents, or --point ID');
    const checked = checkShape(parsed, [], parsed.value, thresholdDocumentSchema);
    if ('problems' in checked) throw new ConfigError(checked.problems);
    return [{ point, document: checked.value }];
  }
  const checked = checkShape(parsed, [], parsed.value, z.array(thresholdFileEntrySchema));
  if ('problems' in checked) throw new ConfigError(checked.problems);
  const all = checked.value.map(({ point: of, ...document }) => ({ point: of, document }));
  const wanted = point === undefined ? all : all.filter((one) => one.point === point);
  if (wanted.length === 0) throw missing(file, 'no document', point === undefined ? 'at least one' : `one of ${point}`);
  return wanted;
}

function missing(file: string, found: string, expected: string): ConfigError {
  return new ConfigError([{ file: basename(file), path: '', found, expected }]);
}
