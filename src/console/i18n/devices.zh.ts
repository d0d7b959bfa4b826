/** The words of what is done to devices that are there, and of many at once. */
export const devicesZh = {
  server: '服务器',
  port: '端口',
  portsWithTls: '{{tls}}（TLS），{{plain}}（不加密）',
  userName: '用户名',
};
