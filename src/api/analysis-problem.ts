import type { AnalysisFailure } from '../model/analysis.ts';
import { ProblemError } from './problems.ts';

export function analysisProblem({ error, detail }: AnalysisFailure): ProblemError {
  const retry = error === 'too-many-readings' ? {} : { retryAfterSeconds: 5 };
  return new ProblemError(error, { detail, ...retry });
}
