/**
 * Runs within the sandbox before a codec does, and is not part of the server: gives it the globals that published codecs
 * look for, and no others. Its value is the function that calls the codec. What it needs itself it takes before the codec
 * can change it; a codec that changes it nevertheless harms nobody but itself.
 *
 * There is no clock but the uplink's: what is now, and what is drawn by chance, follows from the time of its reception, so
 * that an uplink gives the same readings whenever and however often it is decoded.
 */
(() => {
  const { parse, stringify } = JSON;
  const { isArray } = Array;
  const SystemDate = Date;
  let nowMs = 0;
  let seed = 0;

  function CodecDate(...given) {
    if (new.target === undefined) return new SystemDate(nowMs).toString();
    return Reflect.construct(SystemDate, given.length === 0 ? [nowMs] : given, new.target);
  }
  CodecDate.prototype = SystemDate.prototype;
  CodecDate.prototype.constructor = CodecDate;
  CodecDate.parse = SystemDate.parse;
  CodecDate.UTC = SystemDate.UTC;
  CodecDate.now = () => nowMs;
  globalThis.Date = CodecDate;

  // Codecs were written for V8, which says 6/1/2026, 1:02:44 AM where this engine says 06/01/2026, 01:02:44 AM.
  for (const name of ['toLocaleString', 'toLocaleDateString', 'toLocaleTimeString']) {
    const textOf = SystemDate.prototype[name];
    SystemDate.prototype[name] = function (...given) {
      return textOf.apply(this, given).replace(/\b0(?=\d\/\d|\d:\d\d:\d\d [AP]M)/g, '');
    };
  }

  // Mulberry32.
  Math.random = () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };

  const silent = () => undefined;
  const console = {};
  for (const name of ['log', 'info', 'warn', 'error', 'debug', 'trace', 'dir', 'table', 'assert', 'time', 'timeEnd']) {
    console[name] = silent;
  }
  globalThis.console = console;
  globalThis.module = { exports: {} };
  globalThis.exports = globalThis.module.exports;
  // What ThingPark keeps of a device's earlier messages for codecs that ask for it: here nothing.
  globalThis.context = [];

  const listOf = (value) => (isArray(value) ? value : value === undefined || value === null ? [] : [value]);
  const textsOf = (value) => listOf(value).map(String);

  /** Also of codecs that give their data as they are, without `data` around them. */
  function answerOf(result, isWrapped) {
    if (typeof result !== 'object' || result === null) {
      throw new TypeError(`the codec gave ${result === null ? 'null' : typeof result}, expected an object`);
    }
    if (!isWrapped || !('data' in result || 'errors' in result)) return { data: result, warnings: [], errors: [] };
    const { data = null, warnings, errors } = result;
    return { data, warnings: textsOf(warnings), errors: textsOf(errors) };
  }

  /** `entry`: the form, the function, and what it is a method of. `text`: the uplink as JSON. Gives JSON. */
  return ([form, decode, owner], text) => {
    try {
      const { bytes, fPort, recvTimeMs, context = [] } = parse(text);
      if (isArray(globalThis.context)) globalThis.context = context;
      nowMs = recvTimeMs;
      seed = recvTimeMs | 0;
      switch (form) {
        case 'Decoder':
          return stringify(answerOf(decode.call(owner, bytes, fPort, {}), false));
        case 'Decode':
          return stringify(answerOf(decode.call(owner, fPort, bytes, {}), false));
        default:
          return stringify(answerOf(decode.call(owner, { bytes, fPort, recvTime: new SystemDate(recvTimeMs) }), true));
      }
    } catch (error) {
      const isError = typeof error === 'object' && error !== null;
      return stringify({ thrown: isError ? [String(error.name), String(error.message)] : ['', String(error)] });
    }
  };
})();
