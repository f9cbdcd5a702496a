import { TidegateError } from "@tidegate/core";
import { isPromiseLike, type Listener } from "../listener.ts";
import type { ResponseSink } from "../sink/response-sink.ts";
import { AppRequest, type RequestBody, type RequestHead } from "./request.ts";
import { AppResponse } from "./response.ts";
import { AppSocket } from "./socket.ts";

/** One request to an app, from whatever it came. */
export interface Exchange {
  readonly head: RequestHead;
  readonly body: RequestBody;
  readonly clientIp: string | undefined;
  readonly isSecure: boolean;
  readonly requestId: string | undefined;
}

/** The objects of a running exchange. */
export interface Served {
  readonly request: AppRequest;
  readonly response: AppResponse;
  readonly socket: AppSocket;
}

/** The error Node gives a request whose connection went away. */
function connectionReset(): Error {
  return Object.assign(new Error("aborted"), { code: "ECONNRESET" });
}

/** Answers an error of the app as a server's last resort would: 500 if nothing was sent yet, a broken response if it was. */
function failApp(served: Served, exchange: Exchange, error: unknown): void {
  const { response, socket } = served;
  console.error(error);
  if (response.headersSent) {
    socket.destroy(error instanceof Error ? error : new Error(String(error)));
    return;
  }
  for (const name of response.getHeaderNames()) response.removeHeader(name);
  response.statusCode = 500;
  response.statusMessage = "";
  response.setHeader("Content-Type", "application/json; charset=utf-8");
  const message = "Cannot answer the request: the app threw before it sent a response";
  response.end(JSON.stringify({ error: { code: "TIDEGATE_APP_FAILED", message, requestId: exchange.requestId } }));
}

function watchSocket({ request, response, socket }: Served, sink: ResponseSink): void {
  socket.onDestroy = (error) => {
    // Ended is enough: the bytes are with the sink already, as on a server they would be with the kernel.
    if (response.writableEnded) {
      AppResponse.complete(response);
      return;
    }
    const cause = error ?? connectionReset();
    sink.fail(
      new TidegateError("TIDEGATE_RESPONSE_ABORTED", "Cannot complete the response: the connection was destroyed", {
        cause,
      }),
    );
    if (!request.destroyed) request.destroy(connectionReset());
  };
}

/**
 * Runs an app on one request. The response goes to the sink; an error thrown by the app becomes a 500.
 *
 * @param listener the app
 * @param exchange the request
 * @param sink where the response goes
 * @param prepare called before the app with the objects it will get
 */
export function serve(
  listener: Listener,
  exchange: Exchange,
  sink: ResponseSink,
  prepare?: (served: Served) => void,
): Served {
  const socket = new AppSocket(exchange.clientIp, exchange.isSecure);
  // IncomingMessage declares net.Socket; everything HTTP code reads of it is there.
  const nodeSocket = socket as unknown as ConstructorParameters<typeof AppRequest>[0];
  const request = new AppRequest(nodeSocket, exchange.head, exchange.body);
  const response = new AppResponse(request, sink);
  const served: Served = { request, response, socket };
  response.assignSocket(nodeSocket);
  watchSocket(served, sink);
  prepare?.(served);
  try {
    const result = listener(request, response);
    if (isPromiseLike(result)) result.then(undefined, (error: unknown) => failApp(served, exchange, error));
  } catch (error) {
    failApp(served, exchange, error);
  }
  return served;
}
