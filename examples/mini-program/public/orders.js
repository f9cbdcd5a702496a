import { ask, followOrder } from "./api.js";
import { element, find, price } from "./element.js";

const STEPS = ["placed", "paid", "shipped", "delivered"];
// A browser opens few connections to one host, and each order followed keeps one.
const MAX_FOLLOWED = 3;

let following = new AbortController();

export function forgetOrders() {
  following.abort();
  find("#orders").replaceChildren();
}

export async function showOrders() {
  following.abort();
  following = new AbortController();
  const { orders } = await ask("GET", "orders");
  const shown = orders.slice(0, 8).map((order) => ({ order, ...orderCard(order) }));
  find("#orders").replaceChildren(...shown.map(({ card }) => card));
  const open = shown.filter(({ order }) => order.status !== STEPS.at(-1)).slice(0, MAX_FOLLOWED);
  for (const { order, setStatus } of open) void followOrder(order.id, setStatus, following.signal);
}

function orderCard({ items, totalCents, note, status }) {
  const steps = STEPS.map((step) => element("span", {}, step));
  const setStatus = (reached) => {
    for (const [i, step] of steps.entries()) step.classList.toggle("reached", i <= STEPS.indexOf(reached));
  };
  setStatus(status);
  const what = items.map(({ quantity, name }) => `${quantity} × ${name}`).join(", ") + (note ? ` (${note})` : "");
  const card = element(
    "li",
    {},
    element("div", { className: "row" }, element("span", {}, what), price(totalCents)),
    element("div", { className: "steps" }, ...steps),
  );
  return { card, setStatus };
}
