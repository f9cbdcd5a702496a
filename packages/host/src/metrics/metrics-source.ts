import type {
  FunctionMeter,
  Histogram,
  InstanceInfo,
  InstanceMeter,
  InstanceStart,
  TemplateInfo,
} from "@tidegate/core";

/** What metrics read of a function. */
export interface MeteredFunction {
  readonly config: { readonly name: string };
  readonly meter: FunctionMeter;
  readonly instanceMeter: InstanceMeter;
  readonly activator: { readonly inFlight: number; readonly queued: number };
  readonly startTimes: Readonly<Record<InstanceStart, Histogram>>;
  template(): TemplateInfo;
  infos(): readonly InstanceInfo[];
}

/** When a certificate that is served ends. */
export interface CertificateExpiry {
  /** First name it is for. */
  readonly name: string;
  /** In milliseconds since 1970. */
  readonly notAfter: number;
}

/** What metrics read of a host; all of it anew for each text. */
export interface MetricsSource {
  /** Those that are served now: what is gone has no series. */
  functions(): Iterable<MeteredFunction>;
  /** Requests that belong to no function. */
  readonly meter: FunctionMeter;
  /** Open connections of clients. */
  connections(): number;
  /** Default: none. */
  certificates?(): Iterable<CertificateExpiry>;
}
