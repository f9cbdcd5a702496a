import type { FunctionMeter, InstanceMeterValues } from "@tidegate/core";
import { type HostErrorCode, hostErrors } from "../errors.ts";
import type { MetricFamily, Sample } from "./metric-family.ts";

/** A function's numbers at one time. `name` is "" for requests that belong to none. */
export interface FunctionNumbers {
  readonly name: string;
  readonly meter: FunctionMeter;
  /** null for what is no function. */
  readonly instances: InstanceMeterValues | null;
  readonly inFlight: number;
  readonly queued: number;
}

const classes = ["none", "1xx", "2xx", "3xx", "4xx", "5xx"] as const;
const bytesPerGb = 1024 ** 3;

/** What invocations went through. */
export function invocationFamilies(all: readonly FunctionNumbers[]): MetricFamily[] {
  const counter = (name: string, help: string, value: (meter: FunctionMeter) => number): MetricFamily => ({
    type: "counter",
    name,
    help,
    samples: all.map(({ name: fn, meter }) => ({ labels: { function: fn }, value: value(meter) })),
  });
  const histogram = (name: string, help: string, key: "duration" | "queueWait" | "startWait"): MetricFamily => ({
    type: "histogram",
    name,
    help,
    unit: "seconds",
    samples: all.map(({ name: fn, meter }) => ({ labels: { function: fn }, values: meter[key] })),
  });
  return [
    {
      type: "counter",
      name: "tidegate_requests",
      help: "Requests that ended, by class of status; none: the client went away before it got one",
      samples: all.flatMap(({ name, meter }) =>
        classes.map((code_class, index) => ({ labels: { function: name, code_class }, value: meter.ofClass(index) })),
      ),
    },
    {
      type: "counter",
      name: "tidegate_responses",
      help: "Responses, by status",
      samples: all.flatMap(responsesByCode),
    },
    histogram("tidegate_request_duration_seconds", "From a request's head to the end of its response", "duration"),
    histogram("tidegate_queue_wait_seconds", "Part of it spent waiting for room in an instance", "queueWait"),
    histogram("tidegate_start_wait_seconds", "Part of it spent waiting for an instance to start", "startWait"),
    counter("tidegate_cold_starts", "Requests that waited for an instance to start", (meter) => meter.coldStarts),
    counter("tidegate_replays", "Times a request was sent to a further instance", (meter) => meter.replays),
    counter("tidegate_client_aborts", "Requests whose client went away before their end", clientAborts),
    errorFamily("tidegate_refusals", "Requests that the gateway refused, by reason", all, true),
    errorFamily("tidegate_failures", "Requests that an instance left without a whole response, by reason", all, false),
    counter("tidegate_request_bytes", "Bytes of requests' bodies, with their framing", (meter) => meter.requestBytes),
    counter(
      "tidegate_response_bytes",
      "Bytes of responses' bodies, with their framing",
      (meter) => meter.responseBytes,
    ),
  ];
}

/** What instances are there, and what they have used. */
export function instanceFamilies(all: readonly FunctionNumbers[]): MetricFamily[] {
  const served = all.flatMap(({ instances, ...numbers }) => (instances === null ? [] : [{ ...numbers, instances }]));
  const family = (
    type: "counter" | "gauge",
    name: string,
    help: string,
    value: (values: InstanceMeterValues) => number,
    unit?: string,
  ): MetricFamily => ({
    type,
    name,
    help,
    ...(unit !== undefined && { unit }),
    samples: served.map(({ name: fn, instances }) => ({ labels: { function: fn }, value: value(instances) })),
  });
  return [
    {
      type: "gauge",
      name: "tidegate_instances",
      help: "Instances there are, by state",
      samples: served.flatMap(({ name, instances }) =>
        Object.entries(instances.states).map(([state, value]) => ({ labels: { function: name, state }, value })),
      ),
    },
    family("counter", "tidegate_instance_starts", "Instances started", ({ starts }) => starts),
    family(
      "counter",
      "tidegate_instance_failures",
      "Instances that failed to start, or ended unasked",
      ({ failures }) => failures,
    ),
    family(
      "gauge",
      "tidegate_instance_memory_bytes",
      "Resident memory of all instances",
      (each) => each.memoryBytes,
      "bytes",
    ),
    family(
      "counter",
      "tidegate_instance_seconds",
      "Time from start to end of instances, frozen or not",
      (each) => each.instanceMs / 1000,
      "seconds",
    ),
    family(
      "counter",
      "tidegate_instance_frozen_seconds",
      "Part of it that instances were frozen",
      (each) => each.frozenMs / 1000,
      "seconds",
    ),
    family(
      "counter",
      "tidegate_memory_gb_seconds",
      "Resident memory of instances in GB of 1024 MB, times how long they held it",
      (each) => each.byteMs / bytesPerGb / 1000,
      "gb_seconds",
    ),
  ];
}

/** What goes on now. */
export function loadFamilies(all: readonly FunctionNumbers[]): MetricFamily[] {
  const served = all.filter(({ instances }) => instances !== null);
  const gauge = (name: string, help: string, key: "inFlight" | "queued"): MetricFamily => ({
    type: "gauge",
    name,
    help,
    samples: served.map((numbers) => ({ labels: { function: numbers.name }, value: numbers[key] })),
  });
  return [
    gauge("tidegate_in_flight", "Requests running in instances", "inFlight"),
    gauge("tidegate_queued", "Requests waiting for an instance", "queued"),
  ];
}

function responsesByCode({ name, meter }: FunctionNumbers): Sample[] {
  return [...meter.statuses.entries()]
    .filter(([status, count]) => status > 0 && count > 0)
    .map(([status, value]) => ({ labels: { function: name, code: String(status) }, value }));
}

function clientAborts({ errors }: FunctionMeter): number {
  return errors.get("TIDEGATE_CLIENT_GONE") ?? 0;
}

function errorFamily(name: string, help: string, all: readonly FunctionNumbers[], ofRefusals: boolean): MetricFamily {
  const samples = all.flatMap(({ name: fn, meter }) =>
    [...meter.errors]
      .filter(([code]) => code !== "TIDEGATE_CLIENT_GONE" && isRefusal(code) === ofRefusals)
      .map(([code, value]) => ({ labels: { function: fn, reason: reasonOf(code) }, value })),
  );
  return { type: "counter", name, help, samples };
}

/** 502 and 504 tell of an instance that had the request; all else was refused before one did. */
function isRefusal(code: string): boolean {
  const status = Object.hasOwn(hostErrors, code) ? hostErrors[code as HostErrorCode].status : null;
  return status !== 502 && status !== 504;
}

/** `TIDEGATE_QUEUE_FULL` is `queue_full`. */
function reasonOf(code: string): string {
  return code.replace(/^TIDEGATE_/, "").toLowerCase();
}
