// A line chart: its legend shows the values at the pointer, and switches lines off.

const MARGIN = { top: 10, right: 14, bottom: 24, left: 46 };
const FEW = 30; // so few points are marked one by one
const WIDE = 20; // values that span this factor go on a logarithmic axis, where one is allowed

// spec: {title, unit, x, lines: [{label, colour, values, joined, faint}], log, floor, ceiling, best, resets, xname, given, height, hidden}
// told(x | null): the pointer is at x; picked(x), where it is given: x was clicked or dragged to. Gives {node, point, rest}.
function lineChart(spec, told = () => {}, picked = null) {
  const hidden = spec.hidden || new Set(); // labels of lines that are switched off
  let pointed = null, resting = null, drawn = null;
  const best = spec.best === null || spec.best === undefined ? null : bestPoint(spec);
  const plot = shape("svg", { class: picked ? "plot picks" : "plot", tabindex: "0", role: "img", "aria-label": spec.title });
  const legend = element("div", { class: "legend" });
  const head = element("div", { class: "chart-head" });
  head.append(element("h3", {}, spec.title), element("span", { class: "unit" }, spec.unit));
  const where = element("span", { class: "where" }); // what the values in the legend are of
  head.append(where);
  if (best) head.append(element("span", { class: "best" }, `best ${number(best.value)}, ${spec.xname} ${best.x}`));
  const node = element("figure", { class: picked ? "chart" : "chart card" }, head, legend, plot);

  const keys = spec.lines.map((line) => {
    const value = element("span", { class: "value" });
    const button = element("button", { type: "button", class: `key ${line.colour}`, onclick: () => toggle(line.label) },
      element("span", { class: "swatch" }), element("span", {}, line.label), value);
    button.setAttribute("aria-pressed", String(!hidden.has(line.label)));
    legend.append(button);
    return { button, value };
  });
  if (spec.resets && spec.resets.length) legend.append(element("span", { class: "key reset" }, element("span", { class: "swatch" }), "reset"));

  function toggle(label) {
    if (!hidden.delete(label)) hidden.add(label);
    spec.lines.forEach((line, place) => keys[place].button.setAttribute("aria-pressed", String(!hidden.has(line.label))));
    redraw();
  }

  function redraw() {
    const width = plot.clientWidth || 560;
    drawn = drawChart(plot, spec, spec.lines.map((line) => (hidden.has(line.label) ? null : line)), width, spec.height || 190, best);
    showCursor();
  }

  function showCursor() {
    const x = pointed ?? resting, place = x === null ? -1 : spec.x.indexOf(x);
    spec.lines.forEach((line, which) => {
      const value = place >= 0 ? line.values[place] : line.values.findLast((one) => one !== null);
      keys[which].value.textContent = place < 0 && x !== null ? "–" : number(value ?? null);
    });
    where.textContent = x === null ? `last ${spec.xname}` : `${spec.xname} ${x}`;
    if (drawn) drawn.cursor(x, place);
  }

  function nearest(event) {
    const at = drawn.invert(event.clientX - plot.getBoundingClientRect().left);
    return spec.x.reduce((found, x) => (Math.abs(x - at) < Math.abs(found - at) ? x : found));
  }

  function point(x) {
    pointed = x;
    showCursor();
  }

  plot.addEventListener("pointermove", (event) => {
    const x = nearest(event);
    if (picked && event.buttons) picked(x);
    point(x);
    told(x);
  });
  plot.addEventListener("pointerdown", (event) => picked && picked(nearest(event)));
  plot.addEventListener("pointerleave", () => { point(null); told(null); });
  plot.addEventListener("blur", () => { point(null); told(null); });
  if (!picked) {
    plot.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (!step) return;
      event.preventDefault();
      const from = pointed === null ? (step > 0 ? -1 : spec.x.length) : spec.x.indexOf(pointed);
      const x = spec.x[Math.min(Math.max(from + step, 0), spec.x.length - 1)];
      point(x);
      told(x);
    });
  }
  new ResizeObserver(redraw).observe(plot);
  return { node, point, rest(x) { resting = x; showCursor(); } };
}

function bestPoint(spec) {
  const line = spec.lines.find((one) => one.colour === "validation"), place = spec.x.indexOf(spec.best);
  return line && line.values[place] !== null ? { x: spec.best, value: line.values[place], line: spec.lines.indexOf(line) } : null;
}

