// Fill the page with the data that Python has written into #data.

const data = JSON.parse(byId("data").textContent);

function setUpTheme() {
  const root = document.documentElement, dark = matchMedia("(prefers-color-scheme: dark)");
  const stored = () => { try { return localStorage.getItem("vidpred-theme"); } catch { return null; } };
  if (stored()) root.dataset.theme = stored();
  byId("theme").addEventListener("click", () => {
    root.dataset.theme = (root.dataset.theme || (dark.matches ? "dark" : "light")) === "dark" ? "light" : "dark";
    try { localStorage.setItem("vidpred-theme", root.dataset.theme); } catch { /* no storage: not remembered */ }
  });
}

function showHeadings() {
  const { done, planned, time, folder } = data.state;
  document.title = `${data.title}, ${folder}`;
  byId("title").textContent = data.title;
  const epochs = done === planned ? `${done} epochs` : `${done} of ${planned ?? "?"} epochs`;
  byId("state").textContent = [folder, epochs, time].map((part) => part.replaceAll(" ", "\u00a0")).join("  ·  ");
  byId("footer").textContent = `Written by vidpred, ${data.written}`;
}

function showHeadline() {
  const values = data.headline.map(headlineValue);
  const { time, seconds, done } = data.state;
  if (done) values.push(headlineBox("Time", [time], textLine(`${formatNumber(seconds / done, 3)} s an epoch`)));
  else values.push(element("p", { class: "muted" }, "No epoch has finished yet."));
  byId("headline").replaceChildren(...values);
}

function headlineValue(metric) {
  const big = [formatNumber(metric.value), element("span", { class: "unit" }, metric.unit)];
  const epoch = textLine(`${metric.best ? "best, " : ""}epoch ${metric.epoch}`);
  return headlineBox(metric.name, big, epoch, ...metric.baselines.map((baseline) => baselineLine(metric, baseline)));
}

// A baseline and the difference to it, coloured if the metric has a direction.
function baselineLine({ value, higher_is_better: higherIsBetter }, baseline) {
  const difference = value - baseline.value;
  const text = `${difference < 0 ? "−" : "+"}${formatNumber(Math.abs(difference), 3)}`;
  const isBetter = higherIsBetter ? difference > 0 : difference < 0;
  const verdict = higherIsBetter === null ? "difference" : isBetter ? "better" : "worse";
  return element("p", { class: "details" }, element("span", {}, `${baseline.name} ${formatNumber(baseline.value)}`),
    element("span", { class: verdict }, text));
}

function headlineBox(name, big, ...lines) {
  return element("div", { class: "headline-value" }, element("p", { class: "name" }, name),
    element("p", { class: "big" }, ...big), ...lines);
}

const textLine = (text) => element("p", { class: "details" }, text);

// Show charts in a section. Those of one group move their cursors together.
function showCharts(section, host, specs, group, options = {}) {
  if (!specs.length || !specs[0].x.length) return;
  byId(section).hidden = false;
  const onPoint = (x) => group.forEach((chart) => chart.point(x));
  const charts = specs.map((spec) => lineChart(spec, data.chart_rules, { ...options, onPoint }));
  group.push(...charts);
  byId(host).replaceChildren(...charts.map((chart) => chart.node));
}

function showCurves() {
  const overEpochs = [], low = { height: 160 };
  const clips = `means over the validation clips, epoch ${data.frames_epoch}`;
  byId("frames-note").textContent = data.frames_epoch === null ? "" : clips;
  byId("learning-note").textContent = "point at a curve for its values; click a name to hide its line";
  showCharts("frames-section", "frames", data.frames, []);
  showCharts("learning-section", "metrics", data.metrics, overEpochs);
  showCharts("learning-section", "losses", data.losses, overEpochs, low);
  showCharts("schedules-section", "schedules", data.schedules, overEpochs, low);
}

// One evaluation at a time: values of different protocols must not be compared side by side.
function showEvaluations(selected = 0) {
  const { evaluations } = data;
  if (!evaluations.length) return;
  byId("evaluations-section").hidden = false;
  showButtons(byId("evaluations"), evaluations.map(({ label }) => label), selected, showEvaluations);
  const { rows, columns, notes, charts } = evaluations[selected];
  byId("results").hidden = !rows.length;
  byId("results").replaceChildren(resultsHead(columns), resultsBody(rows, columns));
  byId("results-notes").replaceChildren(...notes.map((note) => element("p", { class: "note" }, note)));
  byId("evaluated-frames").replaceChildren();
  showCharts("evaluations-section", "evaluated-frames", charts, []);
}

function resultsHead(columns) {
  const headings = columns.map(({ metric, unit }) =>
    element("th", { scope: "col" }, metric, ...(unit ? [element("span", { class: "unit" }, unit)] : [])));
  return element("thead", {}, element("tr", {}, element("td"), ...headings));
}

function resultsBody(rows, columns) {
  const cell = ({ cells, best }, index) =>
    element("td", best[index] ? { class: "best" } : {}, cells[index] + (best[index] ? "*" : ""));
  return element("tbody", {}, ...rows.map((row, index) =>
    element("tr", {}, element("th", { scope: "row" }, row), ...columns.map((column) => cell(column, index)))));
}

function showPredictions() {
  const { previews, stored_previews: stored } = data;
  byId("player").hidden = false;
  if (!previews.length) {
    byId("player").querySelector(".choices").remove();
    const text = "No preview with its frames is in this run folder yet.";
    byId("player").querySelector(".card").replaceChildren(element("p", { class: "muted" }, text));
    return;
  }
  byId("strip-section").hidden = false;
  previews.forEach(({ epoch }, index) =>
    byId("preview").append(element("option", { value: index }, previewLabel(epoch, index === previews.length - 1))));
  const notes = stored > previews.length ? [`${previews.length} of ${stored} previews are in this page`] : [];
  player(previews, data.chart_rules, notes).start();
}

function previewLabel(epoch, isLast) {
  const best = Object.entries(data.best).filter(([, bestEpoch]) => bestEpoch === epoch).map(([metric]) => metric);
  return [epoch, ...(best.length ? [`best ${best.join(", ")}`] : []), ...(isLast ? ["last"] : [])].join(" · ");
}

function showDescription() {
  for (const [name, value] of data.description) {
    byId("description").append(element("dt", {}, name), element("dd", {}, value));
  }
  byId("command").textContent = data.command;
  byId("recipe").textContent = data.recipe;
  byId("command-box").hidden = !data.command;
  byId("recipe-box").hidden = !data.recipe;
}

setUpTheme();
showHeadings();
showHeadline();
showPredictions();
showEvaluations();
showCurves();
showDescription();
