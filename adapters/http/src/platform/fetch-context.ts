import { isIPv6 } from "node:net";
import type { ExchangeInput } from "../exchange/exchange.ts";

/** The connection behind a request, as much as an event tells of it. */
interface EventConnection {
  readonly remoteAddress: string | undefined;
  readonly remoteFamily: "IPv4" | "IPv6" | undefined;
  readonly remotePort: number;
}

type Members = Readonly<Record<string, unknown>>;

/** An object to look members up in; an empty one for anything else. */
function membersOf(value: unknown): Members {
  return typeof value === "object" && value !== null ? (value as Members) : {};
}

/**
 * Second argument of a fetch app that is called with an event; `c.env` in Hono.
 *
 * `event`, `requestContext` and `lambdaContext` have the names of `hono/aws-lambda`, and `incoming` that of
 * `@hono/node-server`, so that what reads them there, such as both `getConnInfo`, works here as well.
 */
export class FetchContext {
  /** Format of the event, such as `aws-http-v2`. */
  readonly source: string;
  /** The event as the platform passed it; parsed, where it came as bytes. */
  readonly event: unknown;
  /** The platform's context argument. */
  readonly context: unknown;
  /** The platform's id of this invocation. */
  readonly requestId: string | undefined;
  /** Address of the client as the platform saw it. */
  readonly clientIp: string | undefined;

  constructor({ source, event, context, requestId, clientIp }: ExchangeInput) {
    this.source = source;
    this.event = event;
    this.context = context;
    this.requestId = requestId;
    this.clientIp = clientIp;
  }

  /**
   * Member `requestContext` of the event, with `identity.sourceIp` where the platform tells the client's address elsewhere:
   * that, or `http.sourceIp`, is where Hono looks for it. With a load balancer it reads `x-forwarded-for`.
   */
  get requestContext(): object {
    const context = membersOf(membersOf(this.event).requestContext);
    const identity = membersOf(context.identity);
    const known = identity.sourceIp ?? membersOf(context.http).sourceIp ?? context.elb ?? undefined;
    if (known !== undefined || this.clientIp === undefined) return context;
    return { ...context, identity: { ...identity, sourceIp: this.clientIp } };
  }

  /** The same as `context`. */
  get lambdaContext(): unknown {
    return this.context;
  }

  /** The request as far as its connection goes. */
  get incoming(): { readonly socket: EventConnection } {
    const remoteAddress = this.clientIp;
    const remoteFamily = remoteAddress === undefined ? undefined : isIPv6(remoteAddress) ? "IPv6" : "IPv4";
    return { socket: { remoteAddress, remoteFamily, remotePort: 0 } };
  }
}
