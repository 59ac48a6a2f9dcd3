// The player: one clip at one epoch, truth and predictions side by side and in step.

const MILLISECONDS = 200; // a frame is shown so long, as in the GIFs
const NARROWEST = 116; // pixels on the screen that a frame should have, if it must not stand in a row with all others
const WIDEST = 260;

function player(previews, words) {
  const sheets = [...document.querySelectorAll("script.sheet")];
  const decoded = new Map(); // the newest two: a sheet may take 64 MB
  const state = { preview: previews.length - 1, clip: 0, frame: 0, row: 1, timer: null }; // `row` counts predictions: 1 is the best sample
  const hidden = new Set(); // lines that are switched off stay so for other clips and epochs
  let rows = [], cells = [], steps = [], curve = null, image = null;
  const scrubber = byId("scrubber"), about = () => previews[state.preview];

  async function sheet(place) {
    if (!decoded.has(place)) {
      const made = new Image();
      made.src = sheets[place].textContent;
      decoded.set(place, made.decode().then(() => made));
      if (decoded.size > 2) decoded.delete(decoded.keys().next().value);
    }
    return decoded.get(place);
  }

  // truth | posterior | best | the other samples; `sheetRow` is the row in the sheet.
  function rowsOf({ samples, best, psnr }, clip) {
    const first = best[clip];
    const others = [...Array(samples).keys()].filter((sample) => sample !== first);
    return [
      { name: "truth", sheetRow: 0, true: true },
      { name: "posterior", sheetRow: 1, psnr: psnr.posterior[clip] },
      { name: samples > 1 ? `best of ${samples}` : "sample", sheetRow: 2 + first, psnr: psnr.samples[clip][first] },
      ...others.map((sample) => ({ name: `sample ${sample + 1}`, sheetRow: 2 + sample, psnr: psnr.samples[clip][sample] })),
    ];
  }

  async function choose(change) {
    Object.assign(state, change);
    const shown = await sheet(state.preview);
    if (change.preview !== undefined && change.preview !== state.preview) return; // another was chosen meanwhile
    image = shown;
    const { clips, frames, width, height } = about();
    state.clip = Math.min(state.clip, clips - 1);
    state.frame = Math.min(state.frame, frames - 1);
    rows = rowsOf(about(), state.clip);
    state.row = Math.min(state.row, rows.length - 2);
    segments(byId("clips"), [...Array(clips).keys()].map((clip) => String(clip + 1)), state.clip, (clip) => choose({ clip }));
    segments(byId("strip-rows"), rows.slice(1).map((row) => row.name), state.row, (row) => choose({ row }));
    byId("clip-choice").hidden = clips === 1;
    byId("preview").value = String(state.preview);
    scrubber.max = String(frames - 1);
    cells = rows.map((row) => cell(row, width, height));
    byId("cells").replaceChildren(...cells.map((one) => one.node));
    fit();
    drawCurve();
    drawStrip();
    note();
    show(state.frame);
  }

  function cell(row, width, height) {
    const canvas = element("canvas", { width, height, role: "img", "aria-label": row.name });
    const figure = element("span", { class: "value" });
    const caption = element("figcaption", {}, element("span", {}, row.name), figure);
    return { row, canvas, figure, node: element("figure", { class: "cell" }, canvas, caption) };
  }

  // As many frames in a row as are wide enough; whole numbers of screen pixels for a pixel, so that all are squares of one size.
  function fit() {
    const { width } = about(), host = byId("cells"), room = host.clientWidth, ratio = window.devicePixelRatio || 1, gap = 10;
    let columns = rows.length, size = 0;
    for (; columns > 0; columns -= 1) {
      const each = Math.min((room - gap * (columns - 1)) / columns - 6, WIDEST);
      size = (Math.floor((each * ratio) / width) || each * ratio / width) / ratio * width;
      if (size >= NARROWEST) break;
    }
    host.style.gridTemplateColumns = `repeat(${Math.max(columns, 1)}, ${size + 6}px)`;
  }

  function draw(canvas, sheetRow, t) {
    const { width, height, samples } = about(), context = canvas.getContext("2d");
    context.drawImage(image, t * width, (state.clip * (samples + 2) + sheetRow) * height, width, height, 0, 0, width, height);
  }

  const given = (row, t) => row.true || t < about().past;

  function show(t) {
    const { frames, past, length } = about();
    state.frame = Math.min(Math.max(t, 0), frames - 1);
    for (const { row, canvas, figure } of cells) {
      draw(canvas, row.sheetRow, state.frame);
      canvas.className = given(row, state.frame) ? "given" : "predicted";
      figure.textContent = row.true ? "" : state.frame < past ? "given" : `${decibels(row.psnr[state.frame - past])} dB`;
    }
    scrubber.value = String(state.frame);
    const last = length > frames ? `${frames - 1} (of ${length - 1})` : `${frames - 1}`;
    byId("frame-label").textContent = `frame ${state.frame} / ${last}`;
    steps.forEach((step, place) => step.classList.toggle("now", place === state.frame));
    curve.rest(state.frame);
  }

  function drawCurve() {
    const { psnr, frames, past } = about();
    const x = [...Array(frames - past).keys()].map((t) => t + past);
    const line = (label, colour, values, faint = false) => ({ label, colour, values, faint });
    const lines = [line(rows[2].name, "validation", rows[2].psnr), line("posterior", "posterior", rows[1].psnr),
      ...rows.slice(3).map((row) => line(row.name, "sample", row.psnr, true)), line("copy last", "baseline", psnr.copy_last[state.clip])];
    curve = lineChart({ x, lines, hidden, domain: [0, frames - 1], given: past, xname: "frame", height: 150, log: false,
      title: "PSNR", unit: "dB" }, () => {}, (t) => { pause(); show(t); });
    byId("player-curve").replaceChildren(curve.node);
  }

  function drawStrip() {
    const { frames, width, height, past } = about(), row = rows[state.row + 1];
    steps = [...Array(frames).keys()].map((t) => {
      const pair = [rows[0], row].map((one) => {
        const canvas = element("canvas", { width, height, class: given(one, t) ? "given" : "predicted" });
        draw(canvas, one.sheetRow, t);
        return canvas;
      });
      return element("button", { type: "button", class: "step", "aria-label": `Frame ${t}`, onclick: () => { pause(); show(t); } },
        element("span", { class: "number" }, String(t)), ...pair,
        element("span", { class: "value" }, t < past ? "given" : decibels(row.psnr[t - past])));
    });
    byId("strip").replaceChildren(...steps);
  }

  function note() {
    const { quality, shrunk, length, frames } = about();
    const said = ["The posterior has seen the true frames; samples come from the prior, which has not", ...words];
    if (length > frames) said.push(`the first ${frames} of ${length} frames`);
    if (shrunk > 1) said.push(`frames are shown at 1/${shrunk} of their size`);
    if (quality !== null) said.push(`compressed to fit (JPEG, quality ${quality}); figures are of the original frames`);
    const key = (border) => element("span", { class: `frame-key ${border}` });
    byId("player-note").replaceChildren(key("given"), "given or true", key("predicted"), "predicted", element("p", {}, `${said.join("; ")}.`));
  }

  function play() {
    byId("play").setAttribute("aria-label", "Pause");
    byId("play").classList.add("playing");
    state.timer = setInterval(() => show((state.frame + 1) % about().frames), MILLISECONDS);
  }

  function pause() {
    byId("play").setAttribute("aria-label", "Play");
    byId("play").classList.remove("playing");
    clearInterval(state.timer);
    state.timer = null;
  }

  const toggle = () => (state.timer ? pause() : play());
  const step = (by) => { pause(); show((state.frame + by + about().frames) % about().frames); };
  const turn = (by) => choose({ preview: Math.min(Math.max(state.preview + by, 0), previews.length - 1) });

  // Left and right work everywhere; what would scroll the page only where the player was clicked.
  function keyed(event) {
    if (event.target.closest("input, select, .plot:not(.picks)") || event.ctrlKey || event.metaKey || event.altKey) return;
    const here = event.target.closest("#player");
    const action = { ArrowLeft: () => step(-1), ArrowRight: () => step(1), ...(here && {
      ArrowUp: () => turn(1), ArrowDown: () => turn(-1), ...(!event.target.closest("button") && { " ": toggle }) }) }[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  }

  byId("play").addEventListener("click", toggle);
  byId("preview").addEventListener("change", (event) => choose({ preview: Number(event.target.value) }));
  scrubber.addEventListener("input", () => { pause(); show(Number(scrubber.value)); });
  document.addEventListener("keydown", keyed);
  new ResizeObserver(fit).observe(byId("cells"));
  return { start: () => choose({}).then(() => { if (!matchMedia("(prefers-reduced-motion: reduce)").matches) play(); }) };
}
