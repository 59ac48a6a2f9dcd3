// The player: one clip at one epoch, truth and predictions side by side and synchronized.

const FRAME_MILLISECONDS = 200; // as in the GIFs
const MIN_FRAME_WIDTH = 116; // pixels on the screen; narrower frames are wrapped into several rows
const MAX_FRAME_WIDTH = 260;
const MAX_DECODED_SHEETS = 2; // a sheet may take 64 MB of memory

// previews: descriptions of the sheets; notes: further sentences below the player. Returns {start}.
function player(previews, rules, notes) {
  const loadSheet = sheetLoader();
  const state = { preview: previews.length - 1, clip: 0, frame: 0, row: 1, timer: null }; // row 1 is the best sample
  const hidden = new Set(); // lines stay hidden for other clips and epochs
  let rows = [], cells = [], steps = [], curve = null, image = null;
  const scrubber = byId("scrubber"), current = () => previews[state.preview];
  const isGiven = (row, t) => row.isTruth || t < current().past;

  async function choose(change) {
    Object.assign(state, change);
    const loaded = await loadSheet(state.preview);
    if (change.preview !== undefined && change.preview !== state.preview) return; // another was chosen meanwhile
    image = loaded;
    const { clips, frames } = current();
    state.clip = Math.min(state.clip, clips - 1);
    state.frame = Math.min(state.frame, frames - 1);
    rows = sheetRows(current(), state.clip);
    state.row = Math.min(state.row, rows.length - 2);
    showChoices();
    cells = rows.map((row) => frameCell(row, current()));
    byId("cells").replaceChildren(...cells.map((cell) => cell.node));
    fitFrames(byId("cells"), rows.length, current().width);
    showCurve();
    showStrip();
    showNotes();
    showFrame(state.frame);
  }

  function showChoices() {
    const { clips, frames } = current();
    const clipNames = [...Array(clips).keys()].map((clip) => String(clip + 1));
    showButtons(byId("clips"), clipNames, state.clip, (clip) => choose({ clip }));
    showButtons(byId("strip-rows"), rows.slice(1).map((row) => row.name), state.row, (row) => choose({ row }));
    byId("clip-choice").hidden = clips === 1;
    byId("preview").value = String(state.preview);
    scrubber.max = String(frames - 1);
  }

  function drawFrame(canvas, sheetRow, t) {
    const { width, height, samples } = current(), top = (state.clip * (samples + 2) + sheetRow) * height;
    canvas.getContext("2d").drawImage(image, t * width, top, width, height, 0, 0, width, height);
  }

  function showFrame(t) {
    const { frames, past, length } = current();
    state.frame = Math.min(Math.max(t, 0), frames - 1);
    for (const { row, canvas, value } of cells) {
      drawFrame(canvas, row.sheetRow, state.frame);
      canvas.className = isGiven(row, state.frame) ? "given" : "predicted";
      value.textContent = row.isTruth ? "" : frameLabel(row, state.frame, past, " dB");
    }
    scrubber.value = String(state.frame);
    const last = length > frames ? `${frames - 1} (of ${length - 1})` : `${frames - 1}`;
    byId("frame-label").textContent = `frame ${state.frame} / ${last}`;
    steps.forEach((step, index) => step.classList.toggle("current", index === state.frame));
    curve.rest(state.frame);
  }

  function showCurve() {
    const { frames, past } = current();
    const spec = psnrChart(rows, current(), state.clip);
    curve = lineChart(spec, rules, { hidden, height: 150, domain: [0, frames - 1], given: past, onSelect: pauseAt });
    byId("player-curve").replaceChildren(curve.node);
  }

  function showStrip() {
    const { frames, width, height, past } = current(), predicted = rows[state.row + 1];
    steps = [...Array(frames).keys()].map((t) => {
      const pair = [rows[0], predicted].map((row) => {
        const canvas = element("canvas", { width, height, class: isGiven(row, t) ? "given" : "predicted" });
        drawFrame(canvas, row.sheetRow, t);
        return canvas;
      });
      const attributes = { type: "button", class: "step", "aria-label": `Frame ${t}`, onclick: () => pauseAt(t) };
      return element("button", attributes, element("span", { class: "number" }, String(t)), ...pair,
        element("span", { class: "value" }, frameLabel(predicted, t, past)));
    });
    byId("strip").replaceChildren(...steps);
  }

  function showNotes() {
    const key = (border) => element("span", { class: `frame-key ${border}` });
    const sentences = element("p", {}, `${[...previewNotes(current()), ...notes].join("; ")}.`);
    byId("player-note").replaceChildren(key("given"), "given or true", key("predicted"), "predicted", sentences);
  }

  function play() {
    byId("play").setAttribute("aria-label", "Pause");
    byId("play").classList.add("playing");
    state.timer = setInterval(() => showFrame((state.frame + 1) % current().frames), FRAME_MILLISECONDS);
  }

  function pause() {
    byId("play").setAttribute("aria-label", "Play");
    byId("play").classList.remove("playing");
    clearInterval(state.timer);
    state.timer = null;
  }

  function pauseAt(t) {
    pause();
    showFrame(t);
  }

  const toggle = () => (state.timer ? pause() : play());
  const step = (by) => pauseAt((state.frame + by + current().frames) % current().frames);
  const changeEpoch = (by) => choose({ preview: Math.min(Math.max(state.preview + by, 0), previews.length - 1) });

  // Left and right work everywhere; keys that would scroll the page only inside the player.
  function onKey(event) {
    if (event.target.closest("input, select, .plot:not(.selectable)")) return;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const actions = { ArrowLeft: () => step(-1), ArrowRight: () => step(1) };
    if (event.target.closest("#player")) {
      Object.assign(actions, { ArrowUp: () => changeEpoch(1), ArrowDown: () => changeEpoch(-1) });
      if (!event.target.closest("button")) actions[" "] = toggle;
    }
    const action = actions[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  }

  async function start() {
    await choose({});
    if (!matchMedia("(prefers-reduced-motion: reduce)").matches) play();
  }

  byId("play").addEventListener("click", toggle);
  byId("preview").addEventListener("change", (event) => choose({ preview: Number(event.target.value) }));
  scrubber.addEventListener("input", () => pauseAt(Number(scrubber.value)));
  document.addEventListener("keydown", onKey);
  new ResizeObserver(() => fitFrames(byId("cells"), rows.length, current().width)).observe(byId("cells"));
  return { start };
}
