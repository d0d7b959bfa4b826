import { crc32, deflateSync } from 'node:zlib';

/**
 * A PMTiles 3 archive of one tile that stands at every place of every zoom: small, and yet everything a reader needs.
 * Layout: github.com/protomaps/PMTiles, spec/v3.
 */
export function pmtiles(options: {
  readonly tile: Buffer;
  readonly type: 'mvt' | 'png';
  readonly zoomMax: number;
  readonly metadata?: object;
}): Buffer {
  const { tile, zoomMax } = options;
  const tiles = (4 ** (zoomMax + 1) - 1) / 3;
  // One entry: first tile id 0, so long a run, this length, offset 0 (written as one more).
  const directory = Buffer.concat([1, 0, tiles, tile.length, 1].map(varint));
  const metadata = Buffer.from(JSON.stringify(options.metadata ?? {}));
  const header = Buffer.alloc(HEADER_BYTES);
  header.write('PMTiles', 0, 'latin1');
  header.writeUInt8(3, 7);
  const metadataAt = HEADER_BYTES + directory.length;
  const tileAt = metadataAt + metadata.length;
  const lengths = [HEADER_BYTES, directory.length, metadataAt, metadata.length, tileAt, 0, tileAt, tile.length];
  [...lengths, tiles, 1, 1].forEach((value, index) => {
    header.writeBigUInt64LE(BigInt(value), 8 + index * 8);
  });
  const TYPES = { mvt: 1, png: 2 } as const;
  [1, NOT_COMPRESSED, NOT_COMPRESSED, TYPES[options.type], 0, zoomMax].forEach((value, index) => {
    header.writeUInt8(value, 96 + index);
  });
  [-180, -85, 180, 85].forEach((degrees, index) => {
    header.writeInt32LE(degrees * 1e7, 102 + index * 4);
  });
  return Buffer.concat([header, directory, metadata, tile]);
}

const HEADER_BYTES = 127;
const NOT_COMPRESSED = 1;

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = BigInt(value);
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return Buffer.from([...bytes, Number(rest)]);
}

/** A square picture of one grey, 0 black to 255 white. */
export function greyPng(side: number, grey: number): Buffer {
  const chunk = (name: string, data: Buffer) => {
    const body = Buffer.concat([Buffer.from(name, 'latin1'), data]);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(data.length);
    const check = Buffer.alloc(4);
    check.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, check]);
  };
  const head = Buffer.alloc(13);
  head.writeUInt32BE(side, 0);
  head.writeUInt32BE(side, 4);
  head.writeUInt8(8, 8);
  const rows = Buffer.alloc(side * (side + 1), grey);
  for (let y = 0; y < side; y++) rows.writeUInt8(0, y * (side + 1));
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([signature, chunk('IHDR', head), chunk('IDAT', deflateSync(rows)), chunk('IEND', Buffer.of())]);
}

/** A vector tile (MVT 2) whose one layer is a polygon over all of it. */
export function wholeTileMvt(layer: string): Buffer {
  const field = (number: number, data: Buffer) => Buffer.concat([varint((number << 3) | 2), varint(data.length), data]);
  const count = (number: number, value: number) => Buffer.concat([varint(number << 3), varint(value)]);
  const zigzag = (value: number) => (value >= 0 ? value * 2 : -value * 2 - 1);
  const EXTENT = 4_096;
  // MoveTo 0,0; three LineTo; ClosePath.
  const path = [9, 0, 0, 26, ...[EXTENT, 0, 0, EXTENT, -EXTENT, 0].map(zigzag), 15];
  const feature = Buffer.concat([count(3, 3), field(4, Buffer.concat(path.map(varint)))]);
  const parts = [count(15, 2), field(1, Buffer.from(layer)), field(2, feature), count(5, EXTENT)];
  return field(3, Buffer.concat(parts));
}
