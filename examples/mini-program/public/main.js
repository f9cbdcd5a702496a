import { ask, imageUrl, isLoggedIn, setToken } from "./api.js";
import { addToCart, showCart, takeNoteAndOrder } from "./cart.js";
import { doing, drawing, element, find, price } from "./element.js";
import { forgetOrders, showOrders } from "./orders.js";

async function showProducts() {
  const { products } = await ask("GET", "products");
  find("#products").replaceChildren(...products.map(productCard));
}

function productCard({ id, name, description, priceCents, stock }) {
  const left = stock === null ? "" : ` · ${stock} left`;
  const add = element("button", { type: "button", disabled: stock === 0 }, stock === 0 ? "Sold out" : "Add");
  add.addEventListener(
    "click",
    doing(() => addToCart(id)),
  );
  return element(
    "li",
    {},
    drawing(id),
    element("strong", {}, name),
    element("p", {}, description + left),
    element("div", { className: "row" }, price(priceCents), add),
  );
}

async function showSession() {
  find("#login").hidden = isLoggedIn();
  find("#session").hidden = !isLoggedIn();
  find("#session span").textContent = localStorage.getItem("name") ?? "";
  for (const button of document.querySelectorAll(".side button")) button.disabled = !isLoggedIn();
  forgetOrders();
  await showCart();
  if (isLoggedIn()) await showOrders();
}

function on(selector, type, action) {
  find(selector).addEventListener(type, doing(action));
}

on("#login", "submit", async () => {
  // In a mini program the code comes from wx.login(); here the name serves as one.
  const code = find("#login input").value;
  const { token } = await ask("POST", "login", { body: { code } });
  localStorage.setItem("name", code);
  setToken(token);
  await showSession();
});

on("#session button", "click", async () => {
  setToken(null);
  await showSession();
});

on("#order", "submit", async () => {
  await takeNoteAndOrder();
  await Promise.all([showCart(), showOrders(), showProducts()]);
});

on("#upload", "submit", async () => {
  const { id } = await ask("POST", "images", { body: new FormData(find("#upload")) });
  find("#pictures").prepend(element("img", { src: imageUrl(id), alt: "An uploaded picture" }));
  find("#upload").reset();
});

await doing(showProducts)(new Event("load"));
await doing(showSession)(new Event("load"));
