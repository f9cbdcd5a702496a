import { ask, isLoggedIn } from "./api.js";
import { doing, element, find, price } from "./element.js";

let items = [];
// One key for one intent to order: pressing twice, or again after a lost answer, orders once.
let key = newKey();

export async function showCart() {
  show(isLoggedIn() ? await ask("GET", "cart") : { items: [], totalCents: 0 });
}

export async function addToCart(productId) {
  if (!isLoggedIn()) throw new Error("Log in first");
  const quantity = items.find((item) => item.productId === productId)?.quantity ?? 0;
  await setQuantity(productId, quantity + 1);
}

export async function takeNoteAndOrder() {
  const note = find("#order input").value;
  const wanted = items.map(({ productId, quantity }) => ({ productId, quantity }));
  await ask("POST", "orders", { body: { items: wanted, note }, headers: { "Idempotency-Key": key } });
  key = newKey();
  find("#order").reset();
}

async function setQuantity(productId, quantity) {
  const others = items.filter((item) => item.productId !== productId);
  const wanted = quantity > 0 ? [...others, { productId, quantity }] : others;
  const body = { items: wanted.map((item) => ({ productId: item.productId, quantity: item.quantity })) };
  show(await ask("PUT", "cart", { body }));
  key = newKey();
}

// crypto.randomUUID() is missing on a page that came over plain HTTP from another machine.
function newKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function show(cart) {
  items = cart.items;
  const lines = items.map(({ productId, name, quantity, totalCents }) => {
    const less = element("button", { type: "button", className: "quiet", ariaLabel: `One ${name} less` }, "−");
    less.addEventListener(
      "click",
      doing(() => setQuantity(productId, quantity - 1)),
    );
    return element(
      "li",
      { className: "row" },
      `${quantity} × ${name}`,
      element("span", {}, price(totalCents), " ", less),
    );
  });
  const total = element("li", { className: "row" }, element("strong", {}, "Total"), price(cart.totalCents));
  const empty = element("li", { className: "empty" }, isLoggedIn() ? "Nothing in it yet." : "Log in to fill it.");
  find("#cart").replaceChildren(...(items.length > 0 ? [...lines, total] : [empty]));
  find("#order button").disabled = items.length === 0;
}
