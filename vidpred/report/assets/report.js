// The page: what Python has written into #data, put in its places.

const data = JSON.parse(byId("data").textContent);

function theme() {
  const root = document.documentElement, dark = matchMedia("(prefers-color-scheme: dark)");
  const kept = () => { try { return localStorage.getItem("vidpred-theme"); } catch { return null; } };
  if (kept()) root.dataset.theme = kept();
  byId("theme").addEventListener("click", () => {
    root.dataset.theme = (root.dataset.theme || (dark.matches ? "dark" : "light")) === "dark" ? "light" : "dark";
    try { localStorage.setItem("vidpred-theme", root.dataset.theme); } catch { /* a page without storage forgets */ }
  });
}

function headings() {
  const { done, wanted, time, folder } = data.state;
  document.title = `${data.title}, ${folder}`;
  byId("title").textContent = data.title;
  const epochs = done === wanted ? `${done} epochs` : `${done} of ${wanted ?? "?"} epochs`;
  byId("state").textContent = [folder, epochs, time].map((part) => part.replaceAll(" ", "\u00a0")).join("  ·  ");
  byId("footer").textContent = `Written by vidpred, ${data.written}`;
}

function headline() {
  const figure = ({ name, unit, value, epoch, best, lower, beside }) => {
    const others = beside.map((other) => {
      const difference = value - other.value, better = lower ? difference < 0 : difference > 0;
      const told = `${difference < 0 ? "−" : "+"}${number(Math.abs(difference), 3)}`;
      return element("p", { class: "beside" }, element("span", {}, `${other.name} ${number(other.value)}`),
        element("span", { class: better ? "better" : "worse" }, told));
    });
    return element("div", { class: "figure" }, element("p", { class: "name" }, name),
      element("p", { class: "big" }, number(value), element("span", { class: "unit" }, unit)),
      element("p", { class: "beside" }, `${best ? "best, " : ""}epoch ${epoch}`), ...others);
  };
  const { time, done } = data.state;
  const figures = data.headline.map(figure);
  if (!done) figures.push(element("p", { class: "muted" }, "No epoch has finished yet."));
  else figures.push(element("div", { class: "figure" }, element("p", { class: "name" }, "Time"), element("p", { class: "big" }, time),
    element("p", { class: "beside" }, `${number(data.state.seconds / done, 3)} s an epoch`)));
  byId("headline").replaceChildren(...figures);
}

// Charts of one group point at the same x.
function charts(section, host, specs, x, group, more) {
  if (!specs.length || !x.length) return;
  byId(section).hidden = false;
  const made = specs.map((spec) => lineChart({ ...spec, ...more, x }, (at) => group.forEach((chart) => chart.point(at))));
  group.push(...made);
  byId(host).replaceChildren(...made.map((chart) => chart.node));
}

function curves() {
  const { frames, epochs, resets } = data, overEpochs = [];
  const counted = frames.length ? frames[0].lines[0].values.map((_, place) => place + frames[0].first) : [];
  byId("frames-note").textContent = data.frames_epoch === null ? "" : `means over the validation clips, epoch ${data.frames_epoch}`;
  byId("learning-note").textContent = "point at a curve for its values; click a name to switch its line off";
  charts("frames-section", "frames", frames, counted, [], { xname: "frame" });
  charts("learning-section", "metrics", data.metrics, epochs, overEpochs, { xname: "epoch", resets });
  charts("learning-section", "losses", data.losses, epochs, overEpochs, { xname: "epoch", resets, height: 160 });
  charts("schedules-section", "schedules", data.schedules, epochs, overEpochs, { xname: "epoch", resets, height: 160 });
}

// One evaluation at a time: on other terms, figures are not to be put side by side.
function evaluations() {
  const { evaluations: all } = data;
  if (!all.length) return;
  byId("evaluations-section").hidden = false;
  const choose = (chosen) => {
    segments(byId("evaluations"), all.map(({ label }) => label), chosen, choose);
    const { rows, columns, notes, charts: shown, frames } = all[chosen];
    const heading = columns.map(({ metric, unit }) => element("th", { scope: "col" }, metric, ...(unit ? [element("span", { class: "unit" }, unit)] : [])));
    const body = rows.map((row, place) => element("tr", {}, element("th", { scope: "row" }, row),
      ...columns.map(({ cells, best }) => element("td", best[place] ? { class: "best" } : {}, cells[place] + (best[place] ? "*" : "")))));
    byId("scores").hidden = !rows.length;
    byId("scores").replaceChildren(element("thead", {}, element("tr", {}, element("td"), ...heading)), element("tbody", {}, ...body));
    byId("scores-notes").replaceChildren(...notes.map((note) => element("p", { class: "note" }, note)));
    byId("evaluated-frames").replaceChildren();
    charts("evaluations-section", "evaluated-frames", shown, frames, [], { xname: "frame" });
  };
  choose(0);
}

function predictions() {
  byId("player").hidden = false;
  if (!data.previews.length) {
    byId("player").querySelector(".choices").remove();
    byId("player").querySelector(".card").replaceChildren(element("p", { class: "muted" }, "No preview with its frames is in this run folder yet."));
    return;
  }
  byId("strip-section").hidden = false;
  const last = data.previews.length - 1;
  data.previews.forEach(({ epoch }, place) => {
    const best = Object.entries(data.best).filter(([, one]) => one === epoch).map(([figure]) => figure);
    const notes = [...(best.length ? [`best ${best.join(", ")}`] : []), ...(place === last ? ["last"] : [])];
    byId("preview").append(element("option", { value: place }, [epoch, ...notes].join(" · ")));
  });
  const left = data.previews_kept - data.previews.length;
  player(data.previews, left ? [`${data.previews.length} of ${data.previews_kept} previews are in this page`] : []).start();
}

function facts() {
  for (const [name, value] of data.facts) byId("facts").append(element("dt", {}, name), element("dd", {}, value));
  byId("command").textContent = data.command;
  byId("recipe").textContent = data.recipe;
  byId("command-box").hidden = !data.command;
  byId("recipe-box").hidden = !data.recipe;
}

theme();
headings();
headline();
predictions();
evaluations();
curves();
facts();
