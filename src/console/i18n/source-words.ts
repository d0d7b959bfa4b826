/**
 * Where the limits of the shipped templates and of the sample site come from, in Chinese: names of standards and practices,
 * clauses, and the sentences of notes. What a document says is kept as it is written; what a site has written itself is
 * shown so in every language.
 */
const IN_CHINESE: Readonly<Record<string, string>> = {
  // Standards and practices that have no number.
  'Design of the bridge': '桥梁设计文件',
  'Improved tangent angle method': '改进切线角法',
  'Hebei urban rainstorm levels': '河北省城市暴雨分级',
  'Rainstorm signals': '暴雨预警信号标准',
  'Chongqing small rivers': '重庆市中小河流标准',
  'Beijing underpass practice': '北京市下凹桥区做法',
  'Beijing underpass practice, with GB 51222': '北京市下凹桥区做法，并参照 GB 51222',
  'Classes of road waterlogging': '道路积水分级',
  'Road waterlogging classes': '道路积水分级',
  'Shenyang road practice': '沈阳市道路做法',
  // Clauses.
  'table 1, line 1': '表 1 第 1 行',
  'table 1, line 2': '表 1 第 2 行',
  'table 1, line 3': '表 1 第 3 行',
  'table 2': '表 2',
  'zones A to D': 'A 至 D 区',
  // Said of many.
  'The figures are general knowledge, no text at hand: verify before use.':
    '数值为一般常识，手头没有原文，使用前请核实。',
  'The colours are ours.': '颜色分级由本系统自定。',
  'The colour is ours.': '颜色分级由本系统自定。',
  'Latches until reset by hand.': '报警锁定，须人工复位。',
  'Latches until it is reset by hand.': '报警锁定，须人工复位。',
  'mg/m³ at 20 °C and 101.3 kPa.': 'mg/m³ 按 20 °C、101.3 kPa 计。',
  'The standard asks for at least this much, and a value at the limit already counts as a breach.':
    '标准要求不低于此值，等于限值即算越限。',
  'The colours are ours; the delay of 15 s is usual for pressure.': '颜色分级由本系统自定；15 秒延时是压力的通常取值。',
  // Fire.
  'Static response of class A1 between 54 and 65 °C.': 'A1 类静态响应温度在 54 至 65 °C 之间。',
  'Response at 0.05 dB/m or more, for detectors that report the density.':
    '响应阈值不低于 0.05 dB/m，用于上报烟雾浓度的探测器。',
  'One level, no delay, latches until reset by hand (GB 14287, GB 31252).':
    '只有一级，不延时，报警锁定，须人工复位（GB 14287、GB 31252）。',
  'The detector itself decides.': '是否报警由探测器自身判定。',
  'The detector itself decides; its state latches until it is reset by hand.':
    '是否报警由探测器自身判定；报警锁定，须人工复位。',
  'Set-point from 45 to 140 °C, by the insulation of the cable; latches until reset by hand (GB 14287).':
    '设定值 45 至 140 °C，按电缆绝缘选取；报警锁定，须人工复位（GB 14287）。',
  'Alarm set-point between 300 and 500 mA; latches until reset by hand (GB 14287).':
    '报警设定值在 300 至 500 mA 之间；报警锁定，须人工复位（GB 14287）。',
  'Taken as two levels here; a site may use one.': '此处按两级设置，现场也可只用一级。',
  'Residual current 300 to 500 mA.': '剩余电流 300 至 500 mA。',
  'Cable temperature may be set from 45 to 140 °C; 70 and 90 °C suit PVC and XLPE insulation.':
    '电缆温度可设 45 至 140 °C；70、90 °C 分别适合聚氯乙烯和交联聚乙烯绝缘。',
  'Static head at least 0.15 MPa.': '静水压不低于 0.15 MPa。',
  'Static head at least 0.10 MPa.': '静水压不低于 0.10 MPa。',
  'Static head at least 0.07 MPa.': '静水压不低于 0.07 MPa。',
  'At least 0.14 MPa normally and 0.10 MPa in a fire.': '平时不低于 0.14 MPa，火灾时不低于 0.10 MPa。',
  'The volume to keep comes from the design of the building, so both depths must be named.':
    '须保持的水量由建筑设计确定，因此两个水深都必须填写。',
  'The delay of 60 s is usual for level.': '60 秒延时是液位的通常取值。',
  'Static head at least 0.07 MPa in multi-storey buildings; the first notice at 0.10 MPa is ours.':
    '多层建筑静水压不低于 0.07 MPa；0.10 MPa 的提前提示由本系统自定。',
  'Static head at least 0.10 MPa at sprinklers; the first notice at 0.15 MPa is ours.':
    '自动喷水灭火系统静水压不低于 0.10 MPa；0.15 MPa 的提前提示由本系统自定。',
  'Static head at least 0.10 MPa in industrial buildings; the first notice at 0.14 MPa is ours.':
    '工业建筑静水压不低于 0.10 MPa；0.14 MPa 的提前提示由本系统自定。',
  'Municipal hydrant, at least 0.14 MPa normally and 0.10 MPa in a fire.':
    '市政消火栓，平时不低于 0.14 MPa，火灾时不低于 0.10 MPa。',
  'The volume to keep comes from the design of the building; these depths are made up for the sample.':
    '须保持的水量由建筑设计确定；这些水深是为样例编造的。',
  // Gas.
  'Set-point between 5 and 25 %LEL.': '设定值在 5 至 25 %LEL 之间。',
  'Level 1 at most 25 %LEL, level 2 at most 50 %LEL.': '一级报警不高于 25 %LEL，二级报警不高于 50 %LEL。',
  '一级报警 is the LOWER set-point here.': '注意：此处一级报警是较低的设定值。',
  'No on-delay; latches until reset by hand.': '不延时；报警锁定，须人工复位。',
  'Deadband 1 % of range for composition (EEMUA 191).': '成分类测量的回差取量程的 1 %（EEMUA 191）。',
  'Level 1 at 100 %, level 2 at 200 % of the occupational limit (MAC 1 mg/m³); where the range of the detector does not allow that, 5 % and 10 % of IDLH (88 mg/m³).':
    '一级为职业接触限值（MAC 1 mg/m³）的 100 %，二级为 200 %；探测器量程做不到时，取直接致害浓度 IDLH（88 mg/m³）的 5 % 和 10 %。',
  'Level 1 at 100 %, level 2 at 200 % of the occupational limit (TWA 20, STEL 30 mg/m³); where the range of the detector does not allow that, 5 % and 10 % of IDLH (1700 mg/m³).':
    '一级为职业接触限值（TWA 20、STEL 30 mg/m³）的 100 %，二级为 200 %；探测器量程做不到时，取直接致害浓度 IDLH（1700 mg/m³）的 5 % 和 10 %。',
  'Level 1 at 100 %, level 2 at 200 % of the occupational limit (MAC 10 mg/m³); where the range of the detector does not allow that, 5 % and 10 % of IDLH (430 mg/m³).':
    '一级为职业接触限值（MAC 10 mg/m³）的 100 %，二级为 200 %；探测器量程做不到时，取直接致害浓度 IDLH（430 mg/m³）的 5 % 和 10 %。',
  'Level 1 at 100 %, level 2 at 200 % of the occupational limit (TWA 20, STEL 30 mg/m³); where the range of the detector does not allow that, 5 % and 10 % of IDLH (360 mg/m³).':
    '一级为职业接触限值（TWA 20、STEL 30 mg/m³）的 100 %，二级为 200 %；探测器量程做不到时，取直接致害浓度 IDLH（360 mg/m³）的 5 % 和 10 %。',
  'Low at 19.5 %VOL, high at 23.5 %VOL.': '欠氧 19.5 %VOL，过氧 23.5 %VOL。',
  'Too little at 19.5 %VOL, too much at 23.5 %VOL.': '欠氧 19.5 %VOL，过氧 23.5 %VOL。',
  'The colour is ours; the standard names one level each way.': '颜色分级由本系统自定；标准在两个方向各只有一级。',
  'TWA 20 mg/m³ over 8 hours, STEL 30 mg/m³ over 15 minutes.':
    '8 小时时间加权平均（TWA）20 mg/m³，15 分钟短时间接触（STEL）30 mg/m³。',
  '100 % and 200 % of the occupational limit (MAC 10 mg/m³).': '职业接触限值（MAC 10 mg/m³）的 100 % 和 200 %。',
  '100 % and 200 % of the occupational limit (TWA 20 mg/m³).': '职业接触限值（TWA 20 mg/m³）的 100 % 和 200 %。',
  '100 % and 200 % of the occupational limit (1 mg/m³).': '职业接触限值（1 mg/m³）的 100 % 和 200 %。',
  // Vibration and slopes.
  'Limits come from the design of the bridge, usually three levels.': '限值由桥梁设计给出，通常分三级。',
  'Limits of a bridge come from its design; these three are made up for the sample.':
    '桥梁的限值由其设计给出；这三个值是为样例编造的。',
  'Peak velocity at the foundation against its frequency: constant below 10 Hz, linear from 10 to 50 and from 50 to 100 Hz.':
    '基础处的峰值速度随频率变化：10 Hz 以下为常数，10 至 50 Hz、50 至 100 Hz 各为直线。',
  'Safe peak velocity in cm/s below 10 Hz, from 10 to 50 Hz and from 50 to 100 Hz: 1.5-2.0, 2.0-2.5, 2.5-3.0, written here in mm/s.':
    '安全峰值速度（cm/s）在 10 Hz 以下、10 至 50 Hz、50 至 100 Hz 分别为 1.5-2.0、2.0-2.5、2.5-3.0，此处换算为 mm/s。',
  'Safe peak velocity in cm/s below 10 Hz, from 10 to 50 Hz and from 50 to 100 Hz: 2.5-3.5, 3.5-4.5, 4.2-5.0, written here in mm/s.':
    '安全峰值速度（cm/s）在 10 Hz 以下、10 至 50 Hz、50 至 100 Hz 分别为 2.5-3.5、3.5-4.5、4.2-5.0，此处换算为 mm/s。',
  'Yellow is the lower, red the upper end of each span.': '黄色取各区间下限，红色取上限。',
  'Intensity V 0.22 to 0.44, VI 0.45 to 0.89, VII 0.90 to 1.77 m/s², red from there.':
    '烈度 V 度 0.22 至 0.44，VI 度 0.45 至 0.89，VII 度 0.90 至 1.77 m/s²，再往上为红色。',
  'About 45° blue, 45 to 80° yellow, 80 to 85° orange, from 85° red.':
    '约 45° 为蓝色，45° 至 80° 黄色，80° 至 85° 橙色，85° 起红色。',
  '40° for about 45° is ours.': '“约 45°”取 40° 由本系统自定。',
  'Zone boundaries A/B 3.5, B/C 7.1, C/D 11.0 mm/s RMS, 10 to 1000 Hz.':
    '区域边界 A/B 3.5、B/C 7.1、C/D 11.0 mm/s（有效值，10 至 1000 Hz）。',
  'Zone boundaries A/B 2.3, B/C 4.5, C/D 7.1 mm/s RMS, 10 to 1000 Hz.':
    '区域边界 A/B 2.3、B/C 4.5、C/D 7.1 mm/s（有效值，10 至 1000 Hz）。',
  'Zone boundaries A/B 1.4, B/C 2.8, C/D 4.5 mm/s RMS, 10 to 1000 Hz.':
    '区域边界 A/B 1.4、B/C 2.8、C/D 4.5 mm/s（有效值，10 至 1000 Hz）。',
  'Zone B is fit for unrestricted running, so A/B raises nothing.': 'B 区可无限制长期运行，因此 A/B 边界不报警。',
  'The on-delay keeps starting up from raising an alarm.': '延时用来避免开机时误报。',
  'Peak acceleration by intensity V, VI, VII and above.': '峰值加速度对应烈度 V、VI、VII 度及以上。',
  'The tilts are made up for the sample slope.': '倾角限值是为样例边坡编造的。',
  'About 45° blue, up to 80° yellow, up to 85° orange, from 85° red; 40° for "about 45°" is ours.':
    '约 45° 为蓝色，至 80° 黄色，至 85° 橙色，85° 起红色；“约 45°”取 40° 由本系统自定。',
  'The crack openings are made up for the sample slope.': '裂缝开度限值是为样例边坡编造的。',
  'Dwellings: 5 mm/s below 10 Hz, rising to 15 at 50 Hz and 20 at 100 Hz; from 20 mm/s the curve is exceeded at every frequency, which is red here.':
    '住宅：10 Hz 以下 5 mm/s，升至 50 Hz 处 15、100 Hz 处 20；达到 20 mm/s 时任何频率都超出曲线，此处定为红色。',
  '3 mm/s is an early notice of ours, not from the standard.': '3 mm/s 是本系统自定的提前提示，不出自标准。',
  'Industrial buildings, 20 mm/s below 10 Hz, rising to 40 at 50 Hz and 50 at 100 Hz.':
    '工业建筑，10 Hz 以下 20 mm/s，升至 50 Hz 处 40、100 Hz 处 50。',
  'Buildings of great value, 3 mm/s below 10 Hz, rising to 8 at 50 Hz and 10 at 100 Hz.':
    '敏感和受保护建筑，10 Hz 以下 3 mm/s，升至 50 Hz 处 8、100 Hz 处 10。',
  '2 mm/s is an early notice of ours.': '2 mm/s 是本系统自定的提前提示。',
  'Blasting beside dwellings, 1.5-2.0 cm/s below 10 Hz, 2.0-2.5 from 10 to 50 Hz, 2.5-3.0 from 50 to 100 Hz: yellow is the lower, orange the upper end of each span, red the highest of them all.':
    '民用建筑旁爆破，10 Hz 以下 1.5-2.0 cm/s，10 至 50 Hz 2.0-2.5，50 至 100 Hz 2.5-3.0：黄色取各区间下限，橙色取上限，红色取其中最大值。',
  'Group 1, flexible foundation: zone boundaries 3.5, 7.1 and 11.0 mm/s RMS.':
    '1 组机器，柔性支承：区域边界 3.5、7.1、11.0 mm/s（有效值）。',
  'Group 2, rigid foundation: zone boundaries 1.4, 2.8 and 4.5 mm/s RMS; zone B is fit for unrestricted running and raises nothing.':
    '2 组机器，刚性支承：区域边界 1.4、2.8、4.5 mm/s（有效值）；B 区可无限制长期运行，不报警。',
  "Bearing temperatures are usual maker's figures, not from the standard.": '轴承温度取厂家常用值，不出自标准。',
  // Water and rain.
  '24 h 50, 100, 150, 200 mm or 1 h 40, 60, 80, 100 mm.':
    '24 小时 50、100、150、200 mm，或 1 小时 40、60、80、100 mm。',
  '50 mm in 12 h, 50 mm in 6 h, 50 mm in 3 h, 100 mm in 3 h.':
    '12 小时 50 mm、6 小时 50 mm、3 小时 50 mm、3 小时 100 mm。',
  'What Brink raises is a monitoring alarm; signals are issued by the weather service alone.':
    'Brink 发出的是监测报警；预警信号只由气象部门发布。',
  'Rise of 1 to 3 m blue, 3 to 5 m yellow, 5 to 8 m or above the warning level orange, more than 8 m or above the guaranteed level red (Qianjiang is named).':
    '上涨 1 至 3 m 蓝色，3 至 5 m 黄色，5 至 8 m 或超警戒水位橙色，8 m 以上或超保证水位红色（文中点名黔江）。',
  'The copy at hand gives no time for the rise; 24 h is ours.': '手头文本没有给出上涨的时段；24 小时由本系统自定。',
  'Rises of 1, 3, 5 and 8 m; the usual, warning and guaranteed levels of the section are made up for the sample.':
    '上涨 1、3、5、8 m；断面的常水位、警戒水位、保证水位是为样例编造的。',
  'The copy of the figures at hand gives no time for the rise; 24 h is ours.':
    '手头文本没有给出上涨的时段；24 小时由本系统自定。',
  'A line is painted at 20 cm; the road is closed above 27 cm.': '20 cm 处画警戒线；超过 27 cm 封闭道路。',
  'Below 3 cm none, 3 to 10 cm light, 10 to 25 cm medium, from 25 cm heavy.':
    '3 cm 以下无积水，3 至 10 cm 轻度，10 至 25 cm 中度，25 cm 起重度。',
  'At most 15 cm on one lane.': '至少一条车道积水不超过 15 cm。',
  'The road is closed at 25 cm, and there are three levels; the copies at hand give no figures for the lower two, which are taken from the classes of road waterlogging (3 and 10 cm).':
    '25 cm 封闭道路，共三级；手头文本没有给出较低两级的数值，取自道路积水分级（3、10 cm）。',
  'Beijing paints a line at 20 cm and closes the road above 27 cm; 15 cm for one lane from GB 51222; 10 cm is where waterlogging counts as medium.':
    '北京在 20 cm 处画警戒线，超过 27 cm 封闭道路；一条车道 15 cm 出自 GB 51222；10 cm 起算中度积水。',
  'Light from 3 cm, medium from 10 cm, heavy from 25 cm, where Shenyang closes a road.':
    '3 cm 起轻度，10 cm 起中度，25 cm 起重度，沈阳此时封闭道路。',
};

/** A standard, a clause or a note of a source for somebody who reads the console in `language`. */
export function sourceWords(written: string, language: string): string {
  if (language === 'en') return written;
  const whole = IN_CHINESE[written];
  if (whole !== undefined) return whole;
  const sentences = written.trim().split(/(?<=\.)\s+/);
  const translated = sentences.flatMap((sentence) => IN_CHINESE[sentence] ?? []);
  // A note that is in part somebody's own is left as he wrote it, rather than mixed.
  return translated.length === sentences.length ? translated.join('') : written;
}

/** Standard, edition and clause of a source on one line; empty where it names none. */
export function sourceLine(
  source: {
    readonly standard?: string | undefined;
    readonly edition?: string | undefined;
    readonly clause?: string | undefined;
  },
  language: string,
): string {
  return [source.standard, source.edition, source.clause]
    .flatMap((part) => (part === undefined || part === '' ? [] : sourceWords(part, language)))
    .join(' ');
}
