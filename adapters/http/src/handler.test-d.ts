// Compiled, never run: the types of platforms a handler fits.
import { createServer } from "node:http";
import type {
  ALBHandler,
  APIGatewayProxyHandler,
  APIGatewayProxyHandlerV2,
  APIGatewayProxyResultV2,
  APIGatewayProxyStructuredResultV2,
  Context,
  EventBridgeHandler,
  KinesisStreamHandler,
  S3Handler,
  SNSHandler,
  SQSBatchResponse,
  SQSHandler,
} from "aws-lambda";
import { type Handler, toHandler } from "./index.ts";

const handler: Handler = toHandler((_req, res) => res.end());

export const rest: APIGatewayProxyHandler = toHandler((_req, res) => res.end());
export const http: APIGatewayProxyHandlerV2 = handler;
export const loadBalancer: ALBHandler = handler;
export const queue: SQSHandler = handler;
export const topic: SNSHandler = handler;
export const bucket: S3Handler = handler;
export const stream: KinesisStreamHandler = handler;
export const bus: EventBridgeHandler<"order", { id: string }, void> = handler;
export const vercel: (request: Request) => Promise<Response> = handler;

createServer(handler);

declare const event: { rawPath: string };
declare const context: Context;

const answer = await handler(event, context);
export const status: number = answer.statusCode;
export const cookie: string | undefined = answer.headers["set-cookie"];
const result: APIGatewayProxyResultV2 = await handler(event, context);
const structured = await handler<APIGatewayProxyStructuredResultV2>(event, context);
const batch = (await handler(event, context)) as SQSBatchResponse;
export const results: readonly unknown[] = [result, structured.cookies?.length, batch.batchItemFailures.length];
export const page: Response = await handler(new Request("https://a.example"));
