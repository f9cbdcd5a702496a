/** Longest a function may run on Lambda, in milliseconds. */
const LIMIT_MS = 900_000;

/** Makes the context of the Lambda Node runtime. */
export function toAwsContext(requestId: string): object {
  const deadline = performance.now() + LIMIT_MS;
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionName: "parity",
    functionVersion: "$LATEST",
    invokedFunctionArn: "arn:aws:lambda:eu-west-1:210987654321:function:parity",
    memoryLimitInMB: "1024",
    awsRequestId: requestId,
    logGroupName: "/aws/lambda/parity",
    logStreamName: "2026/06/14/[$LATEST]6a2e7134",
    getRemainingTimeInMillis: () => Math.max(0, deadline - performance.now()),
  };
}
