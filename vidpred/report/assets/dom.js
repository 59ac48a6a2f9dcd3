// Elements and numbers. Text always becomes a text node, never markup.

const byId = (id) => document.getElementById(id);

function element(tag, attributes = {}, ...children) {
  return filled(document.createElement(tag), attributes, children);
}

function shape(tag, attributes = {}, ...children) {
  return filled(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
}

function filled(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
}

function number(value, digits = 4) {
  if (value === null || value === undefined) return "–";
  const rounded = Number(value.toPrecision(digits));
  return String(rounded !== 0 && Math.abs(rounded) < 1e-4 ? rounded.toExponential() : rounded).replaceAll("-", "−");
}

const decibels = (value) => (value === null || value === undefined ? "–" : value.toFixed(1));

// Buttons of which one is chosen.
function segments(host, labels, chosen, choose) {
  const buttons = labels.map((label, place) =>
    element("button", { type: "button", "aria-pressed": String(place === chosen), onclick: () => choose(place) }, label));
  host.replaceChildren(...buttons);
}
