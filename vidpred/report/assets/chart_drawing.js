// Draw a chart as SVG, as vidpred.plots.axes draws it with matplotlib.

const MARGIN = { top: 10, right: 14, bottom: 24, left: 46 };
const RADIUS_PER_POINT = 0.58; // pixels of a marker's radius for each point of its diameter in the plots

function swatch(style) {
  return svgElement("svg", { class: "swatch", viewBox: "0 0 16 4" },
    svgElement("line", { x1: 1, x2: 15, y1: 2, y2: 2, ...strokeAttributes({ ...style, width: 2.4 }) }));
}

function strokeAttributes({ width, dash, opacity }) {
  const dashes = dash.length ? { "stroke-dasharray": dash.map((length) => (length * width).toFixed(2)).join(" ") } : {};
  return { "stroke-width": width, opacity, ...dashes };
}

const bestSeries = (spec) => spec.series.find((series) => series.label === spec.best.label);

// Draw the series that are not hidden into the SVG. Returns {nearestX: pixels -> x, moveCursor(x | null)}.
function drawChart(plot, spec, rules, options) {
  const area = chartArea(spec, rules, options);
  plot.setAttribute("viewBox", `0 0 ${options.width} ${options.height}`);
  plot.setAttribute("height", options.height);
  plot.replaceChildren(...drawAxes(spec, area));
  for (const reset of spec.resets) {
    const x = area.toX(reset);
    plot.append(svgElement("line", { class: "reset-line", x1: x, x2: x, y1: area.top, y2: area.bottom }));
  }
  const firstOnTop = [...area.shown].reverse();
  for (const series of firstOnTop) plot.append(...drawSeries(series, spec.x, area, rules));
  if (spec.best && area.shown.includes(bestSeries(spec))) {
    const center = { cx: area.toX(spec.best.x), cy: area.toY(spec.best.value) };
    plot.append(svgElement("circle", { class: `best-mark ${bestSeries(spec).role}`, ...center, r: 6 }));
  }
  if (!area.shown.length) {
    const middle = { class: "tick", x: options.width / 2, y: options.height / 2, "text-anchor": "middle" };
    plot.append(svgElement("text", middle, "all lines are hidden"));
  }
  const cursor = svgElement("g", { class: "cursor" });
  plot.append(cursor);
  const stretch = () => options.width / (plot.clientWidth || options.width);
  return {
    nearestX: (pixels) => nearestValue(spec.x, area.fromX(pixels * stretch())),
    moveCursor: (x) => cursor.replaceChildren(...(x === null ? [] : drawCursor(x, spec, area))),
  };
}

// The area inside the margins, with the scales of both axes.
function chartArea(spec, rules, { width, height, hidden, domain, given }) {
  const bottom = height - MARGIN.bottom, { top, left } = MARGIN, right = width - MARGIN.right;
  const shown = spec.series.filter((series) => !hidden.has(series.label));
  const values = shown.flatMap((series) => [...series.values, ...(series.low ?? []), ...(series.high ?? [])])
    .filter((value) => value !== null);
  const yScale = valueScale(values, spec, rules.log_factor, bottom, top);
  const [from, to] = domain || [spec.x[0], spec.x[spec.x.length - 1]];
  return {
    width, bottom, top, left, right, shown, from, to, yScale, given, toY: yScale.toPixels,
    toX: (x) => (from === to ? (left + right) / 2 : left + ((x - from) / (to - from)) * (right - left)),
    fromX: (pixels) => from + ((pixels - left) / (right - left)) * (to - from),
  };
}

const nearestValue = (xs, target) =>
  xs.reduce((nearest, x) => (Math.abs(x - target) < Math.abs(nearest - target) ? x : nearest));

function drawAxes(spec, { width, bottom, top, left, right, from, to, yScale, given, toX }) {
  const nodes = [];
  if (given) { // the frames that are not predicted
    const x = toX(from);
    nodes.push(svgElement("rect", { class: "given", x, y: top, width: toX(given) - x, height: bottom - top }));
  }
  for (const tick of yScale.ticks) {
    const y = yScale.toPixels(tick);
    nodes.push(svgElement("line", { class: "grid", x1: left, x2: right, y1: y, y2: y }),
      svgElement("text", { class: "tick", x: left - 8, y: y + 3.5, "text-anchor": "end" }, yScale.label(tick)));
  }
  for (const tick of integerTicks(from, to, Math.max(2, Math.floor(width / 70)))) {
    const attributes = { class: "tick", x: toX(tick), y: bottom + 16, "text-anchor": "middle" };
    nodes.push(svgElement("text", attributes, String(tick)));
  }
  return nodes;
}

// A band, a line with gaps where values are missing, and markers.
function drawSeries(series, xs, { toX, toY }, rules) {
  const style = rules.styles[series.role], points = [];
  series.values.forEach((value, index) => {
    if (value !== null) points.push({ x: toX(xs[index]), y: toY(value), index });
  });
  const follows = (next, previous) => next && previous && (series.joined || next.index === previous.index + 1);
  const command = (at) => (follows(points[at], points[at - 1]) ? "L" : "M");
  const path = points.map(({ x, y }, at) => `${command(at)}${x.toFixed(1)} ${y.toFixed(1)}`);
  const isolated = points.filter((point, at) => !follows(point, points[at - 1]) && !follows(points[at + 1], point));
  const marked = style.marked && points.length <= rules.max_marked ? points : isolated;
  const radius = style.marker_size * RADIUS_PER_POINT;
  return [
    ...drawBand(series, xs, toX, toY),
    svgElement("path", { class: `line ${series.role}`, d: path.join(""), ...strokeAttributes(style) }),
    ...marked.map(({ x, y }) =>
      svgElement("circle", { class: `dot ${series.role}`, cx: x, cy: y, r: radius, opacity: style.opacity })),
  ];
}

function drawBand({ role, low, high, band_opacity: opacity }, xs, toX, toY) {
  if (!low || !high) return [];
  const known = [...xs.keys()].filter((index) => low[index] !== null && high[index] !== null);
  const point = (index, value) => `${toX(xs[index]).toFixed(1)} ${toY(value).toFixed(1)}`;
  const edge = (values, indices) => indices.map((index) => point(index, values[index]));
  const points = [...edge(high, known), ...edge(low, known.reverse())].join(" ");
  return [svgElement("polygon", { class: `band ${role}`, points, opacity })];
}

function drawCursor(x, spec, { width, bottom, top, shown, toX, toY }) {
  const label = `${spec.x_name} ${x}`, half = label.length * 3.3 + 6;
  const middle = Math.min(Math.max(toX(x), half), width - half), index = spec.x.indexOf(x);
  const known = index < 0 ? [] : [...shown].reverse().filter((series) => series.values[index] !== null);
  return [
    svgElement("line", { x1: toX(x), x2: toX(x), y1: top - 4, y2: bottom }),
    svgElement("rect", { x: middle - half, y: bottom + 4, width: 2 * half, height: 17, rx: 4 }),
    svgElement("text", { class: "at", x: middle, y: bottom + 16, "text-anchor": "middle" }, label),
    ...known.map(({ role, values }) => svgElement("circle", { class: role, cx: toX(x), cy: toY(values[index]), r: 4 })),
  ];
}
