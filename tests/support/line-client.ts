import { once } from 'node:events';
import net from 'node:net';
import { afterTest } from './after-test.ts';

/** A device of a line protocol, as far as TCP goes. */
export interface LineClient {
  readonly socket: net.Socket;
  /** All that was said to it, as text of one byte a character. */
  heard(): string;
  isOpen(): boolean;
  send(bytes: Uint8Array | string): void;
}

export async function lineClient(port: number): Promise<LineClient> {
  const socket = net.connect(port, '127.0.0.1');
  afterTest(() => void socket.destroy());
  let heard = '';
  socket.setEncoding('latin1');
  socket.on('error', () => {});
  socket.on('data', (text: string) => {
    heard += text;
  });
  await once(socket, 'connect');
  return {
    socket,
    heard: () => heard,
    isOpen: () => !socket.closed,
    send: (bytes) => void socket.write(bytes),
  };
}
