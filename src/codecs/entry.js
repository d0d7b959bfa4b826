/**
 * Runs within the sandbox after a codec was: its entry, in the form of TS013 or an older one, and what it is a method of;
 * null when it has none. A script of its own, because it sees what the codec declared with `const` and `class` as well.
 */
(() => {
  const isFunction = (value) => typeof value === 'function';
  const owners = [module.exports, exports].filter((owner) => isFunction(owner) || (typeof owner === 'object' && owner));
  if (typeof decodeUplink === 'function') return ['decodeUplink', decodeUplink, undefined];
  for (const owner of owners) if (isFunction(owner.decodeUplink)) return ['decodeUplink', owner.decodeUplink, owner];
  if (typeof driver === 'object' && isFunction(driver?.decodeUplink)) {
    return ['decodeUplink', driver.decodeUplink, driver];
  }
  for (const { driver } of owners) {
    if (isFunction(driver?.decodeUplink)) return ['decodeUplink', driver.decodeUplink, driver];
  }
  if (typeof Decoder === 'function') return ['Decoder', Decoder, undefined];
  if (typeof Decode === 'function') return ['Decode', Decode, undefined];
  for (const owner of owners) {
    if (isFunction(owner.Decoder)) return ['Decoder', owner.Decoder, owner];
    if (isFunction(owner.Decode)) return ['Decode', owner.Decode, owner];
  }
  return null;
})();
