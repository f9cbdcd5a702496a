import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";

/** A request whose body is not all sent yet. */
export interface SlowUpload {
  /** Sends the rest and resolves with the answer's status. */
  finish(): Promise<number | undefined>;
}

/** Posts a file and resolves once the server has the request and waits for its body. */
export async function startUpload(url: string, token: string, file: Buffer): Promise<SlowUpload> {
  const form = new FormData();
  form.append("image", new Blob([new Uint8Array(file)]), "picture.png");
  const encoded = new Response(form);
  const body = Buffer.from(await encoded.arrayBuffer());
  const sent = request(url, {
    method: "POST",
    headers: {
      Authorization: `Bearer ${token}`,
      "Content-Type": encoded.headers.get("content-type") ?? "",
      "Content-Length": body.length,
      // The answer to this is the signal that the request is in flight.
      Expect: "100-continue",
    },
  });
  sent.flushHeaders();
  await once(sent, "continue");
  sent.write(body.subarray(0, 10));
  return {
    finish: async () => {
      sent.end(body.subarray(10));
      const [response] = (await once(sent, "response")) as [IncomingMessage];
      response.resume();
      await once(response, "end");
      return response.statusCode;
    },
  };
}
