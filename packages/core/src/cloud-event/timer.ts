import type { EventObject } from "../event/source.ts";
import type { CloudEventData } from "./cloud-event.ts";
import { createItem, joinId, uriPart } from "./records.ts";
import { scalarText } from "./scalar-text.ts";
import { toTimestamp } from "./timestamp.ts";
import type { TriggerInput, TriggerItem, TriggerName, TriggerSource } from "./trigger-source.ts";

/** What differs between the timers of Alibaba, Tencent and Huawei. */
interface TimerFormat {
  readonly name: TriggerName;
  readonly source: string;
  readonly type: string;
  /** Members that hold the timer's name, when it was due, and the text that was set on it. */
  readonly members: { readonly trigger: string; readonly due: string; readonly text: string };
  matches(object: EventObject): boolean;
}

function readText(text: unknown): CloudEventData | undefined {
  if (text === undefined || text === null || text === "") return undefined;
  return typeof text === "string" ? { text } : { json: text };
}

function readTimer({ source, type, members }: TimerFormat, { object, invocationId }: TriggerInput): TriggerItem[] {
  const trigger = scalarText(object[members.trigger]);
  const due = object[members.due];
  return [
    createItem("timer", object, {
      // Named by what is the same when the platform tries again.
      id: typeof due === "string" && due !== "" ? joinId(trigger, due) : invocationId,
      source: trigger === "" ? source : `${source}:${uriPart(trigger)}`,
      type,
      subject: trigger,
      time: toTimestamp(due),
      data: readText(object[members.text]),
    }),
  ];
}

function timer(format: TimerFormat): TriggerSource {
  return {
    name: format.name,
    partialFailures: "none",
    matches: ({ object }) => format.matches(object),
    read: (input) => readTimer(format, input),
  };
}

/** Alibaba timer. Format: Function Compute documents, "Time trigger". */
export const alibabaTimer: TriggerSource = timer({
  name: "alibaba-timer",
  source: "acs:fc:timer",
  type: "com.aliyun.fc.timer",
  members: { trigger: "triggerName", due: "triggerTime", text: "payload" },
  matches: (object) => typeof object.triggerName === "string" && typeof object.triggerTime === "string",
});

/** Tencent timer. Format: SCF documents, "Timer trigger". */
export const tencentTimer: TriggerSource = timer({
  name: "tencent-timer",
  source: "qcs::scf:timer",
  type: "com.tencent.scf.timer",
  members: { trigger: "TriggerName", due: "Time", text: "Message" },
  matches: (object) => object.Type === "Timer" && typeof object.TriggerName === "string",
});

/** Huawei timer. Format: FunctionGraph documents, "Timer trigger". */
export const huaweiTimer: TriggerSource = timer({
  name: "huawei-timer",
  source: "urn:fss:timer",
  type: "com.huaweicloud.functiongraph.timer",
  members: { trigger: "trigger_name", due: "time", text: "user_event" },
  matches: (object) => object.trigger_type === "TIMER",
});
