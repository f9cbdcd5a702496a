// Relative to the page, so that the shop also works below a path.
const base = new URL("api/", document.baseURI);

let token = localStorage.getItem("token");

export function isLoggedIn() {
  return Boolean(token);
}

export function setToken(value) {
  token = value;
  if (value) localStorage.setItem("token", value);
  else localStorage.removeItem("token");
}

/** Asks the shop; throws what the shop says when it refuses. */
export async function ask(method, path, { body, headers } = {}) {
  const isForm = body instanceof FormData;
  const response = await send(method, path, {
    body: isForm || body === undefined ? body : JSON.stringify(body),
    headers: { ...(isForm || body === undefined ? {} : { "Content-Type": "application/json" }), ...headers },
  });
  if (response.status === 204) return undefined;
  const answer = await response.json();
  if (response.ok) return answer;
  // A session ends, or its shop began anew: the page then shows its login again.
  if (answer.error.code === "bad_session") setToken(null);
  throw new Error(answer.error.message);
}

export function imageUrl(id) {
  return new URL(`images/${id}`, base).href;
}

/**
 * Follows an order's status events until the last one, also over broken connections.
 * An EventSource cannot send the session's header, so the stream is read by fetch.
 */
export async function followOrder(id, onStatus, signal) {
  let lastEventId;
  while (!signal.aborted) {
    const headers = lastEventId ? { "Last-Event-ID": lastEventId } : {};
    const response = await send("GET", `orders/${id}/events`, { headers, signal }).catch(() => undefined);
    if (response?.status === 204 || response?.status === 404 || response?.status === 401) return;
    if (response?.ok) {
      await readEvents(response.body, (event) => {
        lastEventId = event.id;
        onStatus(JSON.parse(event.data).status);
      }).catch(() => undefined);
    }
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
}

async function readEvents(stream, onEvent) {
  let text = "";
  for await (const chunk of chunks(stream.pipeThrough(new TextDecoderStream()))) {
    const blocks = (text + chunk).split("\n\n");
    text = blocks.pop();
    for (const block of blocks) {
      const event = Object.fromEntries(block.split("\n").map((line) => line.split(/: (.*)/s)));
      if (event.data) onEvent(event);
    }
  }
}

// Not every browser lets `for await` read a stream by itself.
async function* chunks(stream) {
  const reader = stream.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    yield value;
  }
}

async function send(method, path, { headers, ...rest } = {}) {
  const session = token ? { Authorization: `Bearer ${token}` } : {};
  return await fetch(new URL(path, base), { method, headers: { ...session, ...headers }, ...rest });
}
