// A line chart. Its legend shows the values at the pointer, and hides lines. uPlot does not replace it: about 50 kB of
// minified code in every page, drawing on a canvas, where style sheets and browser tests cannot reach the lines.
//
// `spec` is a ChartSpec of vidpred.plots.chart_spec, `rules` are its rules: see vidpred.report.charts.

// options: {height, hidden: Set of labels, domain: [from, to], given: first predicted frame, onPoint(x | null),
// onSelect(x)}. Returns {node, point(x | null), rest(x)}: `point` moves the cursor, `rest` is where it is while the
// pointer is elsewhere.
function lineChart(spec, rules, options = {}) {
  const { hidden = new Set(), height = 190, onPoint = () => {}, onSelect = null } = options;
  const plot = svgElement("svg",
    { class: onSelect ? "plot selectable" : "plot", tabindex: "0", role: "img", "aria-label": spec.title });
  const position = element("span", { class: "position" }); // the x of the values in the legend
  const legend = chartLegend(spec, rules, hidden, redraw);
  const head = element("div", { class: "chart-head" },
    element("h3", {}, spec.title), element("span", { class: "unit" }, spec.unit), position);
  if (spec.best) {
    const text = `best ${formatNumber(spec.best.value)}, ${spec.x_name} ${spec.best.x}`;
    head.append(element("span", { class: `best ${bestSeries(spec).role}` }, text));
  }
  const node = element("figure", { class: onSelect ? "chart" : "chart card" }, head, legend.node, plot);
  let pointed = null, resting = null, drawing = null;

  function redraw() {
    drawing = drawChart(plot, spec, rules, { ...options, hidden, height, width: plot.clientWidth || 560 });
    showCursor();
  }

  function showCursor() {
    const x = pointed ?? resting;
    position.textContent = x === null ? `last ${spec.x_name}` : `${spec.x_name} ${x}`;
    legend.showValues(x);
    if (drawing) drawing.moveCursor(x);
  }

  function point(x) {
    pointed = x;
    showCursor();
  }

  function rest(x) {
    resting = x;
    showCursor();
  }

  function pointAndTell(x) {
    point(x);
    onPoint(x);
  }

  const nearest = (event) => drawing.nearestX(event.clientX - plot.getBoundingClientRect().left);
  plot.addEventListener("pointermove", (event) => {
    const x = nearest(event);
    if (onSelect && event.buttons) onSelect(x);
    pointAndTell(x);
  });
  plot.addEventListener("pointerleave", () => pointAndTell(null));
  plot.addEventListener("blur", () => pointAndTell(null));
  if (onSelect) plot.addEventListener("pointerdown", (event) => onSelect(nearest(event)));
  else plot.addEventListener("keydown", (event) => moveByKey(event, spec.x, pointed, pointAndTell));
  new ResizeObserver(redraw).observe(plot);
  return { node, point, rest };
}

// Move the cursor with the arrow keys.
function moveByKey(event, xs, pointed, point) {
  const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (!step) return;
  event.preventDefault();
  const index = pointed === null ? (step > 0 ? -1 : xs.length) : xs.indexOf(pointed);
  point(xs[Math.min(Math.max(index + step, 0), xs.length - 1)]);
}

// Returns {node, showValues(x | null)}: a button for each series, which hides it.
function chartLegend(spec, rules, hidden, changed) {
  const node = element("div", { class: "legend" });
  const keys = spec.series.map((series) => {
    const value = element("span", { class: "value" });
    const attributes = { type: "button", class: `key ${series.role}`, onclick: () => toggle(series.label) };
    const button = element("button", attributes,
      swatch(rules.styles[series.role]), element("span", {}, series.label), value);
    node.append(button);
    return { button, value };
  });
  if (spec.resets.length) {
    node.append(element("span", { class: "key reset" }, element("span", { class: "swatch" }), "reset"));
  }

  function toggle(label) {
    if (!hidden.delete(label)) hidden.add(label);
    showHidden();
    changed();
  }

  function showHidden() {
    spec.series.forEach(({ label }, index) =>
      keys[index].button.setAttribute("aria-pressed", String(!hidden.has(label))));
  }

  function showValues(x) {
    const index = spec.x.indexOf(x);
    spec.series.forEach(({ values }, key) => {
      const value = x === null ? values.findLast((known) => known !== null) : values[index];
      keys[key].value.textContent = formatNumber(value ?? null);
    });
  }

  showHidden();
  return { node, showValues };
}
