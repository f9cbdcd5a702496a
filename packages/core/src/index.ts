export {
  type AutoscalerConfig,
  autoscalerDefaults,
  autoscalerProblems,
  type MetricTargets,
  type PolicyName,
  type ScheduledScaling,
} from "./autoscaler/config.ts";
export { lookAgainMs } from "./autoscaler/look-again.ts";
export type { MetricReadings, Observations } from "./autoscaler/observations.ts";
export type { Decision } from "./autoscaler/policy/policy.ts";
export { Scaler } from "./autoscaler/policy/scaler.ts";
export { describeReason, type Reason, type ReasonCode } from "./autoscaler/reason.ts";
export { simulate } from "./autoscaler/simulate.ts";
export {
  type Simulation,
  type SimulationOptions,
  type SimulationSample,
  type SimulationTotals,
  simulationDefaults,
} from "./autoscaler/simulation.ts";
export { createRandom, createTraffic, type SimulatedInvocation, type TrafficShape } from "./autoscaler/traffic.ts";
export { type CloudEvent, type CloudEventData, createCloudEvent } from "./cloud-event/cloud-event.ts";
export { cloudEventHeaders } from "./cloud-event/cloud-event-headers.ts";
export { detectTrigger, triggerInput } from "./cloud-event/detect-trigger.ts";
export { type EventKind, eventKinds } from "./cloud-event/event-kind.ts";
export type {
  PartialFailures,
  TriggerInput,
  TriggerItem,
  TriggerName,
  TriggerSource,
} from "./cloud-event/trigger-source.ts";
export { effectDoes } from "./effect-does.ts";
export type { EffectKey } from "./effect-key.ts";
export {
  type ErrorEntry,
  type ErrorTable,
  type EventErrorCode,
  eventErrors,
  TidegateError,
} from "./errors.ts";
export { readFc2Request } from "./event/alibaba-fc.ts";
export { parseBasePath, stripBasePath } from "./event/base-path.ts";
export { isConnectionHeader } from "./event/connection-headers.ts";
export { detectSource, eventSources, findSource } from "./event/detect.ts";
export { errorResponse } from "./event/error-response.ts";
export { frameBody } from "./event/frame-body.ts";
export { base64ByteLength, malformedBody } from "./event/members.ts";
export type { HttpRequestMessage, HttpResponseMessage, MessageBody, RawHeaders } from "./event/message.ts";
export { requestExcess, responseExcess } from "./event/payload-excess.ts";
export type { PayloadLimits } from "./event/payload-limits.ts";
export type { EventObject, EventSource, SourceName } from "./event/source.ts";
export { type ContentClass, classifyContent } from "./event/text-content.ts";
export { type Affinity, affinityDefaults } from "./function/affinity.ts";
export { type BreakerConfig, breakerDefaults } from "./function/breaker.ts";
export {
  type CommandEntry,
  type Entry,
  type FunctionConfig,
  functionDefaults,
  type NodeEntry,
  type StartMode,
} from "./function/function.ts";
export { type HealthConfig, healthDefaults } from "./function/health.ts";
export type { RateLimit } from "./function/rate-limit.ts";
export { type RecycleConfig, recycleDefaults } from "./function/recycle.ts";
export type { InstanceInfo, InstanceStart, InstanceState } from "./instance.ts";
export type { InvocationRecord } from "./invocation.ts";
export { FunctionMeter, type MeteredInvocation } from "./metering/function-meter.ts";
export { durationBoundsMs, Histogram, type HistogramValues } from "./metering/histogram.ts";
export { InstanceMeter, type InstanceMeterValues, type LiveState } from "./metering/instance-meter.ts";
export { traceIdOf } from "./metering/trace-context.ts";
export {
  holdsSlot,
  isEnded,
  isHeld,
  isReached,
  isSent,
  isTunnel,
  mayReplay,
  type NewRequest,
  newRequest,
  phaseOf,
  type RequestEvent,
  type RequestState,
  replaysOf,
  requestEffect,
  requestEvent,
  requestPhase,
  requestStateMask,
  stepRequest,
} from "./request/request-ledger.ts";
export { createRouteMatcher, type Route, type RouteMatcher, type RouteTarget } from "./route.ts";
export {
  type CodePlace,
  type ForkPoint,
  noTemplate,
  type TemplateInfo,
  type TemplateState,
  type WarmUpResult,
} from "./template.ts";
export { recordHead, recordLine } from "./trace/record-line.ts";
export { createShape, type ShapeName, type ShapeOptions, shapes } from "./trace/shapes.ts";
export { type FunctionTrace, type Trace, traceInvocations } from "./trace/trace.ts";
export { TraceReader } from "./trace/trace-reader.ts";
