import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Clock } from '../lib/clock.ts';
import { createTurns, type Turns, withItsPromises } from '../lib/turns.ts';

/** What is relied on of a connection of Node's HTTP server, beyond its types. */
interface HttpSocket extends Socket {
  /** Null once Node has let go of it. */
  parser?: unknown;
  /** Node takes no more of it, for its answers are not taken. */
  _paused?: boolean;
}

/** An empty line: the end of a request's headers, so what ends with it begins a request. */
const HEADERS_END = '\r\n\r\n';
/** Lines of a body in chunks, which may be of a byte each. What comes by its length costs little, however it comes. */
const CHUNKED_LINES = 64;
const LINE_END = '\r\n';
/** Three quarters of the time are for everybody else, devices above all, however many requests wait. */
const OTHERS_SHARE = 3;

/** One connection: what was read of it, and which of its requests are not answered yet. */
interface Line {
  begin(request: IncomingMessage, response: ServerResponse): void;
  /** Another protocol takes over. */
  leave(): void;
}

/**
 * Bounds what HTTP connections bring about in a turn of the event loop. One read brings two thousand requests that were sent
 * without waiting for the answers; Node would begin them all at once, and keep all their answers for somebody who takes
 * none. So a connection's next request is begun when the one before it has been answered and the answer is taken, and those
 * of all connections one after the other, with turns of everybody else between them. All keeps its order.
 *
 * Nothing happens when the server's connections are built otherwise than in the Node this was written for.
 */
export function takeRequestsInTurns(server: Server, clock: Clock): void {
  const turns = createTurns(clock, OTHERS_SHARE, withItsPromises);
  const lines = new WeakMap<Socket, Line>();

  // Node has begun to listen to it by now.
  server.on('connection', (socket: HttpSocket) => {
    const line = openLine(socket, turns);
    if (line !== undefined) lines.set(socket, line);
  });
  server.prependListener('request', (request: IncomingMessage, response: ServerResponse) => {
    lines.get(request.socket)?.begin(request, response);
  });
  server.prependListener('upgrade', ({ socket }: IncomingMessage) => lines.get(socket)?.leave());
}

function openLine(socket: HttpSocket, turns: Turns): Line | undefined {
  const [take] = socket.listeners('data') as ((piece: Buffer) => void)[];
  if (take === undefined) return undefined;
  const resume = socket.resume.bind(socket);
  /** What was read and is not handed on yet. */
  let rest: Buffer | undefined;
  let underWay = 0;
  let last: IncomingMessage | undefined;
  let isWaiting = false;
  let hasLeft = false;

  const isOver = () => hasLeft || socket.destroyed || !socket.parser;

  function isHeld(): boolean {
    if (isWaiting || socket._paused === true || socket.writableNeedDrain) return true;
    // What is missing of its own body comes first.
    return underWay > 1 || (underWay === 1 && last?.complete === true);
  }

  function handOn(bytes: number): void {
    const piece = rest?.subarray(0, bytes);
    rest = rest === undefined || bytes >= rest.length ? undefined : rest.subarray(bytes);
    if (piece !== undefined) take?.(piece);
    if (hasLeft && rest !== undefined) socket.unshift(rest);
  }

  function goOn(): void {
    while (rest !== undefined) {
      if (isOver()) {
        rest = undefined;
        return;
      }
      if (isHeld()) {
        socket.pause();
        return;
      }
      const slice = sliceOf(rest, last);
      if (!slice.costs) handOn(slice.bytes);
      else if (!turns.atOnce(() => handOn(slice.bytes))) {
        isWaiting = true;
        turns.next(takeTurn);
      }
    }
    if (!isOver() && socket.isPaused() && socket._paused !== true && !isFull(last)) resume();
  }

  function takeTurn(): void {
    isWaiting = false;
    if (rest !== undefined && !isOver() && !isHeld()) handOn(sliceOf(rest, last).bytes);
    goOn();
  }

  function onData(chunk: Buffer): void {
    rest = rest === undefined ? chunk : Buffer.concat([rest, chunk]);
    goOn();
  }

  socket.removeListener('data', take);
  socket.on('data', onData);
  socket.on('drain', goOn);
  // Node resumes it when somebody reads on in a body, or has taken an answer; but what is there already comes first.
  socket.resume = () => {
    if (rest === undefined) return resume();
    process.nextTick(goOn);
    return socket;
  };

  return {
    begin(request, response) {
      underWay++;
      last = request;
      response.once('close', () => {
        underWay--;
        goOn();
      });
    },
    leave() {
      hasLeft = true;
      socket.removeListener('data', onData);
      socket.removeListener('drain', goOn);
      socket.resume = resume;
    },
  };
}

/** What may be handed on together: no more than the beginning of one request, and whether it costs something. */
function sliceOf(rest: Buffer, last: IncomingMessage | undefined): { readonly bytes: number; readonly costs: boolean } {
  const at = rest.indexOf(HEADERS_END);
  const bytes = at < 0 ? rest.length : at + HEADERS_END.length;
  const isChunked = last?.complete === false && last.headers['transfer-encoding'] !== undefined;
  const most = isChunked ? linesBytes(rest, CHUNKED_LINES) : rest.length;
  return { bytes: Math.min(bytes, most), costs: at >= 0 || most < rest.length };
}

/** The bytes of so many lines, or of all that there are. */
function linesBytes(rest: Buffer, lines: number): number {
  let bytes = 0;
  for (let line = 0; line < lines; line++) {
    const end = rest.indexOf(LINE_END, bytes);
    if (end < 0) return rest.length;
    bytes = end + LINE_END.length;
  }
  return bytes;
}

/** Whether a request holds as much of its body as it should; it asks for more by itself. */
function isFull(request: IncomingMessage | undefined): boolean {
  return request !== undefined && !request.complete && request.readableLength >= request.readableHighWaterMark;
}
