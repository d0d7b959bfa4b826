import type { EventEmitter } from 'node:events';
import type { WebSocket } from 'ws';

/** What is relied on of the receiving half of a WebSocket in ws 8, beyond its types. */
interface Receiver extends EventEmitter {
  _maxPayload: number;
  _bufferedBytes: number;
  _payloadLength: number;
  _totalPayloadLength: number;
  _opcode: number;
  _compressed: boolean;
  _masked: boolean;
  _mask: Buffer | undefined;
  _fin: boolean;
  _fragmented: number;
  _state: number;
  _loop: boolean;
  consume(bytes: number): Buffer;
  getData(done: (error?: Error) => void): void;
}

const READS_FRAME_HEADER = 0;
const CONTROL_OPCODES = 8;
const MASK_BYTES = 4;

/**
 * Hands on what a WebSocket brings as it comes in, whatever frames and messages it is in: to MQTT they mean nothing (3.1.1,
 * 6.0), and a message that had to be whole before the broker saw any of it would be held in memory, or end the
 * connection. Nothing happens when the receiver is built otherwise than in the ws this was written for: then messages come
 * whole, up to the server's limit.
 */
export function streamFrames(socket: WebSocket): void {
  const receiver = (socket as unknown as { _receiver?: Receiver })._receiver;
  if (typeof receiver?.getData !== 'function' || typeof receiver.consume !== 'function') return;
  const usual = receiver.getData.bind(receiver);
  receiver._maxPayload = 0;
  receiver.getData = (done) => {
    if (receiver._opcode >= CONTROL_OPCODES || receiver._compressed) return usual(done);
    const { _payloadLength: left, _bufferedBytes: buffered } = receiver;
    // Pieces begin where the mask does.
    const bytes = buffered >= left ? left : buffered - (buffered % MASK_BYTES);
    if (bytes === 0 && left > 0) {
      receiver._loop = false;
      return;
    }
    if (bytes > 0) {
      const piece = receiver.consume(bytes);
      if (receiver._masked && receiver._mask !== undefined) unmask(piece, receiver._mask);
      receiver._payloadLength -= bytes;
      receiver.emit('message', piece, true);
      if (receiver._payloadLength > 0) return;
    }
    receiver._mask = undefined;
    receiver._totalPayloadLength = 0;
    if (receiver._fin) receiver._fragmented = 0;
    receiver._state = READS_FRAME_HEADER;
  };
}

function unmask(piece: Buffer, mask: Buffer): void {
  for (let at = 0; at < piece.length; at++) piece[at] = (piece[at] ?? 0) ^ (mask[at % MASK_BYTES] ?? 0);
}
