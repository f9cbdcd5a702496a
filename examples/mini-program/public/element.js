export const find = (selector) => document.querySelector(selector);

/** An element with properties and children; text is never read as markup. */
export function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

export function price(cents) {
  const format = { style: "currency", currency: "CNY", currencyDisplay: "narrowSymbol" };
  return new Intl.NumberFormat("en", format).format(cents / 100);
}

/** A product's drawing out of products.svg. */
export function drawing(productId) {
  const namespace = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(namespace, "svg");
  const use = document.createElementNS(namespace, "use");
  svg.setAttribute("viewBox", "0 0 64 64");
  svg.setAttribute("aria-hidden", "true");
  // A symbol that is used elsewhere does not take its file's outline with it.
  for (const [name, value] of Object.entries({ fill: "none", stroke: "#1f6f6b", "stroke-width": "3" })) {
    svg.setAttribute(name, value);
  }
  use.setAttribute("href", `products.svg#${productId}`);
  svg.append(use);
  return svg;
}

let timer;

/** Shows for a while what went wrong. */
export function say(message) {
  find("#message").textContent = message;
  clearTimeout(timer);
  timer = setTimeout(() => say(""), 4000);
}

/** Runs what a click or a form asks for and shows its failure. */
export function doing(action) {
  return async (event) => {
    event.preventDefault();
    try {
      await action();
    } catch (error) {
      say(error.message);
    }
  };
}
