import { on } from 'node:events';
import { closeSync, openSync, readSync, statfsSync, writeSync } from 'node:fs';
import { setPriority } from 'node:os';
import { dirname } from 'node:path';
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { csvEncoder } from '../../history/files/csv.ts';
import { readCsv } from '../../history/files/csv-import.ts';
import { parquetEncoder } from '../../history/files/parquet.ts';
import { EntryWriter } from '../../model/entry.ts';
import type { Reading } from '../../model/reading.ts';
import type { ExportJob, ImportJob, TransferJob, TransferReply, TransferRequest } from './transfer-protocol.ts';

/** The thread that writes or reads one file of readings, for such files are long and each reading is some text. */

type Requests = AsyncIterator<TransferRequest>;

async function* requestsTo(port: MessagePort): AsyncGenerator<TransferRequest, void, void> {
  for await (const [request] of on(port, 'message')) yield request as TransferRequest;
}

async function writeFile({ format, csv }: ExportJob, requests: Requests, port: MessagePort): Promise<void> {
  const encoder = format === 'csv' ? csvEncoder(csv) : parquetEncoder();
  const give = (data: Uint8Array<ArrayBuffer> | null): void =>
    port.postMessage({ type: 'file', data } satisfies TransferReply, data === null ? [] : [data.buffer]);
  for (;;) {
    const { value: request } = await requests.next();
    if (request?.type !== 'page') return give(encoder.end());
    give(encoder.add(request.page));
  }
}

async function readFile(job: ImportJob, requests: Requests, port: MessagePort): Promise<void> {
  const reply = (message: TransferReply): void => port.postMessage(message);
  const spool = openSpool(job);
  try {
    const outcome = await readCsv({
      input: bytesOf(requests, () => reply({ type: 'taken' })),
      seriesOf: (point, metric) => job.series.get(point)?.get(metric),
      latestMs: job.latestMs,
      onReading: spool.add,
    });
    spool.flush();
    reply({ type: 'checked', outcome });
    for (const batch of spool.batches()) {
      await requests.next();
      reply({ type: 'entries', ...batch });
    }
    await requests.next();
    reply({ type: 'entries', data: null, readings: 0 });
  } catch (error) {
    if (!(error instanceof NoRoom)) throw error;
    reply({ type: 'no-room' });
  } finally {
    spool.close();
  }
}

async function* bytesOf(requests: Requests, taken: () => void): AsyncGenerator<Uint8Array, void, void> {
  for (;;) {
    const { value: request } = await requests.next();
    if (request?.type !== 'bytes') return;
    yield request.data;
    taken();
  }
}

/** Some 400 KB in the file, and some ms of work for the history. */
const BATCH_READINGS = 20_000;
/** The disk is the one that readings are acknowledged on. */
const SPARE_BYTES = 512 << 20;

class NoRoom extends Error {}

/** Readings on disk, until all lines have been looked at. */
function openSpool({ spool: file, receivedAtMs }: ImportJob) {
  const descriptor = openSync(file, 'w+', 0o600);
  const writer = new EntryWriter();
  const written: { readonly bytes: number; readonly readings: number }[] = [];
  let waiting: Reading[] = [];

  function flush(): void {
    if (waiting.length === 0) return;
    const { bavail, bsize } = statfsSync(dirname(file));
    if (bavail * bsize < SPARE_BYTES) throw new NoRoom();
    writer.write({ kind: 'message', receivedAtMs, readings: waiting });
    const data = writer.take();
    for (let at = 0; at < data.length; ) at += writeSync(descriptor, data, at);
    written.push({ bytes: data.length, readings: waiting.length });
    waiting = [];
  }

  return {
    add(reading: Reading): void {
      waiting.push(reading);
      if (waiting.length >= BATCH_READINGS) flush();
    },
    flush,
    *batches(): Generator<{ readonly data: Uint8Array; readonly readings: number }, void, void> {
      let position = 0;
      for (const { bytes, readings } of written) {
        const data = new Uint8Array(bytes);
        readSync(descriptor, data, 0, bytes, position);
        position += bytes;
        yield { data, readings };
      }
    },
    close: () => closeSync(descriptor),
  };
}

function run(job: TransferJob, port: MessagePort): Promise<void> {
  const requests = requestsTo(port);
  return job.kind === 'export' ? writeFile(job, requests, port) : readFile(job, requests, port);
}

/** Files can wait; acknowledgements cannot. Elsewhere than on Linux this would slow down the whole server. */
const PRIORITY = 10;

if (process.platform === 'linux') setPriority(PRIORITY);
if (parentPort !== null) await run(workerData as TransferJob, parentPort);
