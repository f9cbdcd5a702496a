import { isObject } from "../event/members.ts";
import type { EventObject } from "../event/source.ts";
import { alibabaBytes } from "./alibaba-bytes.ts";
import { alibabaCdn } from "./alibaba-cdn.ts";
import { alibabaLog } from "./alibaba-log.ts";
import { alibabaMnsTopic } from "./alibaba-mns-topic.ts";
import { alibabaOss } from "./alibaba-oss.ts";
import { awsDynamodb } from "./aws-dynamodb.ts";
import { awsEventbridge } from "./aws-eventbridge.ts";
import { awsKafka } from "./aws-kafka.ts";
import { awsKinesis } from "./aws-kinesis.ts";
import { awsS3 } from "./aws-s3.ts";
import { awsSns } from "./aws-sns.ts";
import { awsSqs } from "./aws-sqs.ts";
import { azureMessage } from "./azure-message.ts";
import { azureTimer } from "./azure-timer.ts";
import { cloudflareQueue, cloudflareScheduled } from "./cloudflare.ts";
import { destination } from "./destination.ts";
import { googleBackground, googlePubsub } from "./google-background.ts";
import { awsLogs, tencentLog } from "./gzip-log.ts";
import { huaweiDis } from "./huawei-dis.ts";
import { huaweiKafka } from "./huawei-kafka.ts";
import { huaweiLog } from "./huawei-log.ts";
import { huaweiObs } from "./huawei-obs.ts";
import { huaweiSmn } from "./huawei-smn.ts";
import { firstOf } from "./records.ts";
import { cloudEvents } from "./structured.ts";
import { tencentCkafka } from "./tencent-ckafka.ts";
import { tencentCmq } from "./tencent-cmq.ts";
import { tencentCos } from "./tencent-cos.ts";
import { alibabaTimer, huaweiTimer, tencentTimer } from "./timer.ts";
import type { TriggerInput, TriggerSource } from "./trigger-source.ts";

/**
 * Every known format of events that are no HTTP request, in the order in which they are tried. What the context tells
 * comes first, since the content of a message is its sender's; the others share no mark with each other.
 */
export const triggerSources: readonly TriggerSource[] = [
  azureMessage,
  googleBackground,
  cloudEvents,
  azureTimer,
  awsSqs,
  awsS3,
  awsSns,
  awsKinesis,
  awsDynamodb,
  awsKafka,
  awsEventbridge,
  awsLogs,
  alibabaOss,
  alibabaCdn,
  alibabaTimer,
  alibabaLog,
  alibabaMnsTopic,
  alibabaBytes,
  tencentCos,
  tencentCmq,
  tencentCkafka,
  tencentTimer,
  tencentLog,
  huaweiObs,
  huaweiSmn,
  huaweiDis,
  huaweiTimer,
  huaweiKafka,
  huaweiLog,
  googlePubsub,
  cloudflareQueue,
  cloudflareScheduled,
  destination,
];

const EMPTY: EventObject = Object.freeze({});

/** Prepares what sources look at. See {@link TriggerInput}. */
export function triggerInput(event: unknown, context: unknown, invocationId: string): TriggerInput {
  const object = isObject(event) && !ArrayBuffer.isView(event) ? event : EMPTY;
  const first = firstOf(object.Records ?? object.events ?? object.record);
  return { event, object, first, context: isObject(context) ? context : EMPTY, invocationId };
}

/**
 * Finds the format of an event that is no HTTP request.
 *
 * @param input see {@link triggerInput}
 * @returns the first source of {@link triggerSources} that matches, if any
 */
export function detectTrigger(input: TriggerInput): TriggerSource | undefined {
  return triggerSources.find((source) => source.matches(input));
}
