/** Bodies of requests as somebody would send them, by call; a test holds them to be accepted. */
export const REQUEST_EXAMPLES: Readonly<Record<string, unknown>> = {
  'POST /session': { username: 'li.na', password: 'correct horse battery' },
  'POST /me/password': { current: 'correct horse battery', new: 'a longer one, for the flood season' },
  'POST /users': { username: 'wang.min', role: 'operator', password: 'until-the-first-sign-in' },
  'PATCH /users/{name}': { role: 'engineer' },
  'POST /trials': { topic: 'telemetry/water-09', payload: '{"depth": 12.5, "battery": 87}' },
  'POST /ingest/{device}': { ts: 1700000000000, values: { ch4: 12.5, alarm: false } },
  'POST /push/{name}': {
    messageType: 'dataReport',
    deviceId: '0f3c5a',
    IMEI: '860000000000017',
    timestamp: 1700000000000,
    payload: { serviceId: 'gas', serviceData: { ch4: 12.5, battery: 98 } },
  },
  'POST /tokens': { name: 'siren', role: 'viewer', expiresInDays: 365 },
  'POST /site': {
    profiles: [
      {
        id: 'waterlogging-gauge',
        family: 'waterlogging',
        metrics: {
          depth: { type: 'number', unit: 'cm', range: [0, 300], name: { zh: '积水深度', en: 'Water depth' } },
        },
        reportEvery: '60s',
      },
    ],
    site: {
      areas: [{ id: 'market', name: { zh: '集市社区', en: 'Market' } }],
      devices: [
        {
          id: 'water-01',
          profile: 'waterlogging-gauge',
          secret: 'drawn-by-a-machine',
          points: [{ id: 'underpass-01', area: 'market', location: [108.75, 29.52] }],
        },
      ],
    },
    thresholds: [
      {
        point: 'underpass-01',
        rules: {
          depth: { metric: 'depth', unit: 'cm', levels: { orange: { above: 20 }, red: { above: 27 } }, deadband: 2 },
        },
      },
    ],
  },
  'PUT /areas/{id}': {
    parent: 'zhengyang',
    name: { zh: '集市社区', en: 'Market Community' },
    location: [108.75, 29.52],
  },
  'PUT /points/{id}': {
    device: 'water-01',
    area: 'market',
    name: { zh: '集市路下穿道', en: 'Market Road underpass' },
    location: [108.7542, 29.5178],
    metrics: { depth: 'depth', battery: 'battery' },
  },
  'PUT /profiles/{id}/names': {
    name: { zh: '可燃气体探测器', en: 'Combustible gas detector' },
    metrics: { ch4: { zh: '甲烷', en: 'Methane' }, fault: { zh: '探测器故障', en: 'Detector fault' } },
  },
  'PATCH /devices/{id}': { name: { zh: '下穿通道水位计', en: 'Underpass gauge' } },
  'POST /devices/{id}/move': {
    to: 'underpass-09',
    area: 'market',
    name: { zh: '滨河路下穿通道', en: 'Riverside underpass' },
    limits: 'take',
  },
  'POST /devices/{id}/guard-check': { withinMinutes: 10 },
  'POST /devices/{id}/read': { what: 'state', place: '1-00010002' },
  'POST /devices/{id}/replace': { id: 'gas-01b' },
  'PUT /devices/{id}': {
    profile: 'waterlogging-gauge',
    secret: 'drawn-by-a-machine',
    points: [{ id: 'underpass-01', area: 'market', name: { zh: '集市路下穿道', en: 'Market Road underpass' } }],
  },
  'POST /backup': { folder: '/var/backups/brink/2026-07-01' },
  'PUT /points/{id}/thresholds': {
    rules: {
      depth: {
        metric: 'depth',
        unit: 'cm',
        levels: { blue: { above: 10 }, yellow: { above: 15, for: '60s' }, orange: { above: 20 }, red: { above: 27 } },
        deadband: 2,
        recoverFor: '5m',
      },
    },
    source: { note: '北京地下通道做法：20 cm 画线，27 cm 封闭', verifiedBy: null },
  },
  'POST /points/{id}/thresholds/revisions/{revision}/restore': { reason: '新限值误报太多，先恢复' },
  'POST /points/{id}/thresholds/preview': {
    days: 30,
    rules: {
      depth: { metric: 'depth', unit: 'cm', levels: { orange: { above: 20 }, red: { above: 27 } }, deadband: 3 },
    },
  },
  'PUT /sources/{name}': {
    revision: 0,
    settings: {
      kind: 'feed',
      url: 'mqtts://eu1.cloud.thethings.network:8883',
      user: 'gauges@ttn',
      topics: ['v3/gauges@ttn/devices/+/#'],
      profile: 'lorawan-water-level',
    },
    secret: 'NNSXS.KEY',
    reason: '接入水位计',
  },
  'POST /sources/{name}/test': {
    settings: {
      kind: 'feed',
      url: 'mqtts://eu1.cloud.thethings.network:8883',
      user: 'gauges@ttn',
      topics: ['v3/gauges@ttn/devices/+/#'],
    },
    secret: 'NNSXS.KEY',
  },
  'POST /notify/silences': { match: { points: ['underpass-01'] }, for: '2h', reason: '清洗水位计' },
  'POST /notify/explain': {
    area: 'market',
    family: 'waterlogging',
    level: 'red',
    setup: {
      people: [{ id: 'zhang', name: '张三', role: '值班长', phone: '13800000001', by: ['sms'] }],
      channels: [{ id: 'sms', kind: 'aliyun-sms' }],
      routes: [{ id: 'all', to: [{ person: 'zhang' }], repeat: '10m' }],
    },
  },
  'PUT /notify/setup': {
    revision: 0,
    reason: '汛期值班',
    setup: {
      people: [{ id: 'zhang', name: '张三', role: '值班长', phone: '13800000001', by: ['robot'] }],
      channels: [{ id: 'robot', kind: 'wecom', settings: { key: '693a91f6-7xxx-4bc4-97a0-0ec2sifa5aaa' } }],
      routes: [{ id: 'all', to: [{ channel: 'robot' }], repeat: '10m' }],
    },
  },
  'POST /notify/callbacks/{channel}/{key}': [
    {
      phone_number: '13800000000',
      success: true,
      err_code: 'DELIVERED',
      biz_id: '900619746936498440',
      report_time: '2026-07-03 02:14:09',
    },
  ],
  'POST /notify/channels/{id}/test': { person: 'zhang' },
  'POST /notify/texts': {
    alerts: ['FqpzfsDw1ZVfVdj4Sdw4cd'],
    templates: [{ for: 'alert', language: 'zh', title: '{level} {point}', body: '{fact}，{time}' }],
  },
  'POST /notify/rehearsals': { rota: 'office' },
  'POST /notify/preview': {
    days: 30,
    answers: 'nobody',
    night: ['22:00', '07:00'],
    setup: {
      people: [{ id: 'zhang', name: '张三', role: '值班长', phone: '13800000001', by: ['sms'] }],
      channels: [{ id: 'sms', kind: 'aliyun-sms' }],
      routes: [{ id: 'all', to: [{ person: 'zhang' }], repeat: '10m' }],
    },
  },
  'POST /thresholds/preview': {
    days: 30,
    items: [
      { point: 'underpass-01', document: { rules: { depth: { metric: 'depth', levels: { red: { above: 30 } } } } } },
      { point: 'underpass-02', document: { rules: { depth: { metric: 'depth', levels: { red: { above: 25 } } } } } },
    ],
  },
  'POST /points/{id}/thresholds/rule-test': {
    from: '2026-07-01T08:00:00+08:00',
    to: '2026-07-01T09:30:00+08:00',
    note: '水汽引起的误报，回差 2 之后只报一次',
    keep: 'canteen-gas-steam',
  },
  'PATCH /thresholds': {
    items: [
      {
        point: 'underpass-01',
        revision: 3,
        document: { rules: { depth: { metric: 'depth', unit: 'cm', levels: { red: { above: 25 } }, deadband: 2 } } },
      },
    ],
    reason: '汛期前收紧，见值班会纪要',
  },
  'POST /alerts/{id}/ack': { note: '已派人到现场' },
  'POST /alerts/{id}/reset': { note: '阀门已关，读数正常', verdict: 'true' },
  'POST /alerts/{id}/unshelve': { note: '检修提前结束' },
  'POST /alerts/{id}/note': { note: '消防已到场' },
  'POST /alerts/{id}/shelve': { note: '清淤作业，积水读数无意义', for: '30m' },
  'POST /alerts/{id}/dispatch': { to: { name: '网格员王磊' }, note: '带锥桶和绕行牌' },
  'POST /alerts/{id}/accept': { dispatch: 2 },
  'POST /alerts/{id}/decline': { dispatch: 1, note: '正在处理另一处积水' },
  'POST /alerts/{id}/arrive': { dispatch: 2, occurredAtMs: '2026-07-03T02:31:00+08:00' },
  'POST /alerts/{id}/handle': { dispatch: 2, note: '两端已封闭，抽排中' },
  'POST /alerts/{id}/steps/{step}': { note: '锥桶已摆好' },
  'POST /alerts/{id}/feedback': { verdict: 'true', cause: '雨水口堵塞', measures: '清掏雨水口，抽排', moved: 0 },
  'POST /alerts/{id}/close': { note: '积水已退，道路恢复通行' },
  'POST /alerts/{id}/reopen': { note: '再次积水' },
  'PUT /plans': {
    revision: 1,
    reason: '汛前修订',
    plans: [
      {
        id: 'underpass-closed',
        name: { zh: '下穿道积水封闭', en: 'Flooded underpass' },
        applies: { points: ['underpass-01'], levels: ['orange', 'red'] },
        steps: [
          {
            id: 'close',
            type: 'close',
            role: '网格员',
            within: '10m',
            do: { zh: '封闭两端道口', en: 'Close both ends' },
          },
          { id: 'away', type: 'evacuate', do: '撤离低洼住户', people: 12, to: '集市社区居委会' },
        ],
        phones: [{ name: '交警', number: '122' }],
        places: [{ name: '锥桶：居委会', location: [108.753, 29.517] }],
      },
    ],
  },
  'POST /maintenance': { scope: { device: 'water-01' }, for: '2h', reason: '清淤' },
  'PUT /points/{id}/out-of-service': { reason: '传感器送检' },
};
