import { type Compilable, compileLeniently } from './compile.ts';
import type { CompiledPoint } from './compiled.ts';

/**
 * Compiled points by what they are compiled from. Points with the same document and metrics share one: 100,000 points
 * must not cost 100,000 times. What nobody holds any more is forgotten, because every edit makes a new one.
 */
export interface Compiler {
  acquire(definition: Compilable): CompiledPoint;
  /** To be called once for each `acquire`, when its point has another definition or is gone. */
  release(compiled: CompiledPoint): void;
}

interface Shared {
  readonly key: string;
  readonly compiled: CompiledPoint;
  holders: number;
}

export function createCompiler(): Compiler {
  const byKey = new Map<string, Shared>();
  const byCompiled = new Map<CompiledPoint, Shared>();
  return {
    acquire({ metrics, reportEveryMs, document, impliedRules }) {
      const plain = Object.entries(metrics).map(([name, { series: _, ...metric }]) => [name, metric]);
      const key = JSON.stringify([plain, reportEveryMs, document, impliedRules]);
      const former = impliedRules === undefined ? {} : { impliedRules };
      let shared = byKey.get(key);
      if (shared === undefined) {
        shared = { key, compiled: compileLeniently({ metrics, reportEveryMs, document, ...former }).point, holders: 0 };
        byKey.set(key, shared);
        byCompiled.set(shared.compiled, shared);
      }
      shared.holders++;
      return shared.compiled;
    },
    release(compiled) {
      const shared = byCompiled.get(compiled);
      if (shared === undefined || --shared.holders > 0) return;
      byKey.delete(shared.key);
      byCompiled.delete(compiled);
    },
  };
}
