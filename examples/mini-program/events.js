import { Router } from "express";
import { STEPS, stepAt, stepTime } from "./order-status.js";
import { findOrder } from "./orders.js";

const LAST_STEP = STEPS.length - 1;

/** Order status as server-sent events: the steps so far at once, the others as they come. */
export function eventRoutes({ store, requireUser, stepMs, heartbeatMs, stopping }) {
  const routes = Router();

  routes.get("/orders/:id/events", requireUser, async (req, res) => {
    const order = await findOrder(await store(), req);
    const seen = lastSeen(req);
    // 204 tells an EventSource not to come back: it has seen everything.
    if (seen >= LAST_STEP) return res.status(204).end();
    res.set({ "Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no" });
    res.write("retry: 1000\n\n");
    follow({ order, res, stepMs, heartbeatMs, stopping, next: seen + 1 });
  });

  return routes;
}

// The id of an event is the number of its step, so a client that reconnects (to any instance) goes on where it was.
function lastSeen(req) {
  const id = req.get("last-event-id") ?? "";
  return /^\d{1,3}$/.test(id) ? Number(id) : -1;
}

function follow({ order, res, stepMs, heartbeatMs, stopping, next }) {
  let timer;
  const heartbeat = setInterval(() => res.write(": still here\n\n"), heartbeatMs);

  function sendDue() {
    for (const reached = stepAt(order, stepMs, Date.now()); next <= reached; next++) {
      const data = { orderId: order.id, status: STEPS[next], at: stepTime(order, stepMs, next) };
      res.write(`id: ${next}\nevent: status\ndata: ${JSON.stringify(data)}\n\n`);
    }
    if (next > LAST_STEP) return end();
    timer = setTimeout(sendDue, Math.max(1, stepTime(order, stepMs, next) - Date.now()));
  }

  function end() {
    cleanUp();
    res.end();
  }

  function cleanUp() {
    clearTimeout(timer);
    clearInterval(heartbeat);
    stopping.removeEventListener("abort", end);
  }

  res.on("close", cleanUp);
  // A stopping server would wait for this stream; the client reconnects elsewhere and misses nothing.
  stopping.addEventListener("abort", end);
  sendDue();
  if (stopping.aborted) end();
}
