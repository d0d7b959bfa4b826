/** What somebody begins with who has set up nothing: two persons who take turns, a robot for all, and mail that climbs. */
export const EXAMPLE = {
  people: [
    { id: 'zhang', name: '张三', role: '值班长', phone: '13800000001', email: 'zhang@example.org', by: ['mail'] },
    { id: 'li', name: '李四', role: '安监办', phone: '13800000002', email: 'li@example.org', by: ['mail'] },
  ],
  rotas: [
    {
      id: 'office',
      shifts: [{ id: 'day', hours: ['08:00', '08:00'] }],
      turn: 'day',
      from: '2026-01-01',
      order: [
        { primary: 'zhang', backup: 'li' },
        { primary: 'li', backup: 'zhang' },
      ],
    },
  ],
  channels: [
    { id: 'robot', kind: 'wecom', settings: { key: '' } },
    { id: 'mail', kind: 'email', settings: { host: 'smtp.example.org', from: 'brink@example.org' } },
  ],
  ladders: [{ id: 'climb', steps: [{ after: '5m', unless: 'answered', to: [{ rota: 'office', slot: 'backup' }] }] }],
  routes: [{ id: 'all', to: [{ channel: 'robot' }, { rota: 'office' }], ladder: 'climb', repeat: '10m' }],
};
