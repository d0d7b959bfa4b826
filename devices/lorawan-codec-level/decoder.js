// 端口 2：液位 mm（2 字节，高字节在前），电量 %（1 字节）。
// Port 2: level in mm (2 bytes, the high one first), battery in % (1 byte).
// biome-ignore lint/correctness/noUnusedVariables: the server calls it.
function decodeUplink(input) {
  if (input.fPort !== 2 || input.bytes.length < 3) return { errors: ['not a report'] };
  return { data: { depth: ((input.bytes[0] << 8) | input.bytes[1]) / 10, battery: input.bytes[2] } };
}
