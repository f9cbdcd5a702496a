import { type Answered, readBody, readFlatHeaders, readMembers, readMultiHeaders, readStatus } from "./answered.ts";

/** Reads an answer in payload format 1.0: both header maps are merged, and `multiValueHeaders` wins on a clash. */
export function readAwsV1Answer(result: unknown): Answered {
  const members = readMembers(result);
  const multi = readMultiHeaders(members.multiValueHeaders);
  const taken = new Set(multi.map(([name]) => name.toLowerCase()));
  const flat = readFlatHeaders(members.headers).filter(([name]) => !taken.has(name.toLowerCase()));
  return { status: readStatus(members), reason: "", headers: [...flat, ...multi], body: readBody(members) };
}
