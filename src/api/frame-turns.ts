import type { WebSocket } from 'ws';
import type { Turns } from '../lib/turns.ts';

/** What is relied on of the receiving half of a WebSocket in ws 8, beyond its types. */
interface Receiver {
  _bufferedBytes: number;
  _loop: boolean;
  startLoop(done: (error?: Error) => void): void;
  getInfo(done: (error?: Error) => void): void;
}

/** A browser or a device sends one for each message; a read with more of them is taken in pieces. */
const FRAMES_PER_TURN = 64;
const HEADER_BYTES = 2;

/**
 * Bounds the frames of a WebSocket that are taken in one turn: one read brings ten thousand pings, pongs, or small messages
 * and ws would answer them all at once. What is left waits for its turn with all such
 * connections, and nothing more is read meanwhile; all keeps its order.
 *
 * Nothing happens when the receiver is built otherwise than in the ws this was written for.
 */
export function takeFramesInTurns(socket: WebSocket, turns: Turns): void {
  const receiver = (socket as unknown as { _receiver?: Receiver })._receiver;
  if (typeof receiver?.startLoop !== 'function' || typeof receiver.getInfo !== 'function') return;
  const startLoop = receiver.startLoop.bind(receiver);
  const getInfo = receiver.getInfo.bind(receiver);
  let frames = 0;
  let isCutShort = false;

  receiver.getInfo = (done) => {
    if (receiver._bufferedBytes >= HEADER_BYTES && ++frames > FRAMES_PER_TURN) {
      isCutShort = true;
      receiver._loop = false;
      return;
    }
    getInfo(done);
  };
  receiver.startLoop = (done) => {
    frames = 0;
    isCutShort = false;
    startLoop((error) => {
      if (isCutShort && error === undefined) turns.next(() => receiver.startLoop(done));
      else done(error);
    });
  };
}
