/**
 * Answers as a server gave them, shortened, by call and status; a test holds them to the schemas.
 */
export const RESPONSE_EXAMPLES: Readonly<Record<string, unknown>> = {
  'POST /session 200': {
    username: 'admin',
    role: 'admin',
    via: 'session',
    mustChangePassword: false,
    expiresAt: 1795559596426,
  },
  'GET /health 200': {
    status: 'ok',
    checks: {
      journal: {
        status: 'ok',
        bytes: 24576,
        bytesMax: 8589934592,
        pending: 0,
      },
      alerts: {
        status: 'ok',
        lag: 0,
      },
      history: {
        status: 'ok',
        lag: 0,
        bytes: 65928,
      },
      disk: {
        status: 'ok',
        freeBytes: 80397918208,
        totalBytes: 270553174016,
      },
    },
  },
  'GET /version 200': {
    version: '0.1.0',
    node: '24.21.0',
    now: 1795473197662,
    map: {
      tiles: null,
      coordinates: 'wgs84',
    },
  },
  'GET /system 200': {
    startedAt: 1795473195861,
    rates: {
      overMs: 1802.7855680000011,
      messagesPerSecond: 101.50957676182145,
      readingsPerSecond: 100.95487962104647,
      refusedPerSecond: 0.5546971407749806,
      alertsLastHour: 5,
    },
    connections: {
      mqtt: 1,
      live: 0,
    },
    devices: {
      total: 58,
      online: 2,
      clockSkewed: 0,
    },
    sinceStart: {
      messages: 183,
      readings: 182,
      refused: 1,
      repaired: 0,
      connectionsRefused: 0,
    },
  },
  'GET /me 200': {
    username: 'admin',
    role: 'admin',
    via: 'session',
    mustChangePassword: false,
    expiresAt: 1795559596426,
  },
  'PUT /areas/{id} 200': {
    id: 'market',
    parent: 'zhengyang',
    name: {
      zh: '集市社区',
      en: 'Market Community',
    },
    outline: null,
    location: [108.75, 29.52],
  },
  'PUT /areas/{id} 201': {
    id: 'market',
    parent: 'zhengyang',
    name: {
      zh: '集市社区',
      en: 'Market Community',
    },
    outline: null,
    location: [108.75, 29.52],
  },
  'GET /areas 200': {
    items: [
      {
        id: 'hillside',
        parent: 'zhengyang',
        name: {
          zh: '松岭社区',
          en: 'Pine Ridge Community',
        },
        outline: [
          [
            [108.76, 29.516],
            [108.757, 29.5149],
            [108.7556, 29.5143],
          ],
        ],
        location: null,
      },
    ],
    next: null,
  },
  'GET /quarantine 200': {
    items: [
      {
        id: 186,
        receivedAt: 1795473197654,
        device: 'stranger',
        topic: 'telemetry/stranger',
        reason: 'unknown-device',
        detail: 'no device of this id is registered',
        payload: '{"x":1}',
        payloadBase64: null,
        payloadBytes: 7,
      },
    ],
    next: null,
  },
  'GET /profiles 200': {
    items: [
      {
        id: 'combustible-gas',
        family: 'gas',
        name: {
          zh: '可燃气体探测器',
          en: 'Combustible gas detector',
        },
        reportEvery: '10s',
        metrics: {
          ch4: {
            type: 'number',
            unit: '%LEL',
            range: [-5, 110],
            name: {
              zh: '甲烷',
              en: 'Methane',
            },
          },
          fault: {
            type: 'boolean',
            name: {
              zh: '探测器故障',
              en: 'Detector fault',
            },
          },
        },
      },
    ],
    next: null,
  },
  'GET /points 200': {
    items: [
      {
        id: 'bridge-mid-01',
        name: {
          zh: '正阳大桥跨中',
          en: 'Zhengyang Bridge mid-span',
        },
        area: 'riverside',
        family: 'vibration',
        device: 'vibration-01',
        location: [108.7297, 29.5236],
        labels: {},
        reportEveryMs: 5000,
        online: false,
        state: 'offline',
        metrics: {
          ppv: {
            type: 'number',
            unit: 'mm/s',
            range: [0, 250],
            name: {
              zh: '质点峰值振动速度',
              en: 'Peak particle velocity',
            },
          },
          frequency: {
            type: 'number',
            unit: 'Hz',
            range: [0, 500],
            name: {
              zh: '主振频率',
              en: 'Dominant frequency',
            },
          },
          battery: {
            type: 'number',
            unit: '%',
            range: [0, 100],
            name: {
              zh: '电池电量',
              en: 'Battery',
            },
          },
        },
        values: {},
        alerts: [],
      },
    ],
    next: null,
  },
  'GET /thresholds 200': {
    items: [
      {
        point: 'low-street-01',
        name: {
          zh: '老街低洼段',
          en: 'Old Street low section',
        },
        area: 'market',
        family: 'waterlogging',
        revision: 1,
        unit: 'cm',
        rules: {
          depth: {
            metric: 'depth',
            unit: 'cm',
            levels: {
              blue: {
                above: 3,
              },
              yellow: {
                above: 10,
                for: '60s',
              },
              orange: {
                above: 25,
                label: '封闭道路',
              },
            },
            deadband: 2,
            recoverFor: '5m',
          },
        },
        template: 'road-depth-classes',
        deviations: [
          {
            path: '/rules/depth/levels/blue/label',
            change: 'removed',
            before: '轻度',
          },
        ],
      },
    ],
    next: 'Imxvdy1zdHJlZXQtMDEi',
  },
  'GET /templates 200': {
    items: [
      {
        id: 'beijing-underpass',
        name: {
          zh: '北京下穿道积水',
          en: 'Beijing underpass',
        },
        standard: 'Beijing underpass practice',
        source: {
          note: 'A line is painted at 20 cm; the road is closed above 27 cm. The colours are ours.',
        },
        verifiedBy: null,
        applies: {
          family: 'waterlogging',
          metric: 'depth',
          unit: 'cm',
        },
        parameters: [],
        document: {
          rules: {
            depth: {
              metric: 'depth',
              unit: 'cm',
              levels: {
                orange: {
                  above: 20,
                  label: '警戒线',
                },
                red: {
                  above: 27,
                  label: '封闭道路',
                },
              },
              deadband: 2,
              recoverFor: '5m',
            },
          },
        },
      },
    ],
    next: null,
  },
  'GET /events 200': {
    items: [
      {
        type: 'event',
        seq: 1,
        event: 'raised',
        at: 1795465996464,
        by: null,
        note: null,
        cause: null,
        alert: {
          id: 'j4h7stckmpzROo9v',
          point: 'underpass-01',
          area: 'market',
          metric: 'depth',
          rule: 'depth',
          level: 'orange',
          state: 'active',
          acknowledged: false,
          unverified: false,
          latched: false,
          shelvedUntil: null,
          value: 22,
          limit: 20,
          unit: 'cm',
          raisedAt: 1795465996464,
          receivedAt: 1795473196484,
          clearedAt: null,
          peak: {
            value: 22,
            at: 1795465996464,
            level: 'orange',
          },
          thresholdRevision: 1,
          seq: 1,
          kind: 'levels',
          device: 'water-01',
          family: 'waterlogging',
          recoveredAt: null,
          retrospective: false,
          suppressed: false,
          suppressedBy: null,
          announcedAt: 1795473196484,
          chattering: false,
          repeats: 0,
          label: null,
          comparison: {
            side: 'above',
            of: 'value',
            windowMs: null,
          },
        },
      },
    ],
    next: null,
    head: 14,
    log: '0b0e1c4a-6d2f-4c3e-9a51-2f7d8c1e5b90',
  },
  'GET /devices 200': {
    items: [
      {
        id: 'call-01',
        name: {
          zh: '手动火灾报警按钮 01',
          en: 'Manual call point 01',
        },
        profile: 'manual-call-point',
        family: 'fire',
        points: ['market-hall-call'],
        reportEveryMs: 30000,
        hasSecret: true,
        grantedAlerts: false,
        online: false,
        connected: false,
        lastSeen: null,
        clockSkewed: false,
        clockOffsetMs: null,
        refused: 0,
        repaired: 0,
        lastRefusal: null,
      },
    ],
    next: 'ImNhbGwtMDEi',
  },
  'POST /users 201': {
    username: 'wang.min',
    role: 'operator',
    mustChangePassword: true,
    createdAt: 1795473197939,
    lastLoginAt: null,
  },
  'PATCH /users/{name} 200': {
    username: 'wang.min',
    role: 'engineer',
    mustChangePassword: true,
    createdAt: 1795473197939,
    lastLoginAt: null,
  },
  'GET /users 200': {
    items: [
      {
        username: 'admin',
        role: 'admin',
        mustChangePassword: false,
        createdAt: 1795473195183,
        lastLoginAt: 1795473196426,
      },
    ],
    next: null,
  },
  'POST /tokens 201': {
    id: '8oR2e2nMwg44',
    name: 'siren',
    role: 'viewer',
    prefix: 'brink_ZeSQkJ',
    createdBy: 'admin',
    createdAt: 1795473197965,
    expiresAt: 1827009197965,
    lastUsedAt: null,
    token: 'brink_ZeSQkJs6lfN60fSfskZdTe4sk2EUn7a556Btk01CDQM',
  },
  'GET /tokens 200': {
    items: [
      {
        id: '8oR2e2nMwg44',
        name: 'siren',
        role: 'viewer',
        prefix: 'brink_ZeSQkJ',
        createdBy: 'admin',
        createdAt: 1795473197965,
        expiresAt: 1827009197965,
        lastUsedAt: null,
      },
    ],
    next: null,
  },
  'GET /site 200': {
    profiles: [
      {
        family: 'gas',
        name: {
          zh: '可燃气体探测器',
          en: 'Combustible gas detector',
        },
        metrics: {
          ch4: {
            type: 'number',
            unit: '%LEL',
            range: [-5, 110],
            sentinels: [-200, 65534, 65535],
            name: {
              zh: '甲烷',
              en: 'Methane',
            },
          },
          fault: {
            type: 'boolean',
            name: {
              zh: '探测器故障',
              en: 'Detector fault',
            },
          },
        },
        reportEvery: '10s',
        id: 'combustible-gas',
      },
    ],
    site: {
      areas: [
        {
          id: 'zhengyang',
          name: {
            zh: '正阳街道',
            en: 'Zhengyang Sub-district',
          },
          outline: [
            [
              [108.73, 29.537],
              [108.7285, 29.5336],
              [108.7272, 29.528],
            ],
          ],
        },
      ],
      devices: [
        {
          id: 'gas-01',
          profile: 'combustible-gas',
          name: {
            zh: '可燃气体探测器 01',
            en: 'Combustible gas detector 01',
          },
          points: [
            {
              id: 'canteen-gas',
              area: 'market',
              name: {
                zh: '中心小学食堂燃气',
                en: 'Central School canteen gas',
              },
              location: [108.75, 29.52],
            },
          ],
        },
      ],
    },
    thresholds: [
      {
        point: 'canteen-gas',
        rules: {
          ch4: {
            metric: 'ch4',
            unit: '%LEL',
            levels: {
              yellow: {
                above: 25,
                label: '一级报警',
              },
              red: {
                above: 50,
                label: '二级报警',
              },
            },
            deadband: 1,
            latch: true,
          },
          fault: {
            metric: 'fault',
            levels: {
              blue: {
                equals: true,
                for: '30s',
              },
            },
          },
        },
        source: {
          standard: 'GB/T 50493',
          edition: '2019',
          clause: '5.5.2',
          note: 'Level 1 at most 25 %LEL, level 2 at most 50 %LEL. Deadband 1 % of range for composition (EEMUA 191).',
          verifiedBy: null,
          template: 'gb50493-combustible',
        },
      },
    ],
  },
  'GET /devices/{id} 200': {
    id: 'water-01',
    name: {
      zh: '道路积水监测仪 01',
      en: 'Road waterlogging gauge 01',
    },
    profile: 'waterlogging-gauge',
    family: 'waterlogging',
    points: ['underpass-01'],
    reportEveryMs: 15000,
    hasSecret: true,
    grantedAlerts: false,
    online: true,
    connected: false,
    lastSeen: 1795473197652,
    clockSkewed: false,
    clockOffsetMs: -1188,
    refused: 0,
    repaired: 0,
    lastRefusal: null,
    definition: {
      profile: 'waterlogging-gauge',
      name: {
        zh: '道路积水监测仪 01',
        en: 'Road waterlogging gauge 01',
      },
      points: [
        {
          id: 'underpass-01',
          area: 'market',
          name: {
            zh: '集市路下穿道',
            en: 'Market Road underpass',
          },
          location: [108.7542, 29.5178],
        },
      ],
    },
  },
  'GET /points/{id} 200': {
    id: 'underpass-01',
    name: {
      zh: '集市路下穿道',
      en: 'Market Road underpass',
    },
    area: 'market',
    family: 'waterlogging',
    device: 'water-01',
    location: [108.7542, 29.5178],
    labels: {},
    reportEveryMs: 15000,
    online: true,
    state: 'red',
    metrics: {
      depth: {
        type: 'number',
        unit: 'cm',
        range: [-2, 300],
        name: {
          zh: '积水深度',
          en: 'Water depth',
        },
      },
      battery: {
        type: 'number',
        unit: '%',
        range: [0, 100],
        name: {
          zh: '电池电量',
          en: 'Battery',
        },
      },
    },
    values: {
      depth: {
        value: 21,
        unit: 'cm',
        ts: 1795473196464,
        quality: 'good',
      },
    },
    alerts: [
      {
        id: 'JT1Io6S0_m9kl7Sy',
        point: 'underpass-01',
        area: 'market',
        metric: 'depth',
        rule: 'depth',
        level: 'red',
        state: 'active',
        acknowledged: false,
        unverified: false,
        latched: false,
        shelvedUntil: null,
        value: 28,
        limit: 27,
        unit: 'cm',
        raisedAt: 1795472896464,
        receivedAt: 1795473197490,
        clearedAt: null,
        peak: {
          value: 28,
          at: 1795472896464,
          level: 'red',
        },
        thresholdRevision: 1,
        seq: 12,
        kind: 'levels',
        device: 'water-01',
        family: 'waterlogging',
        recoveredAt: null,
        retrospective: false,
        suppressed: false,
        suppressedBy: null,
        announcedAt: 1795473197490,
        chattering: false,
        repeats: 3,
        label: '封闭道路',
        comparison: {
          side: 'above',
          of: 'value',
          windowMs: null,
        },
      },
    ],
  },
  'GET /points/{id}/definition 200': {
    device: 'water-01',
    area: 'market',
    name: { zh: '集市路下穿道', en: 'Market Road underpass' },
    location: [108.7542, 29.5178],
  },
  'PUT /points/{id} 200': {
    id: 'underpass-01',
    name: { zh: '集市路下穿道', en: 'Market Road underpass' },
    area: 'market',
    family: 'waterlogging',
    device: 'water-01',
    location: [108.7542, 29.5178],
    labels: {},
    reportEveryMs: 15000,
    online: true,
    state: 'normal',
    metrics: {
      depth: { type: 'number', unit: 'cm', range: [-2, 300], name: { zh: '积水深度', en: 'Water depth' } },
    },
    values: { depth: { value: 3.5, unit: 'cm', ts: 1795473197652, quality: 'good' } },
    alerts: [],
  },
  'PUT /points/{id} 201': {
    id: 'underpass-01-east',
    name: { zh: '集市路下穿道东口', en: 'Market Road underpass, east' },
    area: 'market',
    family: 'waterlogging',
    device: 'water-01',
    location: [108.7542, 29.5178],
    labels: {},
    reportEveryMs: 15000,
    online: true,
    state: 'normal',
    metrics: {
      depth: { type: 'number', unit: 'cm', range: [-2, 300], name: { zh: '积水深度', en: 'Water depth' } },
    },
    values: { depth: { value: 3.5, unit: 'cm', ts: 1795473197652, quality: 'good' } },
    alerts: [],
  },
  'PUT /profiles/{id}/names 200': {
    id: 'combustible-gas',
    family: 'gas',
    name: { zh: '可燃气体探测器', en: 'Combustible gas detector' },
    reportEvery: '10s',
    metrics: {
      ch4: { type: 'number', unit: '%LEL', range: [-5, 110], name: { zh: '甲烷', en: 'Methane' } },
      fault: { type: 'boolean', name: { zh: '探测器故障', en: 'Detector fault' } },
    },
  },
  'GET /points/{id}/readings 200': {
    items: [
      {
        ts: 1795465996464,
        value: 22,
        quality: 'good',
      },
    ],
    next: 'MTc5NTQ2NjExNjQ2NA',
    metric: 'depth',
    unit: 'cm',
  },
  'GET /points/{id}/thresholds 200': {
    rules: {
      depth: {
        metric: 'depth',
        unit: 'cm',
        levels: {
          blue: {
            above: 10,
          },
          yellow: {
            above: 15,
            for: '60s',
          },
          orange: {
            above: 20,
          },
          red: {
            above: 27,
            label: '封闭道路',
          },
        },
        deadband: 2,
        recoverFor: '5m',
      },
      battery: {
        metric: 'battery',
        levels: {
          blue: {
            below: 20,
          },
        },
        recover: 25,
      },
    },
    source: {
      standard: 'Beijing underpass practice, with GB 51222',
      note: 'Beijing paints a line at 20 cm and closes the road above 27 cm; 15 cm for one lane from GB 51222; 10 cm is where waterlogging counts as medium.',
      verifiedBy: null,
      template: 'beijing-underpass',
    },
  },
  'PUT /points/{id}/thresholds 202': {
    proposal: {
      id: '9198e5a4-b69f-4758-bb14-50371c540251',
      state: 'pending',
      author: 'admin',
      at: 1795473193525,
      reason: '汛期前复核',
      expiresAt: 1796077993525,
      decidedBy: null,
      decidedAt: null,
      note: null,
      outdated: false,
      items: [
        {
          point: 'underpass-01',
          revision: 1,
          until: null,
          changes: [
            {
              path: '/rules/depth/levels/red/above',
              change: 'changed',
              before: 27,
              after: 35,
            },
          ],
          weakens: [
            {
              rule: 'depth',
              level: 'red',
              change: 'criterion',
            },
          ],
          outdated: false,
          made: null,
          before: {
            rules: {
              depth: {
                metric: 'depth',
                unit: 'cm',
                levels: {
                  blue: {
                    above: 10,
                  },
                  yellow: {
                    above: 15,
                    for: '60s',
                  },
                  orange: {
                    above: 20,
                  },
                  red: {
                    above: 27,
                    label: '封闭道路',
                  },
                },
                deadband: 2,
                recoverFor: '5m',
              },
              battery: {
                metric: 'battery',
                levels: {
                  blue: {
                    below: 20,
                  },
                },
                recover: 25,
              },
            },
            source: {
              standard: 'Beijing underpass practice, with GB 51222',
              note: 'Beijing paints a line at 20 cm and closes the road above 27 cm; 15 cm for one lane from GB 51222; 10 cm is where waterlogging counts as medium.',
              verifiedBy: null,
              template: 'beijing-underpass',
            },
          },
          document: {
            rules: {
              depth: {
                metric: 'depth',
                unit: 'cm',
                levels: {
                  blue: {
                    above: 10,
                  },
                  yellow: {
                    above: 15,
                    for: '60s',
                  },
                  orange: {
                    above: 20,
                  },
                  red: {
                    above: 35,
                    label: '封闭道路',
                  },
                },
                deadband: 2,
                recoverFor: '5m',
              },
              battery: {
                metric: 'battery',
                levels: {
                  blue: {
                    below: 20,
                  },
                },
                recover: 25,
              },
            },
            source: {
              standard: 'Beijing underpass practice, with GB 51222',
              note: 'Beijing paints a line at 20 cm and closes the road above 27 cm; 15 cm for one lane from GB 51222; 10 cm is where waterlogging counts as medium.',
              verifiedBy: null,
              template: 'beijing-underpass',
            },
          },
        },
      ],
    },
  },
  'POST /points/{id}/thresholds/revisions/{revision}/restore 200': {
    rules: {
      depth: {
        metric: 'depth',
        unit: 'cm',
        levels: {
          blue: {
            above: 10,
          },
          yellow: {
            above: 15,
            for: '60s',
          },
          orange: {
            above: 20,
          },
          red: {
            above: 27,
            label: '封闭道路',
          },
        },
        deadband: 2,
        recoverFor: '5m',
      },
      battery: {
        metric: 'battery',
        levels: {
          blue: {
            below: 20,
          },
        },
        recover: 25,
      },
    },
    source: {
      standard: 'Beijing underpass practice, with GB 51222',
      note: 'Beijing paints a line at 20 cm and closes the road above 27 cm; 15 cm for one lane from GB 51222; 10 cm is where waterlogging counts as medium.',
      verifiedBy: null,
      template: 'beijing-underpass',
    },
  },
  'PUT /points/{id}/thresholds 200': {
    rules: {
      depth: {
        metric: 'depth',
        unit: 'cm',
        levels: {
          blue: {
            above: 10,
          },
          yellow: {
            above: 15,
            for: '60s',
          },
          orange: {
            above: 20,
          },
          red: {
            above: 27,
          },
        },
        deadband: 2,
        recoverFor: '5m',
      },
    },
    source: {
      note: '北京地下通道做法：20 cm 画线，27 cm 封闭',
      verifiedBy: null,
    },
  },
  'POST /points/{id}/thresholds/revisions/{revision}/restore 202': {
    proposal: {
      id: 'fb441935-502f-461d-8070-949f7b742325',
      state: 'pending',
      author: 'admin',
      at: 1795473193644,
      reason: '新限值误报太多，先恢复',
      expiresAt: 1796077993644,
      decidedBy: null,
      decidedAt: null,
      note: null,
      outdated: false,
      items: [
        {
          point: 'underpass-01',
          revision: 3,
          until: null,
          changes: [
            {
              path: '/rules/depth/levels/orange/above',
              change: 'changed',
              before: 18,
              after: 20,
            },
          ],
          weakens: [
            {
              rule: 'depth',
              level: 'orange',
              change: 'criterion',
            },
          ],
          outdated: false,
          made: null,
          before: {
            rules: {
              depth: {
                metric: 'depth',
                unit: 'cm',
                levels: {
                  blue: {
                    above: 10,
                  },
                  yellow: {
                    above: 15,
                    for: '60s',
                  },
                  orange: {
                    above: 18,
                  },
                  red: {
                    above: 20,
                    label: '封闭道路',
                  },
                },
                deadband: 2,
                recoverFor: '5m',
              },
              battery: {
                metric: 'battery',
                levels: {
                  blue: {
                    below: 20,
                  },
                },
                recover: 25,
              },
            },
            source: {
              standard: 'Beijing underpass practice, with GB 51222',
              note: 'Beijing paints a line at 20 cm and closes the road above 27 cm; 15 cm for one lane from GB 51222; 10 cm is where waterlogging counts as medium.',
              verifiedBy: null,
              template: 'beijing-underpass',
            },
          },
          document: {
            rules: {
              depth: {
                metric: 'depth',
                unit: 'cm',
                levels: {
                  blue: {
                    above: 10,
                  },
                  yellow: {
                    above: 15,
                    for: '60s',
                  },
                  orange: {
                    above: 20,
                  },
                  red: {
                    above: 27,
                    label: '封闭道路',
                  },
                },
                deadband: 2,
                recoverFor: '5m',
              },
              battery: {
                metric: 'battery',
                levels: {
                  blue: {
                    below: 20,
                  },
                },
                recover: 25,
              },
            },
            source: {
              standard: 'Beijing underpass practice, with GB 51222',
              note: 'Beijing paints a line at 20 cm and closes the road above 27 cm; 15 cm for one lane from GB 51222; 10 cm is where waterlogging counts as medium.',
              verifiedBy: null,
              template: 'beijing-underpass',
            },
          },
        },
      ],
    },
  },
  'PATCH /thresholds 202': {
    applied: false,
    needsApproval: true,
    items: [
      {
        point: 'underpass-02',
        revision: 1,
        changes: [
          {
            path: '/rules/depth/levels/red/above',
            change: 'changed',
            before: 27,
            after: 35,
          },
        ],
        problems: [],
        weakens: [
          {
            rule: 'depth',
            level: 'red',
            change: 'criterion',
          },
        ],
      },
    ],
    proposal: {
      id: 'fa30a3c0-2716-44df-a82a-da600c2dcde6',
      state: 'pending',
      author: 'admin',
      at: 1795473193660,
      reason: '汛期后放宽',
      expiresAt: 1796077993660,
      decidedBy: null,
      decidedAt: null,
      note: null,
      outdated: false,
      items: [
        {
          point: 'underpass-02',
          revision: 1,
          until: null,
          changes: [
            {
              path: '/rules/depth/levels/red/above',
              change: 'changed',
              before: 27,
              after: 35,
            },
          ],
          weakens: [
            {
              rule: 'depth',
              level: 'red',
              change: 'criterion',
            },
          ],
          outdated: false,
          made: null,
          before: {
            rules: {
              depth: {
                metric: 'depth',
                unit: 'cm',
                levels: {
                  blue: {
                    above: 10,
                  },
                  yellow: {
                    above: 15,
                    for: '60s',
                  },
                  orange: {
                    above: 20,
                  },
                  red: {
                    above: 27,
                    label: '封闭道路',
                  },
                },
                deadband: 2,
                recoverFor: '5m',
              },
              battery: {
                metric: 'battery',
                levels: {
                  blue: {
                    below: 20,
                  },
                },
                recover: 25,
              },
            },
            source: {
              standard: 'Beijing underpass practice, with GB 51222',
              note: 'Beijing paints a line at 20 cm and closes the road above 27 cm; 15 cm for one lane from GB 51222; 10 cm is where waterlogging counts as medium.',
              verifiedBy: null,
              template: 'beijing-underpass',
            },
          },
          document: {
            rules: {
              depth: {
                metric: 'depth',
                unit: 'cm',
                levels: {
                  blue: {
                    above: 10,
                  },
                  yellow: {
                    above: 15,
                    for: '60s',
                  },
                  orange: {
                    above: 20,
                  },
                  red: {
                    above: 35,
                    label: '封闭道路',
                  },
                },
                deadband: 2,
                recoverFor: '5m',
              },
              battery: {
                metric: 'battery',
                levels: {
                  blue: {
                    below: 20,
                  },
                },
                recover: 25,
              },
            },
            source: {
              standard: 'Beijing underpass practice, with GB 51222',
              note: 'Beijing paints a line at 20 cm and closes the road above 27 cm; 15 cm for one lane from GB 51222; 10 cm is where waterlogging counts as medium.',
              verifiedBy: null,
              template: 'beijing-underpass',
            },
          },
        },
      ],
    },
  },
  'POST /templates/{id}/apply 202': {
    applied: false,
    needsApproval: true,
    items: [
      {
        point: 'underpass-03',
        revision: 1,
        changes: [
          {
            path: '/rules/depth/levels/blue/above',
            change: 'changed',
            before: 10,
            after: 3,
          },
        ],
        problems: [],
        weakens: [
          {
            rule: 'depth',
            level: 'orange',
            change: 'criterion',
          },
        ],
      },
    ],
    proposal: {
      id: '488568b1-0d96-4c96-a069-bda5b869fc71',
      state: 'pending',
      author: 'admin',
      at: 1795473193679,
      reason: '按道路积水分级',
      expiresAt: 1796077993679,
      decidedBy: null,
      decidedAt: null,
      note: null,
      outdated: false,
      items: [
        {
          point: 'underpass-03',
          revision: 1,
          until: null,
          changes: [
            {
              path: '/rules/depth/levels/blue/above',
              change: 'changed',
              before: 10,
              after: 3,
            },
          ],
          weakens: [
            {
              rule: 'depth',
              level: 'orange',
              change: 'criterion',
            },
          ],
          outdated: false,
          made: null,
          before: {
            rules: {
              depth: {
                metric: 'depth',
                unit: 'cm',
                levels: {
                  blue: {
                    above: 10,
                  },
                  yellow: {
                    above: 15,
                    for: '60s',
                  },
                  orange: {
                    above: 20,
                  },
                  red: {
                    above: 27,
                    label: '封闭道路',
                  },
                },
                deadband: 2,
                recoverFor: '5m',
              },
              battery: {
                metric: 'battery',
                levels: {
                  blue: {
                    below: 20,
                  },
                },
                recover: 25,
              },
            },
            source: {
              standard: 'Beijing underpass practice, with GB 51222',
              note: 'Beijing paints a line at 20 cm and closes the road above 27 cm; 15 cm for one lane from GB 51222; 10 cm is where waterlogging counts as medium.',
              verifiedBy: null,
              template: 'beijing-underpass',
            },
          },
          document: {
            rules: {
              depth: {
                metric: 'depth',
                unit: 'cm',
                levels: {
                  blue: {
                    above: 3,
                    label: '轻度',
                  },
                  yellow: {
                    above: 10,
                    label: '中度',
                  },
                  orange: {
                    above: 25,
                    label: '重度',
                  },
                },
                deadband: 2,
                recoverFor: '5m',
              },
            },
            source: {
              standard: 'Classes of road waterlogging',
              note: 'Below 3 cm none, 3 to 10 cm light, 10 to 25 cm medium, from 25 cm heavy. The colours are ours.',
              verifiedBy: null,
              template: 'road-depth-classes',
            },
          },
        },
      ],
    },
  },
  'GET /thresholds/proposals 200': {
    items: [
      {
        id: '488568b1-0d96-4c96-a069-bda5b869fc71',
        state: 'pending',
        author: 'admin',
        at: 1795473193679,
        reason: '按道路积水分级',
        expiresAt: 1796077993679,
        decidedBy: null,
        decidedAt: null,
        note: null,
        outdated: false,
        points: ['underpass-03'],
      },
    ],
    next: null,
    required: true,
  },
  'GET /thresholds/proposals/{id} 200': {
    id: '488568b1-0d96-4c96-a069-bda5b869fc71',
    state: 'pending',
    author: 'admin',
    at: 1795473193679,
    reason: '按道路积水分级',
    expiresAt: 1796077993679,
    decidedBy: null,
    decidedAt: null,
    note: null,
    outdated: false,
    items: [
      {
        point: 'underpass-03',
        revision: 1,
        until: null,
        changes: [
          {
            path: '/rules/depth/levels/blue/above',
            change: 'changed',
            before: 10,
            after: 3,
          },
        ],
        weakens: [
          {
            rule: 'depth',
            level: 'orange',
            change: 'criterion',
          },
        ],
        outdated: false,
        made: null,
        before: {
          rules: {
            depth: {
              metric: 'depth',
              unit: 'cm',
              levels: {
                blue: {
                  above: 10,
                },
                yellow: {
                  above: 15,
                  for: '60s',
                },
                orange: {
                  above: 20,
                },
                red: {
                  above: 27,
                  label: '封闭道路',
                },
              },
              deadband: 2,
              recoverFor: '5m',
            },
            battery: {
              metric: 'battery',
              levels: {
                blue: {
                  below: 20,
                },
              },
              recover: 25,
            },
          },
          source: {
            standard: 'Beijing underpass practice, with GB 51222',
            note: 'Beijing paints a line at 20 cm and closes the road above 27 cm; 15 cm for one lane from GB 51222; 10 cm is where waterlogging counts as medium.',
            verifiedBy: null,
            template: 'beijing-underpass',
          },
        },
        document: {
          rules: {
            depth: {
              metric: 'depth',
              unit: 'cm',
              levels: {
                blue: {
                  above: 3,
                  label: '轻度',
                },
                yellow: {
                  above: 10,
                  label: '中度',
                },
                orange: {
                  above: 25,
                  label: '重度',
                },
              },
              deadband: 2,
              recoverFor: '5m',
            },
          },
          source: {
            standard: 'Classes of road waterlogging',
            note: 'Below 3 cm none, 3 to 10 cm light, 10 to 25 cm medium, from 25 cm heavy. The colours are ours.',
            verifiedBy: null,
            template: 'road-depth-classes',
          },
        },
      },
    ],
  },
  'POST /thresholds/proposals/{id}/approve 200': {
    id: '59a02170-2613-404d-a1c5-b01379f2de49',
    state: 'approved',
    author: 'token:zhao',
    at: 1795473193822,
    reason: 'wolf',
    expiresAt: 1796077993822,
    decidedBy: 'token:qian',
    decidedAt: 1795473193867,
    note: '与现场核对过，同意',
    outdated: false,
    items: [
      {
        point: 'underpass-04',
        revision: 1,
        until: null,
        changes: [
          {
            path: '/rules/depth/levels/red/above',
            change: 'changed',
            before: 27,
            after: 37,
          },
        ],
        weakens: [
          {
            rule: 'depth',
            level: 'red',
            change: 'criterion',
          },
        ],
        outdated: false,
        made: 2,
        before: {
          rules: {
            depth: {
              metric: 'depth',
              unit: 'cm',
              levels: {
                blue: {
                  above: 10,
                },
                yellow: {
                  above: 15,
                  for: '60s',
                },
                orange: {
                  above: 20,
                },
                red: {
                  above: 27,
                  label: '封闭道路',
                },
              },
              deadband: 2,
              recoverFor: '5m',
            },
            battery: {
              metric: 'battery',
              levels: {
                blue: {
                  below: 20,
                },
              },
              recover: 25,
            },
          },
          source: {
            standard: 'Beijing underpass practice, with GB 51222',
            note: 'Beijing paints a line at 20 cm and closes the road above 27 cm; 15 cm for one lane from GB 51222; 10 cm is where waterlogging counts as medium.',
            verifiedBy: null,
            template: 'beijing-underpass',
          },
        },
        document: {
          rules: {
            depth: {
              metric: 'depth',
              unit: 'cm',
              levels: {
                blue: {
                  above: 10,
                },
                yellow: {
                  above: 15,
                  for: '60s',
                },
                orange: {
                  above: 20,
                },
                red: {
                  above: 37,
                  label: '封闭道路',
                },
              },
              deadband: 2,
              recoverFor: '5m',
            },
            battery: {
              metric: 'battery',
              levels: {
                blue: {
                  below: 20,
                },
              },
              recover: 25,
            },
          },
          source: {
            standard: 'Beijing underpass practice, with GB 51222',
            note: 'Beijing paints a line at 20 cm and closes the road above 27 cm; 15 cm for one lane from GB 51222; 10 cm is where waterlogging counts as medium.',
            verifiedBy: null,
            template: 'beijing-underpass',
          },
        },
      },
    ],
  },
  'POST /thresholds/proposals/{id}/reject 200': {
    id: '83543070-f859-4e4a-923c-727ba4c7bd1f',
    state: 'rejected',
    author: 'token:zhao',
    at: 1795473193751,
    reason: 'wolf',
    expiresAt: 1796077993751,
    decidedBy: 'token:qian',
    decidedAt: 1795473193900,
    note: '汛期内不放宽',
    outdated: false,
    items: [
      {
        point: 'underpass-03',
        revision: 1,
        until: null,
        changes: [
          {
            path: '/rules/depth/levels/red/above',
            change: 'changed',
            before: 27,
            after: 36,
          },
        ],
        weakens: [
          {
            rule: 'depth',
            level: 'red',
            change: 'criterion',
          },
        ],
        outdated: false,
        made: null,
        before: {
          rules: {
            depth: {
              metric: 'depth',
              unit: 'cm',
              levels: {
                blue: {
                  above: 10,
                },
                yellow: {
                  above: 15,
                  for: '60s',
                },
                orange: {
                  above: 20,
                },
                red: {
                  above: 27,
                  label: '封闭道路',
                },
              },
              deadband: 2,
              recoverFor: '5m',
            },
            battery: {
              metric: 'battery',
              levels: {
                blue: {
                  below: 20,
                },
              },
              recover: 25,
            },
          },
          source: {
            standard: 'Beijing underpass practice, with GB 51222',
            note: 'Beijing paints a line at 20 cm and closes the road above 27 cm; 15 cm for one lane from GB 51222; 10 cm is where waterlogging counts as medium.',
            verifiedBy: null,
            template: 'beijing-underpass',
          },
        },
        document: {
          rules: {
            depth: {
              metric: 'depth',
              unit: 'cm',
              levels: {
                blue: {
                  above: 10,
                },
                yellow: {
                  above: 15,
                  for: '60s',
                },
                orange: {
                  above: 20,
                },
                red: {
                  above: 36,
                  label: '封闭道路',
                },
              },
              deadband: 2,
              recoverFor: '5m',
            },
            battery: {
              metric: 'battery',
              levels: {
                blue: {
                  below: 20,
                },
              },
              recover: 25,
            },
          },
          source: {
            standard: 'Beijing underpass practice, with GB 51222',
            note: 'Beijing paints a line at 20 cm and closes the road above 27 cm; 15 cm for one lane from GB 51222; 10 cm is where waterlogging counts as medium.',
            verifiedBy: null,
            template: 'beijing-underpass',
          },
        },
      },
    ],
  },
  'POST /thresholds/proposals/{id}/withdraw 200': {
    id: '488568b1-0d96-4c96-a069-bda5b869fc71',
    state: 'withdrawn',
    author: 'admin',
    at: 1795473193679,
    reason: '按道路积水分级',
    expiresAt: 1796077993679,
    decidedBy: 'admin',
    decidedAt: 1795473194017,
    note: null,
    outdated: false,
    items: [
      {
        point: 'underpass-03',
        revision: 1,
        until: null,
        changes: [
          {
            path: '/rules/depth/levels/blue/above',
            change: 'changed',
            before: 10,
            after: 3,
          },
        ],
        weakens: [
          {
            rule: 'depth',
            level: 'orange',
            change: 'criterion',
          },
        ],
        outdated: false,
        made: null,
        before: {
          rules: {
            depth: {
              metric: 'depth',
              unit: 'cm',
              levels: {
                blue: {
                  above: 10,
                },
                yellow: {
                  above: 15,
                  for: '60s',
                },
                orange: {
                  above: 20,
                },
                red: {
                  above: 27,
                  label: '封闭道路',
                },
              },
              deadband: 2,
              recoverFor: '5m',
            },
            battery: {
              metric: 'battery',
              levels: {
                blue: {
                  below: 20,
                },
              },
              recover: 25,
            },
          },
          source: {
            standard: 'Beijing underpass practice, with GB 51222',
            note: 'Beijing paints a line at 20 cm and closes the road above 27 cm; 15 cm for one lane from GB 51222; 10 cm is where waterlogging counts as medium.',
            verifiedBy: null,
            template: 'beijing-underpass',
          },
        },
        document: {
          rules: {
            depth: {
              metric: 'depth',
              unit: 'cm',
              levels: {
                blue: {
                  above: 3,
                  label: '轻度',
                },
                yellow: {
                  above: 10,
                  label: '中度',
                },
                orange: {
                  above: 25,
                  label: '重度',
                },
              },
              deadband: 2,
              recoverFor: '5m',
            },
          },
          source: {
            standard: 'Classes of road waterlogging',
            note: 'Below 3 cm none, 3 to 10 cm light, 10 to 25 cm medium, from 25 cm heavy. The colours are ours.',
            verifiedBy: null,
            template: 'road-depth-classes',
          },
        },
      },
    ],
  },
  'GET /points/{id}/thresholds/revisions 200': {
    items: [
      {
        point: 'underpass-01',
        revision: 3,
        document: {
          rules: {
            depth: {
              metric: 'depth',
              unit: 'cm',
              levels: {
                blue: {
                  above: 10,
                },
                yellow: {
                  above: 15,
                  for: '60s',
                },
                orange: {
                  above: 20,
                },
                red: {
                  above: 27,
                  label: '封闭道路',
                },
              },
              deadband: 2,
              recoverFor: '5m',
            },
            battery: {
              metric: 'battery',
              levels: {
                blue: {
                  below: 20,
                },
              },
              recover: 25,
            },
          },
          source: {
            standard: 'Beijing underpass practice, with GB 51222',
            note: 'Beijing paints a line at 20 cm and closes the road above 27 cm; 15 cm for one lane from GB 51222; 10 cm is where waterlogging counts as medium.',
            verifiedBy: null,
            template: 'beijing-underpass',
          },
        },
        author: 'admin',
        at: 1795473198220,
        reason: '新限值误报太多，先恢复',
        until: null,
        revertsTo: null,
        approvedBy: null,
        proposal: null,
      },
    ],
    next: null,
  },
  'GET /points/{id}/thresholds/revisions/{revision} 200': {
    point: 'underpass-01',
    revision: 2,
    document: {
      rules: {
        depth: {
          metric: 'depth',
          unit: 'cm',
          levels: {
            blue: {
              above: 10,
            },
            yellow: {
              above: 15,
              for: '60s',
            },
            orange: {
              above: 20,
            },
            red: {
              above: 27,
            },
          },
          deadband: 2,
          recoverFor: '5m',
        },
      },
      source: {
        note: '北京地下通道做法：20 cm 画线，27 cm 封闭',
        verifiedBy: null,
      },
    },
    author: 'admin',
    at: 1795473198120,
    reason: '汛期前复核',
    until: null,
    revertsTo: null,
    approvedBy: null,
    proposal: null,
    changes: [
      {
        path: '/rules/depth/levels/red/label',
        change: 'removed',
        before: '封闭道路',
      },
    ],
  },
  'GET /points/{id}/thresholds/difference 200': {
    from: 1,
    to: 2,
    changes: [
      {
        path: '/rules/depth/levels/red/label',
        change: 'removed',
        before: '封闭道路',
      },
    ],
  },
  'POST /points/{id}/thresholds/preview 200': {
    point: 'underpass-01',
    from: 1795386798248,
    to: 1795473198248,
    revision: 3,
    data: {
      readings: 121,
      bad: 0,
      late: 0,
      first: 1795465996464,
      last: 1795473196464,
      reportEvery: 15000,
      interval: 60000,
      slower: [{ from: 1795465996464, to: 1795473196464, interval: 60000 }],
      covered: 0.0853,
      judges: 'part',
      coarse: [],
    },
    present: {
      alerts: 4,
      byLevel: {
        blue: 0,
        yellow: 0,
        orange: 0,
        red: 4,
      },
      alertsPerDay: 4,
      timeInAlarm: 1321784,
      timeInAlarmShare: 0.0152984,
      longest: 360000,
      fleeting: 0,
      chatteringEpisodes: 0,
      delay: {
        median: 0,
        longest: 0,
      },
      rules: {
        depth: {
          alerts: 4,
          byLevel: {
            blue: 0,
            yellow: 0,
            orange: 0,
            red: 4,
          },
          alertsPerDay: 4,
          timeInAlarm: 1321784,
          timeInAlarmShare: 0.0152984,
          longest: 360000,
          fleeting: 0,
          chatteringEpisodes: 0,
          delay: {
            median: 0,
            longest: 0,
          },
        },
      },
      incidents: [
        {
          rule: 'depth',
          kind: 'levels',
          level: 'red',
          raisedAt: 1795465996464,
          clearedAt: 1795466116464,
          breachAt: 1795465996464,
          metric: 'depth',
          unit: 'cm',
          limit: 20,
          peak: {
            value: 28,
            at: 1795466056464,
          },
          unverified: false,
          latched: false,
        },
      ],
      incidentsLeftOut: 0,
    },
    proposed: {
      alerts: 4,
      byLevel: {
        blue: 0,
        yellow: 0,
        orange: 1,
        red: 3,
      },
      alertsPerDay: 4,
      timeInAlarm: 1081784,
      timeInAlarmShare: 0.0125206,
      longest: 360000,
      fleeting: 0,
      chatteringEpisodes: 0,
      delay: {
        median: 0,
        longest: 0,
      },
      rules: {
        depth: {
          alerts: 4,
          byLevel: {
            blue: 0,
            yellow: 0,
            orange: 1,
            red: 3,
          },
          alertsPerDay: 4,
          timeInAlarm: 1081784,
          timeInAlarmShare: 0.0125206,
          longest: 360000,
          fleeting: 0,
          chatteringEpisodes: 0,
          delay: {
            median: 0,
            longest: 0,
          },
        },
      },
      incidents: [
        {
          rule: 'depth',
          kind: 'levels',
          level: 'orange',
          raisedAt: 1795465996464,
          clearedAt: 1795466056464,
          breachAt: 1795465996464,
          metric: 'depth',
          unit: 'cm',
          limit: 20,
          peak: {
            value: 22,
            at: 1795465996464,
          },
          unverified: false,
          latched: false,
        },
      ],
      incidentsLeftOut: 0,
    },
    gained: [],
    gainedTotal: 0,
    lost: [],
    lostTotal: 0,
    levelChanged: [
      {
        rule: 'depth',
        raisedAt: 1795465996464,
        present: 'red',
        proposed: 'orange',
      },
    ],
    levelChangedTotal: 1,
    lessons: [
      {
        name: 'underpass-pump-stood-still',
        title: 'underpass-01, 2026-07-01 08:00',
        failures: [{ at: '22m', expected: '22m depth escalated red', found: 'nothing of the kind' }],
      },
    ],
    weakens: [],
  },
  'GET /points/{id}/thresholds/advice 200': {
    point: 'underpass-01',
    rule: 'depth',
    revision: 3,
    from: 1795386798403,
    to: 1795473198403,
    unit: 'cm',
    data: {
      readings: 121,
      bad: 0,
      late: 0,
      first: 1795465996464,
      last: 1795473196464,
      reportEvery: 15000,
      interval: 60000,
      slower: [{ from: 1795465996464, to: 1795473196464, interval: 60000 }],
      covered: 0.0853,
      judges: 'part',
      coarse: [],
    },
    interval: 60000,
    noise: 1.33,
    excursions: {
      count: 4,
      median: 330969.5,
      p90: 360000,
      longest: 360000,
    },
    verdicts: {
      true: 0,
      false: 0,
      test: 0,
    },
    bare: {
      alerts: 4,
      removed: -3,
      delay: 0,
      timeInAlarm: 1081939,
      lost: 0,
      trueLost: 0,
      falseRemoved: 0,
    },
    present: {
      alerts: 1,
      removed: 0,
      delay: 0,
      timeInAlarm: 7201939,
      lost: 0,
      trueLost: 0,
      falseRemoved: 0,
    },
    deadband: {
      present: 2,
      suggested: null,
      curve: [
        {
          deadband: 0,
          alerts: 1,
          removed: 0,
          delay: 0,
          timeInAlarm: 7201939,
          lost: 0,
          trueLost: 0,
          falseRemoved: 0,
        },
      ],
    },
    onDelay: {
      suggested: null,
      advisable: true,
      curve: [
        {
          for: '1m',
          ms: 60000,
          alerts: 1,
          removed: 0,
          delay: 60000,
          timeInAlarm: 5041939,
          lost: 0,
          trueLost: 0,
          falseRemoved: 0,
        },
      ],
    },
    offDelay: {
      suggested: null,
      curve: [
        {
          for: '1m',
          ms: 60000,
          alerts: 1,
          removed: 0,
          delay: 0,
          timeInAlarm: 7201939,
          lost: 0,
          trueLost: 0,
          falseRemoved: 0,
        },
      ],
    },
    suggested: null,
    reasons: [
      {
        zh: '未发现更好的回差或延时。',
        en: 'No deadband or delay was found that would do better.',
      },
    ],
  },
  'POST /thresholds/preview 202': {
    id: '5e781537-0b14-4cb7-b5e2-7f4a70fa9be1',
    state: 'running',
    by: 'admin',
    startedAt: 1795473198988,
    endedAt: null,
    from: 1795386798987,
    to: 1795473198987,
    total: 2,
    done: 0,
    share: 0,
    items: [],
    failures: [],
    totals: {
      points: 0,
      quieter: 0,
      louder: 0,
      present: {
        alerts: 0,
        byLevel: {
          blue: 0,
          yellow: 0,
          orange: 0,
          red: 0,
        },
        alertsPerDay: 0,
        timeInAlarm: 0,
        longest: 0,
        fleeting: 0,
        chatteringEpisodes: 0,
      },
      proposed: {
        alerts: 0,
        byLevel: {
          blue: 0,
          yellow: 0,
          orange: 0,
          red: 0,
        },
        alertsPerDay: 0,
        timeInAlarm: 0,
        longest: 0,
        fleeting: 0,
        chatteringEpisodes: 0,
      },
      gained: 0,
      lost: 0,
      levelChanged: 0,
      slower: 0,
      unjudged: 0,
    },
  },
  'GET /thresholds/preview/{job} 200': {
    id: '5e781537-0b14-4cb7-b5e2-7f4a70fa9be1',
    state: 'done',
    by: 'admin',
    startedAt: 1795473198988,
    endedAt: 1795473199003,
    from: 1795386798987,
    to: 1795473198987,
    total: 2,
    done: 2,
    share: 1,
    items: [
      {
        point: 'underpass-01',
        revision: 3,
        present: {
          alerts: 4,
          byLevel: {
            blue: 0,
            yellow: 0,
            orange: 0,
            red: 4,
          },
          alertsPerDay: 4,
          timeInAlarm: 1321784,
          timeInAlarmShare: 0.0152984,
          longest: 360000,
          fleeting: 0,
          chatteringEpisodes: 0,
          delay: {
            median: 0,
            longest: 0,
          },
        },
        proposed: {
          alerts: 0,
          byLevel: {
            blue: 0,
            yellow: 0,
            orange: 0,
            red: 0,
          },
          alertsPerDay: 0,
          timeInAlarm: 0,
          timeInAlarmShare: 0,
          longest: 0,
          fleeting: 0,
          chatteringEpisodes: 0,
          delay: null,
        },
        data: {
          readings: 121,
          bad: 0,
          late: 0,
          first: 1795465996464,
          last: 1795473196464,
          reportEvery: 15000,
          interval: 60000,
          slower: [{ from: 1795465996464, to: 1795473196464, interval: 60000 }],
          covered: 0.0853,
          judges: 'part',
          coarse: [],
        },
        gained: 0,
        lost: 4,
        levelChanged: 0,
        weakens: [
          {
            rule: 'depth',
            level: 'orange',
            change: 'removed',
          },
        ],
      },
    ],
    failures: [],
    totals: {
      points: 2,
      quieter: 1,
      louder: 0,
      present: {
        alerts: 4,
        byLevel: {
          blue: 0,
          yellow: 0,
          orange: 0,
          red: 4,
        },
        alertsPerDay: 4,
        timeInAlarm: 1321784,
        longest: 360000,
        fleeting: 0,
        chatteringEpisodes: 0,
      },
      proposed: {
        alerts: 0,
        byLevel: {
          blue: 0,
          yellow: 0,
          orange: 0,
          red: 0,
        },
        alertsPerDay: 0,
        timeInAlarm: 0,
        longest: 0,
        fleeting: 0,
        chatteringEpisodes: 0,
      },
      gained: 0,
      lost: 4,
      levelChanged: 0,
      slower: 1,
      unjudged: 0,
    },
  },
  'DELETE /thresholds/preview/{job} 200': {
    id: '5e781537-0b14-4cb7-b5e2-7f4a70fa9be1',
    state: 'done',
    by: 'admin',
    startedAt: 1795473198988,
    endedAt: 1795473199003,
    from: 1795386798987,
    to: 1795473198987,
    total: 2,
    done: 2,
    share: 1,
    items: [
      {
        point: 'underpass-01',
        revision: 3,
        present: {
          alerts: 4,
          byLevel: {
            blue: 0,
            yellow: 0,
            orange: 0,
            red: 4,
          },
          alertsPerDay: 4,
          timeInAlarm: 1321784,
          timeInAlarmShare: 0.0152984,
          longest: 360000,
          fleeting: 0,
          chatteringEpisodes: 0,
          delay: {
            median: 0,
            longest: 0,
          },
        },
        proposed: {
          alerts: 0,
          byLevel: {
            blue: 0,
            yellow: 0,
            orange: 0,
            red: 0,
          },
          alertsPerDay: 0,
          timeInAlarm: 0,
          timeInAlarmShare: 0,
          longest: 0,
          fleeting: 0,
          chatteringEpisodes: 0,
          delay: null,
        },
        data: {
          readings: 121,
          bad: 0,
          late: 0,
          first: 1795465996464,
          last: 1795473196464,
          reportEvery: 15000,
          interval: 60000,
          slower: [{ from: 1795465996464, to: 1795473196464, interval: 60000 }],
          covered: 0.0853,
          judges: 'part',
          coarse: [],
        },
        gained: 0,
        lost: 4,
        levelChanged: 0,
        weakens: [
          {
            rule: 'depth',
            level: 'orange',
            change: 'removed',
          },
        ],
      },
    ],
    failures: [],
    totals: {
      points: 2,
      quieter: 1,
      louder: 0,
      present: {
        alerts: 4,
        byLevel: {
          blue: 0,
          yellow: 0,
          orange: 0,
          red: 4,
        },
        alertsPerDay: 4,
        timeInAlarm: 1321784,
        longest: 360000,
        fleeting: 0,
        chatteringEpisodes: 0,
      },
      proposed: {
        alerts: 0,
        byLevel: {
          blue: 0,
          yellow: 0,
          orange: 0,
          red: 0,
        },
        alertsPerDay: 0,
        timeInAlarm: 0,
        longest: 0,
        fleeting: 0,
        chatteringEpisodes: 0,
      },
      gained: 0,
      lost: 4,
      levelChanged: 0,
      slower: 1,
      unjudged: 0,
    },
  },
  'POST /points/{id}/thresholds/rule-test 200': {
    file: 'canteen-gas-steam.test.yaml',
    text: '# canteen-gas, real readings from 2026-07-01 08:00 to 2026-07-01 09:30 (UTC+8), thresholds revision 3, kept by li.na.\n# 水汽引起的误报，回差 2 之后只报一次\n- name: "canteen-gas, 2026-07-01 08:00"\n  point: canteen-gas\n  start: "2026-07-01T08:00:00+08:00"\n  every: 10s\n  input:\n    ch4: >-\n      3x180 3+2.5x10 26x12 3x338\n  expect:\n    - { at: 1h30m, alerts: { ch4: { level: yellow, recovered: true } } }\n  log:\n    - 31m30s ch4 raised yellow\n    - 33m40s ch4 recovered yellow\n',
    log: ['31m30s ch4 raised yellow', '33m40s ch4 recovered yellow'],
    samples: 540,
    everyMs: 10000,
    exact: false,
    kept: 'canteen-gas-steam',
  },
  'GET /rule-tests 200': {
    items: [
      {
        name: 'canteen-gas-steam',
        point: 'canteen-gas',
        author: 'li.na',
        at: 1782869400000,
        text: '# canteen-gas, real readings from 2026-07-01 08:00 to 2026-07-01 09:30 (UTC+8), thresholds revision 3, kept by li.na.\n# 水汽引起的误报，回差 2 之后只报一次\n- name: "canteen-gas, 2026-07-01 08:00"\n  point: canteen-gas\n  start: "2026-07-01T08:00:00+08:00"\n  every: 10s\n  input:\n    ch4: >-\n      3x180 3+2.5x10 26x12 3x338\n  expect:\n    - { at: 1h30m, alerts: { ch4: { level: yellow, recovered: true } } }\n  log:\n    - 31m30s ch4 raised yellow\n    - 33m40s ch4 recovered yellow\n',
      },
    ],
    next: null,
  },
  'GET /rule-tests/{name} 200': {
    name: 'canteen-gas-steam',
    point: 'canteen-gas',
    author: 'li.na',
    at: 1782869400000,
    text: '# canteen-gas, real readings from 2026-07-01 08:00 to 2026-07-01 09:30 (UTC+8), thresholds revision 3, kept by li.na.\n# 水汽引起的误报，回差 2 之后只报一次\n- name: "canteen-gas, 2026-07-01 08:00"\n  point: canteen-gas\n  start: "2026-07-01T08:00:00+08:00"\n  every: 10s\n  input:\n    ch4: >-\n      3x180 3+2.5x10 26x12 3x338\n  expect:\n    - { at: 1h30m, alerts: { ch4: { level: yellow, recovered: true } } }\n  log:\n    - 31m30s ch4 raised yellow\n    - 33m40s ch4 recovered yellow\n',
  },
  'GET /templates/{id} 200': {
    id: 'road-depth-classes',
    name: {
      zh: '道路积水分级',
      en: 'Classes of road waterlogging',
    },
    standard: 'Classes of road waterlogging',
    source: {
      note: 'Below 3 cm none, 3 to 10 cm light, 10 to 25 cm medium, from 25 cm heavy. The colours are ours.',
    },
    verifiedBy: null,
    applies: {
      family: 'waterlogging',
      metric: 'depth',
      unit: 'cm',
    },
    parameters: [],
    document: {
      rules: {
        depth: {
          metric: 'depth',
          unit: 'cm',
          levels: {
            blue: {
              above: 3,
              label: '轻度',
            },
            yellow: {
              above: 10,
              label: '中度',
            },
            orange: {
              above: 25,
              label: '重度',
            },
          },
          deadband: 2,
          recoverFor: '5m',
        },
      },
    },
  },
  'POST /templates/{id}/apply 200': {
    applied: true,
    needsApproval: false,
    items: [
      {
        point: 'low-street-01',
        revision: 2,
        changes: [
          {
            path: '/rules/depth/levels/blue/label',
            change: 'added',
            after: '轻度',
          },
        ],
        problems: [],
        weakens: [],
      },
    ],
  },
  'PATCH /thresholds 200': {
    applied: true,
    needsApproval: false,
    items: [
      {
        point: 'underpass-02',
        revision: 2,
        changes: [
          {
            path: '/rules/depth/levels/red/label',
            change: 'removed',
            before: '封闭道路',
          },
        ],
        problems: [],
        weakens: [],
      },
    ],
  },
  'GET /alerts 200': {
    items: [
      {
        id: 'JT1Io6S0_m9kl7Sy',
        point: 'underpass-01',
        area: 'market',
        metric: 'depth',
        rule: 'depth',
        level: 'orange',
        state: 'active',
        acknowledged: false,
        unverified: false,
        latched: false,
        shelvedUntil: null,
        value: 21,
        limit: 20,
        unit: 'cm',
        raisedAt: 1795472896464,
        receivedAt: 1795473197490,
        clearedAt: null,
        peak: {
          value: 28,
          at: 1795472896464,
          level: 'red',
        },
        thresholdRevision: 2,
        seq: 15,
        kind: 'levels',
        device: 'water-01',
        family: 'waterlogging',
        recoveredAt: null,
        retrospective: false,
        suppressed: false,
        suppressedBy: null,
        announcedAt: 1795473197490,
        chattering: false,
        repeats: 3,
        label: null,
        comparison: {
          side: 'above',
          of: 'value',
          windowMs: null,
        },
      },
    ],
    next: null,
  },
  'GET /alerts/{id} 200': {
    id: 'Unhtnqz1MjXmM6GW',
    point: 'canteen-gas',
    area: 'market',
    metric: 'ch4',
    rule: 'ch4',
    level: 'yellow',
    state: 'active',
    acknowledged: false,
    unverified: false,
    latched: true,
    shelvedUntil: null,
    value: 30,
    limit: 25,
    unit: '%LEL',
    raisedAt: 1795471996464,
    receivedAt: 1795473197612,
    clearedAt: null,
    peak: {
      value: 30,
      at: 1795471996464,
      level: 'yellow',
    },
    thresholdRevision: 1,
    seq: 14,
    kind: 'levels',
    device: 'gas-01',
    family: 'gas',
    recoveredAt: 1795472056464,
    retrospective: false,
    suppressed: false,
    suppressedBy: null,
    announcedAt: 1795473197612,
    chattering: false,
    repeats: 0,
    label: '一级报警',
    comparison: {
      side: 'above',
      of: 'value',
      windowMs: null,
    },
    log: [
      {
        type: 'event',
        seq: 13,
        event: 'raised',
        at: 1795471996464,
        by: null,
        note: null,
        cause: null,
        alert: {
          id: 'Unhtnqz1MjXmM6GW',
          point: 'canteen-gas',
          area: 'market',
          metric: 'ch4',
          rule: 'ch4',
          level: 'yellow',
          state: 'active',
          acknowledged: false,
          unverified: false,
          latched: true,
          shelvedUntil: null,
          value: 30,
          limit: 25,
          unit: '%LEL',
          raisedAt: 1795471996464,
          receivedAt: 1795473197612,
          clearedAt: null,
          peak: {
            value: 30,
            at: 1795471996464,
            level: 'yellow',
          },
          thresholdRevision: 1,
          seq: 13,
          kind: 'levels',
          device: 'gas-01',
          family: 'gas',
          recoveredAt: null,
          retrospective: false,
          suppressed: false,
          suppressedBy: null,
          announcedAt: 1795473197612,
          chattering: false,
          repeats: 0,
          label: '一级报警',
          comparison: {
            side: 'above',
            of: 'value',
            windowMs: null,
          },
        },
      },
    ],
    seenBy: [],
  },
  'POST /alerts/{id}/ack 200': {
    id: 'Unhtnqz1MjXmM6GW',
    point: 'canteen-gas',
    area: 'market',
    metric: 'ch4',
    rule: 'ch4',
    level: 'yellow',
    state: 'active',
    acknowledged: true,
    unverified: false,
    latched: true,
    shelvedUntil: null,
    value: 30,
    limit: 25,
    unit: '%LEL',
    raisedAt: 1795471996464,
    receivedAt: 1795473197612,
    clearedAt: null,
    peak: {
      value: 30,
      at: 1795471996464,
      level: 'yellow',
    },
    thresholdRevision: 1,
    seq: 16,
    kind: 'levels',
    device: 'gas-01',
    family: 'gas',
    recoveredAt: 1795472056464,
    retrospective: false,
    suppressed: false,
    suppressedBy: null,
    announcedAt: 1795473197612,
    chattering: false,
    repeats: 0,
    label: '一级报警',
    comparison: {
      side: 'above',
      of: 'value',
      windowMs: null,
    },
  },
  'POST /alerts/{id}/note 200': {
    id: 'Unhtnqz1MjXmM6GW',
    point: 'canteen-gas',
    area: 'market',
    metric: 'ch4',
    rule: 'ch4',
    level: 'yellow',
    state: 'active',
    acknowledged: true,
    unverified: false,
    latched: true,
    shelvedUntil: null,
    value: 30,
    limit: 25,
    unit: '%LEL',
    raisedAt: 1795471996464,
    receivedAt: 1795473197612,
    clearedAt: null,
    peak: {
      value: 30,
      at: 1795471996464,
      level: 'yellow',
    },
    thresholdRevision: 1,
    seq: 17,
    kind: 'levels',
    device: 'gas-01',
    family: 'gas',
    recoveredAt: 1795472056464,
    retrospective: false,
    suppressed: false,
    suppressedBy: null,
    announcedAt: 1795473197612,
    chattering: false,
    repeats: 0,
    label: '一级报警',
    comparison: {
      side: 'above',
      of: 'value',
      windowMs: null,
    },
  },
  'POST /alerts/{id}/reset 200': {
    id: 'Unhtnqz1MjXmM6GW',
    point: 'canteen-gas',
    area: 'market',
    metric: 'ch4',
    rule: 'ch4',
    level: 'yellow',
    state: 'closed',
    acknowledged: true,
    unverified: false,
    latched: true,
    shelvedUntil: null,
    value: 30,
    limit: 25,
    unit: '%LEL',
    raisedAt: 1795471996464,
    receivedAt: 1795473197612,
    clearedAt: 1795473200684,
    peak: {
      value: 30,
      at: 1795471996464,
      level: 'yellow',
    },
    thresholdRevision: 1,
    seq: 19,
    kind: 'levels',
    device: 'gas-01',
    family: 'gas',
    recoveredAt: 1795472056464,
    retrospective: false,
    suppressed: false,
    suppressedBy: null,
    announcedAt: 1795473197612,
    chattering: false,
    repeats: 0,
    label: '一级报警',
    comparison: {
      side: 'above',
      of: 'value',
      windowMs: null,
    },
    verdict: 'true',
  },
  'POST /alerts/{id}/verdict 200': {
    id: 'Unhtnqz1MjXmM6GW',
    point: 'canteen-gas',
    area: 'market',
    metric: 'ch4',
    rule: 'ch4',
    level: 'yellow',
    state: 'closed',
    acknowledged: true,
    unverified: false,
    latched: true,
    shelvedUntil: null,
    value: 30,
    limit: 25,
    unit: '%LEL',
    raisedAt: 1795471996464,
    receivedAt: 1795473197612,
    clearedAt: 1795473200684,
    peak: {
      value: 30,
      at: 1795471996464,
      level: 'yellow',
    },
    thresholdRevision: 1,
    seq: 20,
    kind: 'levels',
    device: 'gas-01',
    family: 'gas',
    recoveredAt: 1795472056464,
    retrospective: false,
    suppressed: false,
    suppressedBy: null,
    announcedAt: 1795473197612,
    chattering: false,
    repeats: 0,
    label: '一级报警',
    comparison: {
      side: 'above',
      of: 'value',
      windowMs: null,
    },
    verdict: 'false',
  },
  'POST /alerts/{id}/shelve 200': {
    id: 'JT1Io6S0_m9kl7Sy',
    point: 'underpass-01',
    area: 'market',
    metric: 'depth',
    rule: 'depth',
    level: 'orange',
    state: 'active',
    acknowledged: false,
    unverified: false,
    latched: false,
    shelvedUntil: 1795475000803,
    value: 21,
    limit: 20,
    unit: 'cm',
    raisedAt: 1795472896464,
    receivedAt: 1795473197490,
    clearedAt: null,
    peak: {
      value: 28,
      at: 1795472896464,
      level: 'red',
    },
    thresholdRevision: 2,
    seq: 21,
    kind: 'levels',
    device: 'water-01',
    family: 'waterlogging',
    recoveredAt: null,
    retrospective: false,
    suppressed: false,
    suppressedBy: null,
    announcedAt: 1795473197490,
    chattering: false,
    repeats: 3,
    label: null,
    comparison: {
      side: 'above',
      of: 'value',
      windowMs: null,
    },
  },
  'POST /alerts/{id}/unshelve 200': {
    id: 'JT1Io6S0_m9kl7Sy',
    point: 'underpass-01',
    area: 'market',
    metric: 'depth',
    rule: 'depth',
    level: 'orange',
    state: 'active',
    acknowledged: false,
    unverified: false,
    latched: false,
    shelvedUntil: null,
    value: 21,
    limit: 20,
    unit: 'cm',
    raisedAt: 1795472896464,
    receivedAt: 1795473197490,
    clearedAt: null,
    peak: {
      value: 28,
      at: 1795472896464,
      level: 'red',
    },
    thresholdRevision: 2,
    seq: 22,
    kind: 'levels',
    device: 'water-01',
    family: 'waterlogging',
    recoveredAt: null,
    retrospective: false,
    suppressed: false,
    suppressedBy: null,
    announcedAt: 1795473197490,
    chattering: false,
    repeats: 3,
    label: null,
    comparison: {
      side: 'above',
      of: 'value',
      windowMs: null,
    },
  },
  'POST /maintenance 201': {
    id: 'f92b23fc-261b-4fff-9a68-4242a55a7164',
    kind: 'maintenance',
    scope: {
      device: 'water-01',
    },
    from: 1795473200817,
    to: 1795480400817,
    recurring: null,
    reason: '清淤',
    by: 'admin',
    createdAt: 1795473200818,
    state: 'active',
    nextAt: 1795480400817,
    endedAt: null,
    endedBy: null,
  },
  'GET /maintenance 200': {
    items: [
      {
        id: 'f92b23fc-261b-4fff-9a68-4242a55a7164',
        kind: 'maintenance',
        scope: {
          device: 'water-01',
        },
        from: 1795473200817,
        to: 1795480400817,
        recurring: null,
        reason: '清淤',
        by: 'admin',
        createdAt: 1795473200818,
        state: 'active',
        nextAt: 1795480400817,
        endedAt: null,
        endedBy: null,
      },
    ],
    next: null,
  },
  'GET /maintenance/{id} 200': {
    id: 'f92b23fc-261b-4fff-9a68-4242a55a7164',
    kind: 'maintenance',
    scope: {
      device: 'water-01',
    },
    from: 1795473200817,
    to: 1795480400817,
    recurring: null,
    reason: '清淤',
    by: 'admin',
    createdAt: 1795473200818,
    state: 'active',
    nextAt: 1795480400817,
    endedAt: null,
    endedBy: null,
  },
  'DELETE /maintenance/{id} 200': {
    id: 'f92b23fc-261b-4fff-9a68-4242a55a7164',
    kind: 'maintenance',
    scope: {
      device: 'water-01',
    },
    from: 1795473200817,
    to: 1795480400817,
    recurring: null,
    reason: '清淤',
    by: 'admin',
    createdAt: 1795473200818,
    state: 'ended',
    nextAt: null,
    endedAt: 1795473200833,
    endedBy: 'admin',
  },
  'PUT /points/{id}/out-of-service 200': {
    id: '73665ba1-4938-46a5-be1a-eb8c734c0d29',
    kind: 'out-of-service',
    scope: {
      point: 'underpass-04',
    },
    from: 1795473200864,
    to: null,
    recurring: null,
    reason: '传感器送检',
    by: 'admin',
    createdAt: 1795473200864,
    state: 'active',
    nextAt: null,
    endedAt: null,
    endedBy: null,
  },
  'DELETE /points/{id}/out-of-service 200': {
    id: '73665ba1-4938-46a5-be1a-eb8c734c0d29',
    kind: 'out-of-service',
    scope: {
      point: 'underpass-04',
    },
    from: 1795473200864,
    to: null,
    recurring: null,
    reason: '传感器送检',
    by: 'admin',
    createdAt: 1795473200864,
    state: 'ended',
    nextAt: null,
    endedAt: 1795473200903,
    endedBy: 'admin',
  },
  'PUT /devices/{id} 200': {
    id: 'water-01',
    name: {
      zh: '积水仪',
      en: 'Gauge',
    },
    profile: 'waterlogging-gauge',
    family: 'waterlogging',
    points: ['underpass-01'],
    reportEveryMs: 15000,
    hasSecret: true,
    grantedAlerts: false,
    online: true,
    connected: false,
    lastSeen: 1795473197652,
    clockSkewed: false,
    clockOffsetMs: -1188,
    refused: 0,
    repaired: 0,
    lastRefusal: null,
    definition: {
      profile: 'waterlogging-gauge',
      name: {
        zh: '积水仪',
        en: 'Gauge',
      },
      points: [
        {
          id: 'underpass-01',
          area: 'market',
          name: {
            zh: '集市路下穿道',
            en: 'Market Road underpass',
          },
          location: [108.7542, 29.5178],
        },
      ],
    },
  },
  'GET /refused-names 200': {
    items: [
      {
        name: 'gauge-7',
        registrable: true,
        why: 'unknown-device',
        clientId: 'gauge-7',
        address: '10.2.0.41',
        count: 12,
        firstAt: 1795473077652,
        lastAt: 1795473197652,
      },
    ],
    next: null,
  },
  'POST /devices/{id}/secret 200': { id: 'water-01', secret: 'Jt0SxkhPyZ2m8c4dQvWn7rLbE1uKfA6H' },
  'PUT /devices/{id} 201': {
    id: 'water-99',
    name: {
      zh: 'water-99',
      en: 'water-99',
    },
    profile: 'waterlogging-gauge',
    family: 'waterlogging',
    points: ['new-point'],
    reportEveryMs: 15000,
    hasSecret: true,
    grantedAlerts: false,
    online: false,
    connected: false,
    lastSeen: null,
    clockSkewed: false,
    clockOffsetMs: null,
    refused: 0,
    repaired: 0,
    lastRefusal: null,
    definition: {
      profile: 'waterlogging-gauge',
      points: [
        {
          id: 'new-point',
          area: 'market',
        },
      ],
    },
    secret: 'Jt0SxkhPyZ2m8c4dQvWn7rLbE1uKfA6H',
  },
  'POST /site 200': {
    applied: false,
    differences: [
      {
        kind: 'device',
        change: 'changed',
        id: 'water-01',
        details: ['name.zh: "积水仪" -> "道路积水监测仪 01"', 'name.en: "Gauge" -> "Road waterlogging gauge 01"'],
      },
    ],
    weakened: [],
    origin: { by: 'people', last: { author: 'wang.min', at: 1795473197654 } },
  },
  'POST /me/password 200': {
    username: 'admin',
    role: 'admin',
    via: 'session',
    mustChangePassword: false,
    expiresAt: 1795559601238,
  },
  'POST /backup 201': {
    folder: '/var/backups/brink/2026-07-01',
    bytes: 73400320,
    tookMs: 812,
  },
  'POST /readings/import 200': { readings: 22695 },
  'POST /spreadsheet 202': {
    applied: false,
    needsApproval: true,
    rowsRead: 58,
    items: [
      {
        point: 'underpass-02',
        name: { zh: '滨江路下穿道', en: 'Riverside Road underpass' },
        isNew: false,
        changes: [{ place: '限值!L3', rule: 'depth', what: '红色限值', before: '≥ 27', after: '≥ 35' }],
      },
    ],
    errors: [],
    conflicts: [],
    warnings: [],
    proposal: {
      id: 'fa30a3c0-2716-44df-a82a-da600c2dcde6',
      state: 'pending',
      author: 'admin',
      at: 1795473193660,
      reason: '汛期后放宽',
      expiresAt: 1796077993660,
      decidedBy: null,
      decidedAt: null,
      note: null,
      outdated: false,
      items: [
        {
          point: 'underpass-02',
          revision: 1,
          until: null,
          changes: [{ path: '/rules/depth/levels/red/above', change: 'changed', before: 27, after: 35 }],
          weakens: [{ rule: 'depth', level: 'red', change: 'criterion' }],
          outdated: false,
          made: null,
          before: {
            rules: {
              depth: {
                metric: 'depth',
                unit: 'cm',
                levels: {
                  blue: { above: 10 },
                  yellow: { above: 15, for: '60s' },
                  orange: { above: 20 },
                  red: { above: 27, label: '封闭道路' },
                },
                deadband: 2,
                recoverFor: '5m',
              },
              battery: { metric: 'battery', levels: { blue: { below: 20 } }, recover: 25 },
            },
            source: {
              standard: 'Beijing underpass practice, with GB 51222',
              note: 'Beijing paints a line at 20 cm and closes the road above 27 cm; 15 cm for one lane from GB 51222; 10 cm is where waterlogging counts as medium.',
              verifiedBy: null,
              template: 'beijing-underpass',
            },
          },
          document: {
            rules: {
              depth: {
                metric: 'depth',
                unit: 'cm',
                levels: {
                  blue: { above: 10 },
                  yellow: { above: 15, for: '60s' },
                  orange: { above: 20 },
                  red: { above: 35, label: '封闭道路' },
                },
                deadband: 2,
                recoverFor: '5m',
              },
              battery: { metric: 'battery', levels: { blue: { below: 20 } }, recover: 25 },
            },
            source: {
              standard: 'Beijing underpass practice, with GB 51222',
              note: 'Beijing paints a line at 20 cm and closes the road above 27 cm; 15 cm for one lane from GB 51222; 10 cm is where waterlogging counts as medium.',
              verifiedBy: null,
              template: 'beijing-underpass',
            },
          },
        },
      ],
    },
  },
  'GET /points/{id}/thresholds/scheduled 200': {
    scheduled: {
      point: 'underpass-01',
      revision: 3,
      document: { rules: { depth: { metric: 'depth', unit: 'cm', levels: { red: { above: 25 } }, deadband: 2 } } },
      author: 'li.na',
      at: 1782777600000,
      reason: '汛期限值，7 月 1 日零时起',
      from: 1782835200000,
      until: null,
      failure: null,
    },
  },
};
