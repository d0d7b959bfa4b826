import type { FieldProblem } from '../model/problem.ts';

/** One thing wrong with configuration or a file, said so that the person who wrote it can mend it. */
export interface Problem {
  /** The file, or `flags` / `environment`. */
  readonly file: string;
  /** Where in it, such as `devices[3].points[0].area`; empty for the whole. */
  readonly path: string;
  readonly found: string;
  readonly expected: string;
  readonly line?: number | undefined;
  /** The same as data, for who tells it to other programs or in another language. */
  readonly coded?: FieldProblem | undefined;
}

/** The operator's mistake: shown as a list, without a stack trace, and ends the program with status 1 or 2. */
export class ConfigError extends Error {
  readonly problems: readonly Problem[];
  constructor(problems: readonly Problem[]) {
    super(problems.map(formatProblem).join('\n'));
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

/**
 * Why the program could not start, for who started it: in words, however it came. Where it broke is for who looks for a
 * fault of ours, and asks for it with a talkative log.
 */
export function startFailure(error: unknown, isTalkative: boolean): string {
  if (error instanceof ConfigError) return error.message;
  const words = error instanceof Error ? error.message : String(error);
  const where = isTalkative && error instanceof Error ? `\n${error.stack}` : '';
  return `brink could not start: ${words}${where}`;
}

export function formatProblem(problem: Problem): string {
  const where = [problem.file, problem.line === undefined ? '' : `:${problem.line}`].join('');
  const path = problem.path === '' ? '' : ` ${problem.path}:`;
  return `${where}:${path} found ${problem.found}, expected ${problem.expected}`;
}

/** What an error says, or whatever else was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
