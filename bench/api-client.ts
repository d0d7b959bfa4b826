import { WebSocket } from 'ws';
import type { AlertEvent } from '../src/model/alert.ts';
import { ADMIN_PASSWORD } from './server.ts';

/** A logged-in client of a bench server's API. */
export interface ApiClient {
  get<T>(path: string): Promise<T>;
  post<T>(path: string, body: unknown): Promise<T>;
  /** Opens the live socket; `onEvent` is called with each alert event, at once. */
  live(onEvent: (event: AlertEvent) => void): Promise<{ close(): void }>;
}

export async function logIn(http: URL): Promise<ApiClient> {
  const api = new URL('/api/v1/', http);
  const session = await fetch(new URL('session', api), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: 'admin', password: ADMIN_PASSWORD }),
  });
  if (!session.ok) throw new Error(`login answered ${session.status}`);
  const cookie = session.headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ');
  return {
    async get<T>(path: string) {
      const response = await fetch(new URL(path, api), { headers: { cookie } });
      if (!response.ok) throw new Error(`${path} answered ${response.status}`);
      return (await response.json()) as T;
    },
    async post<T>(path: string, body: unknown) {
      const response = await fetch(new URL(path, api), {
        method: 'POST',
        headers: { cookie, 'content-type': 'application/json', 'x-brink-csrf': '1' },
        body: JSON.stringify(body),
      });
      if (!response.ok) throw new Error(`${path} answered ${response.status}`);
      return (await response.json()) as T;
    },
    async live(onEvent) {
      const url = new URL('live', api);
      url.protocol = 'ws:';
      const socket = new WebSocket(url, { headers: { cookie, origin: http.origin } });
      const opened = new Promise<void>((resolve, reject) => {
        socket.on('error', reject);
        socket.on('message', (data) => {
          const frame = JSON.parse(String(data)) as { type: string };
          if (frame.type === 'snapshot') resolve();
          else if (frame.type === 'event') onEvent(frame as AlertEvent);
        });
      });
      await opened;
      return { close: () => socket.terminate() };
    },
  };
}
