import type { EnvelopeFormat, PayloadFormat } from '../model/format.ts';
import type { EnvelopeName, TopicRule } from '../model/messages.ts';
import type { FrameProtocol } from '../model/protocol.ts';
import type { SparkplugIdsOf } from '../model/sparkplug.ts';
import { createChirpStack } from './formats/chirpstack/chirpstack.ts';
import { createCtwing } from './formats/ctwing/ctwing.ts';
import { createGeohazard } from './formats/geohazard/geohazard.ts';
import { createIotda } from './formats/iotda/iotda.ts';
import { createLoriot } from './formats/loriot/loriot.ts';
import { createMapped } from './formats/mapped/mapped.ts';
import { createNativeFormat } from './formats/native/native.ts';
import { createOnenet } from './formats/onenet/onenet.ts';
import { createSenml } from './formats/senml/senml.ts';
import { createSparkplug } from './formats/sparkplug/sparkplug.ts';
import { createTheThingsStack } from './formats/the-things-stack/the-things-stack.ts';
import { createThingPark } from './formats/thingpark/thingpark.ts';

export interface FormatOptions {
  /** How far ahead of ours a device's clock may be, ms. */
  readonly futureMaxMs: number;
  /** Line protocols whose frames are read as well. */
  readonly protocols?: readonly FrameProtocol[] | undefined;
  /** Whether Sparkplug B is read on its own topics. */
  readonly sparkplug?: boolean | undefined;
  /** Who of Sparkplug goes by which id; left out: by those that are nobody else’s. */
  readonly sparkplugIdsOf?: SparkplugIdsOf | undefined;
}

/** The payload formats that there are, by name: one for each folder below formats/. */
export function createFormats({ futureMaxMs, sparkplugIdsOf }: FormatOptions) {
  return {
    native: createNativeFormat(futureMaxMs) satisfies PayloadFormat,
    /** As a profile's rule says. */
    mapped: (rule: TopicRule, ofAll?: readonly TopicRule[]) => createMapped(rule, futureMaxMs, ofAll),
    'the-things-stack': createTheThingsStack(futureMaxMs),
    chirpstack: createChirpStack(futureMaxMs),
    loriot: createLoriot(futureMaxMs),
    thingpark: createThingPark(futureMaxMs),
    /** `topic`: the pattern of its route, which may name the device. */
    senml: (topic: string) => createSenml(topic, futureMaxMs),
    geohazard: createGeohazard(futureMaxMs),
    sparkplug: createSparkplug(futureMaxMs, sparkplugIdsOf),
    ctwing: createCtwing(futureMaxMs),
    onenet: createOnenet(futureMaxMs),
    iotda: createIotda(futureMaxMs),
  } as const satisfies Record<EnvelopeName, EnvelopeFormat | ((topic: string) => EnvelopeFormat)> &
    Record<string, unknown>;
}
