/** What a platform carries at most in one invocation, in bytes. */
export interface PayloadLimits {
  /** Body of a request as it stands in the event, so in base64 if it does. */
  readonly maxRequestBytes: number;
  /** The whole answer as JSON. */
  readonly maxResponseBytes: number;
}

const MIB: number = 1024 * 1024;

/** Synchronous invocation of Lambda; the response limit is the number in the service's own error message. */
export const LAMBDA_LIMITS: PayloadLimits = { maxRequestBytes: 6 * MIB, maxResponseBytes: 6_291_556 };

/** Load balancer in front of Lambda. Format: ELB user guide, "Lambda functions as targets". */
export const ALB_LIMITS: PayloadLimits = { maxRequestBytes: MIB, maxResponseBytes: MIB };

/** Synchronous invocation of Function Compute: 32 MB. */
export const FUNCTION_COMPUTE_LIMITS: PayloadLimits = { maxRequestBytes: 32 * MIB, maxResponseBytes: 32 * MIB };

/** Tencent SCF, Huawei FunctionGraph and VPC Lattice: 6 MB each way. */
export const SIX_MIB_LIMITS: PayloadLimits = { maxRequestBytes: 6 * MIB, maxResponseBytes: 6 * MIB };
