import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const { resolve } = createRequire(import.meta.url);
/** The package, not Node's own module of that name; and what it is made of. */
const PACKAGES = ['buffer/', 'base64-js', 'ieee754'] as const;

let script: string | undefined;

/** A script that defines the global `Buffer` by the npm package `buffer`, for the codecs that were written for it. */
export function bufferScript(): string {
  script ??= `(() => {
    const factories = {${PACKAGES.map(factory).join(',')}};
    const modules = {};
    const require = (name) => {
      if (modules[name] === undefined) {
        const module = { exports: {} };
        modules[name] = module;
        factories[name](module, module.exports, require);
      }
      return modules[name].exports;
    };
    globalThis.Buffer = require('buffer/').Buffer;
  })()`;
  return script;
}

function factory(name: string): string {
  return `${JSON.stringify(name)}(module, exports, require) {${readFileSync(resolve(name), 'utf8')}\n}`;
}
