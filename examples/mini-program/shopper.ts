export interface Answer {
  status: number;
  text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into whatever JSON the shop answers
  body: any;
}

/** The smallest PNG: one transparent pixel. */
export const PNG: Buffer = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==",
  "base64",
);

/** A customer of a shop under test. */
export interface Shopper {
  userId: string;
  token: string;
  send(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  order(key: string, order: unknown): Promise<Answer>;
  events(orderId: string, lastEventId?: string): Promise<Response>;
  upload(bytes: Buffer, filename: string): Promise<Answer>;
}

/** Logs in with the code and gives a customer who acts under that session. */
export async function createShopper(url: string, code: string): Promise<Shopper> {
  const login = await request(`${url}/api/login`, "POST", { code });
  if (login.status !== 200) throw new Error(`Cannot log in: ${login.status} ${login.text}`);
  const session = { Authorization: `Bearer ${login.body.token}` };
  const send: Shopper["send"] = (method, path, body, headers) =>
    request(url + path, method, body, { ...session, ...headers });
  return {
    userId: login.body.user.id,
    token: login.body.token,
    send,
    order: (key, order) => send("POST", "/api/orders", order, { "Idempotency-Key": key }),
    events: (orderId, lastEventId) =>
      fetch(`${url}/api/orders/${orderId}/events`, {
        headers: lastEventId ? { ...session, "Last-Event-ID": lastEventId } : session,
      }),
    async upload(bytes, filename) {
      const form = new FormData();
      form.append("image", new Blob([new Uint8Array(bytes)]), filename);
      return toAnswer(await fetch(`${url}/api/images`, { method: "POST", headers: session, body: form }));
    },
  };
}

/** Sends a body as JSON, or a text as it is. */
export async function request(
  url: string,
  method: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  if (body === undefined) return toAnswer(await fetch(url, { method, headers }));
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const init = { method, headers: { "Content-Type": "application/json", ...headers }, body: text };
  return toAnswer(await fetch(url, init));
}

async function toAnswer(response: Response): Promise<Answer> {
  const text = await response.text();
  const isJson = response.headers.get("content-type")?.startsWith("application/json");
  return { status: response.status, text, body: isJson ? JSON.parse(text) : undefined };
}
