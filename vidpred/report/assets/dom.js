// Elements and numbers. Text always becomes a text node, never markup.

const byId = (id) => document.getElementById(id);

function element(tag, attributes = {}, ...children) {
  return fillNode(document.createElement(tag), attributes, children);
}

function svgElement(tag, attributes = {}, ...children) {
  return fillNode(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
}

function fillNode(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
}

function formatNumber(value, digits = 4) {
  if (value === null || value === undefined) return "–";
  const rounded = Number(value.toPrecision(digits));
  return String(rounded !== 0 && Math.abs(rounded) < 1e-4 ? rounded.toExponential() : rounded).replaceAll("-", "−");
}

const formatDecibels = (value) => (value === null || value === undefined ? "–" : value.toFixed(1));

// Show a group of buttons of which one is selected.
function showButtons(host, labels, selected, select) {
  const buttons = labels.map((label, index) => element("button",
    { type: "button", "aria-pressed": String(index === selected), onclick: () => select(index) }, label));
  host.replaceChildren(...buttons);
}
