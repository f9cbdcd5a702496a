import { alibabaFc3 } from "./alibaba-fc3.ts";
import { awsAlb, awsAlbMulti } from "./aws-alb.ts";
import { awsFunctionUrl } from "./aws-function-url.ts";
import { awsHttpV1 } from "./aws-http-v1.ts";
import { awsHttpV2 } from "./aws-http-v2.ts";
import { awsRest } from "./aws-rest.ts";
import { awsStream } from "./aws-stream.ts";
import { huaweiApig } from "./huawei-apig.ts";
import { netlify } from "./netlify.ts";
import type { Shape } from "./shape.ts";
import { tencentApigateway, tencentFunctionUrl } from "./tencent-scf.ts";
import { web } from "./web.ts";

/** Every shape of the kit, in the order of its table. */
export const shapes: readonly Shape[] = [
  web,
  awsRest,
  awsHttpV1,
  awsHttpV2,
  awsFunctionUrl,
  awsStream,
  awsAlb,
  awsAlbMulti,
  alibabaFc3,
  tencentApigateway,
  tencentFunctionUrl,
  huaweiApig,
  netlify,
];

/**
 * Finds a shape by its name.
 *
 * @throws when there is none; the message lists those there are
 */
export function findShape(name: string): Shape {
  const shape = shapes.find((candidate) => candidate.name === name);
  if (shape !== undefined) return shape;
  throw new Error(`Cannot find shape "${name}": there are ${shapes.map((known) => known.name).join(", ")}`);
}
