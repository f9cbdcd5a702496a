import type { Loading } from "../bootstrap/framework.ts";
import { startInvocation } from "../invocation.ts";
import { isPromiseLike, type Listener } from "../listener.ts";
import type { ResponseSink } from "../sink/response-sink.ts";
import { classesOf } from "./app-classes.ts";
import type { ExchangeInput } from "./exchange.ts";
import { NodeExchange } from "./node-exchange.ts";
import { AppRequest } from "./request.ts";
import { AppSocket } from "./socket.ts";

/**
 * Runs an app on one request. The response goes to the sink; an error thrown by the app becomes a 500.
 *
 * @param listener the app
 * @param input the request
 * @param sink where the response goes
 * @param prepare called before the app with the exchange
 */
export function serve(
  listener: Listener,
  input: ExchangeInput,
  sink: ResponseSink,
  prepare?: (exchange: NodeExchange) => void,
): NodeExchange {
  // Straight to the app once it is loaded: the way to wait for it is no part of each call.
  const app = (listener as Loading).loaded ?? listener;
  const classes = classesOf(app);
  const socket = new AppSocket(input.clientIp, input.isSecure);
  // IncomingMessage declares net.Socket; everything HTTP code reads of it is there.
  const nodeSocket = socket as unknown as ConstructorParameters<typeof AppRequest>[0];
  const request = new classes.Request(nodeSocket, input.head, input.body);
  const response = new classes.Response(request, sink);
  const exchange = new NodeExchange(input, sink, request, response, socket);
  response.assignSocket(nodeSocket);
  prepare?.(exchange);
  startInvocation(exchange, request, start, app, exchange);
  return exchange;
}

function start(listener: Listener, exchange: NodeExchange): void {
  try {
    const result = listener(exchange.request, exchange.response);
    if (isPromiseLike(result)) result.then(undefined, (error: unknown) => exchange.fail(error));
  } catch (error) {
    exchange.fail(error);
  }
  AppRequest.received(exchange.request);
  // An answer that is there at once, as most are, needs no clock: setting it takes a twentieth of a short call.
  if (!exchange.response.writableEnded) exchange.watch();
}
