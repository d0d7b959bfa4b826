import type { devicesZh } from './devices.zh.ts';

export const devicesEn: typeof devicesZh = {
  server: 'Server',
  port: 'Port',
  portsWithTls: '{{tls}} (TLS), {{plain}} (not encrypted)',
  userName: 'User name',
};