// Draw the lines (null: switched off) into the SVG. Gives {invert: pixels -> x, cursor(x, place)}.
function drawChart(plot, spec, lines, width, height, best) {
  plot.setAttribute("viewBox", `0 0 ${width} ${height}`);
  plot.setAttribute("height", height);
  const bottom = height - MARGIN.bottom, right = width - MARGIN.right;
  const shown = lines.filter((line) => line);
  const y = scaleOf(shown.flatMap((line) => line.values.filter((value) => value !== null)), spec, bottom, MARGIN.top);
  const [from, to] = spec.domain || [spec.x[0], spec.x[spec.x.length - 1]];
  const x = (value) => (from === to ? (MARGIN.left + right) / 2 : MARGIN.left + ((value - from) / (to - from)) * (right - MARGIN.left));
  plot.replaceChildren();

  const given = { class: "given", x: x(from), y: MARGIN.top, height: bottom - MARGIN.top };
  if (spec.given) plot.append(shape("rect", { ...given, width: x(spec.given) - x(from) }));
  for (const tick of y.ticks) {
    plot.append(shape("line", { class: "grid", x1: MARGIN.left, x2: right, y1: y.at(tick), y2: y.at(tick) }),
      shape("text", { class: "tick", x: MARGIN.left - 8, y: y.at(tick) + 3.5, "text-anchor": "end" }, y.label(tick)));
  }
  for (const tick of wholeTicks(from, to, Math.max(2, Math.floor(width / 70)))) {
    plot.append(shape("text", { class: "tick", x: x(tick), y: bottom + 16, "text-anchor": "middle" }, String(tick)));
  }
  for (const reset of spec.resets || []) {
    plot.append(shape("line", { class: "reset-line", x1: x(reset), x2: x(reset), y1: MARGIN.top, y2: bottom }));
  }
  for (const line of [...shown].reverse()) plot.append(...drawnLine(line, spec.x, x, y.at)); // the first on top
  if (best && lines[best.line]) plot.append(shape("circle", { class: "best-mark", cx: x(best.x), cy: y.at(best.value), r: 6 }));
  const middle = { class: "tick", x: width / 2, y: height / 2, "text-anchor": "middle" };
  if (!shown.length) plot.append(shape("text", middle, "all lines are switched off"));

  const cursor = shape("g", { class: "cursor" });
  plot.append(cursor);
  return {
    invert: (pixels) => from + ((pixels * (width / (plot.clientWidth || width)) - MARGIN.left) / (right - MARGIN.left)) * (to - from),
    cursor(at, place) {
      cursor.replaceChildren();
      if (at === null) return;
      const label = `${spec.xname} ${at}`, room = label.length * 3.3 + 6, middle = Math.min(Math.max(x(at), room), width - room);
      cursor.append(shape("line", { x1: x(at), x2: x(at), y1: MARGIN.top - 4, y2: bottom }),
        shape("rect", { x: middle - room, y: bottom + 4, width: 2 * room, height: 17, rx: 4 }),
        shape("text", { class: "at", x: middle, y: bottom + 16, "text-anchor": "middle" }, label));
      for (const line of [...shown].reverse()) {
        const value = line.values[place];
        if (place >= 0 && value !== null) cursor.append(shape("circle", { class: line.colour, cx: x(at), cy: y.at(value), r: 4 }));
      }
    },
  };
}

// Segments between values that are there; points that have no neighbour, or all where they are few, are marked.
function drawnLine(line, xs, x, y) {
  const points = [];
  line.values.forEach((value, place) => {
    if (value !== null) points.push([x(xs[place]), y(value), place]);
  });
  let path = "", alone = [];
  points.forEach(([px, py, place], which) => {
    const goesOn = which > 0 && (line.joined || points[which - 1][2] === place - 1);
    const leadsOn = which + 1 < points.length && (line.joined || points[which + 1][2] === place + 1);
    path += `${goesOn ? "L" : "M"}${px.toFixed(1)} ${py.toFixed(1)}`;
    if (!goesOn && !leadsOn) alone.push(points[which]);
  });
  const marked = points.length <= FEW && !["baseline", "first"].includes(line.colour) ? points : alone;
  const looks = line.faint ? `${line.colour} faint` : line.colour;
  return [shape("path", { class: `line ${looks}`, d: path }),
    ...marked.map(([cx, cy]) => shape("circle", { class: `dot ${looks}`, cx, cy, r: line.faint ? 1.8 : 2.6 }))];
}

// {at: value -> pixels, ticks, label: tick -> text}
function scaleOf(values, spec, bottom, top) {
  let low = Math.min(...values), high = Math.max(...values);
  if (!values.length) [low, high] = [0, 1];
  const logarithmic = spec.log && low > 0 && high >= WIDE * low;
  if (logarithmic) {
    [low, high] = [Math.log10(low), Math.log10(high)];
  } else {
    low = Math.min(low, spec.floor ?? low);
    high = Math.max(high, spec.ceiling ?? high);
    if (high === low) [low, high] = low === 0 ? [0, 1] : [low - Math.abs(low) * 0.1, high + Math.abs(high) * 0.1];
  }
  const room = (high - low) * 0.06;
  if (spec.floor !== low) low -= room;
  if (spec.ceiling !== high) high += room;
  const place = (value) => bottom - ((value - low) / (high - low)) * (bottom - top);
  return logarithmic
    ? { at: (value) => place(Math.log10(value)), ticks: decades(low, high), label: number }
    : { at: place, ...ticks(low, high, 5) };
}

// {ticks, label}: round numbers, all with as many decimals.
function ticks(low, high, wanted) {
  const rough = (high - low) / wanted, power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((factor) => factor * power >= 0.8 * rough);
  const first = Math.ceil(low / step - 1e-9), found = [];
  for (let count = first; count * step <= high + step * 1e-9; count += 1) found.push(Number((count * step).toPrecision(12)));
  const decimals = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const plain = (tick) => (decimals <= 4 || tick === 0 ? tick.toFixed(decimals <= 4 ? decimals : 0) : tick.toExponential());
  return { ticks: found, label: (tick) => plain(tick).replaceAll("-", "−") };
}

const wholeTicks = (from, to, wanted) => (from === to ? [from] : ticks(from, to, wanted).ticks.filter(Number.isInteger));

function decades(low, high) {
  const factors = high - low < 2.2 ? [1, 2, 5] : [1], found = [];
  const every = Math.max(1, Math.ceil((high - low) / 6));
  for (let power = Math.floor(low); power <= high; power += every) {
    found.push(...factors.map((factor) => Number(`${factor}e${power}`)));
  }
  return found.filter((tick) => Math.log10(tick) >= low && Math.log10(tick) <= high);
}
