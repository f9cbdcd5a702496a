import type { Socket } from "node:net";
import type { Listener } from "../listener.ts";
import { IncomingMessage, ServerResponse } from "../node-http.ts";
import type { ResponseSink } from "../sink/response-sink.ts";
import { AppRequest, type RequestBody, type RequestHead } from "./request.ts";
import { AppResponse } from "./response.ts";

type RequestClass = new (socket: Socket, head: RequestHead, body: RequestBody) => AppRequest;
type ResponseClass = new (request: AppRequest, sink: ResponseSink) => AppResponse;

/** Constructors of the request and response a listener is called with. */
export interface AppClasses {
  readonly Request: RequestClass;
  readonly Response: ResponseClass;
}

const plain: AppClasses = { Request: AppRequest, Response: AppResponse };
const known = new WeakMap<Listener, AppClasses>();

/**
 * Finds the classes for a listener. An Express app begins each request by replacing the prototypes of request and
 * response by its own, `app.request` and `app.response`. V8 takes 2 us for that, a fifth of a call; objects that are made
 * with these prototypes spare it, and nothing can tell, as the replacement is the first thing the app does.
 */
export function classesOf(listener: Listener): AppClasses {
  let classes = known.get(listener);
  if (classes === undefined) {
    classes = inspect(listener);
    known.set(listener, classes);
  }
  return classes;
}

function inspect(listener: Listener): AppClasses {
  const { request, response } = listener as { request?: unknown; response?: unknown };
  if (!(request instanceof IncomingMessage && response instanceof ServerResponse)) return plain;

  // Functions let their prototype be chosen, classes do not.
  function ExpressRequest(socket: Socket, head: RequestHead, body: RequestBody): AppRequest {
    return Reflect.construct(AppRequest, [socket, head, body], ExpressRequest);
  }
  function ExpressResponse(appRequest: AppRequest, sink: ResponseSink): AppResponse {
    return Reflect.construct(AppResponse, [appRequest, sink], ExpressResponse);
  }
  ExpressRequest.prototype = request;
  ExpressResponse.prototype = response;
  return {
    Request: ExpressRequest as unknown as RequestClass,
    Response: ExpressResponse as unknown as ResponseClass,
  };
}
