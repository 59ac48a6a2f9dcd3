// The parts of the player that hold no state: rows of a preview's sheet, its cells, chart and notes.

// Returns a function index -> decoded image of that sheet; the latest ones are kept.
function sheetLoader() {
  const sheets = [...document.querySelectorAll("script.sheet")], decoded = new Map();
  return async (index) => {
    if (!decoded.has(index)) {
      const image = new Image();
      image.src = sheets[index].textContent;
      decoded.set(index, image.decode().then(() => image));
      if (decoded.size > MAX_DECODED_SHEETS) decoded.delete(decoded.keys().next().value);
    }
    return decoded.get(index);
  };
}

// truth | posterior | best sample | the other samples; `sheetRow` is the row in the clip's part of the sheet.
function sheetRows({ samples, best, psnr }, clip) {
  const bestSample = best[clip];
  const sampleRow = (name, sample) => ({ name, sheetRow: 2 + sample, psnr: psnr.samples[clip][sample] });
  const others = [...Array(samples).keys()].filter((sample) => sample !== bestSample);
  return [
    { name: "truth", sheetRow: 0, isTruth: true },
    { name: "posterior", sheetRow: 1, psnr: psnr.posterior[clip] },
    sampleRow(samples > 1 ? `best of ${samples}` : "sample", bestSample),
    ...others.map((sample) => sampleRow(`sample ${sample + 1}`, sample)),
  ];
}

function frameCell(row, { width, height }) {
  const canvas = element("canvas", { width, height, role: "img", "aria-label": row.name });
  const value = element("span", { class: "value" });
  const caption = element("figcaption", {}, element("span", {}, row.name), value);
  return { row, canvas, value, node: element("figure", { class: "cell" }, canvas, caption) };
}

function frameLabel(row, t, past, unit = "") {
  return t < past ? "given" : `${formatDecibels(row.psnr[t - past])}${unit}`;
}

// Put as many frames side by side as are wide enough. A frame's pixel takes an integer number of screen pixels, so that
// all its pixels are squares of one size.
function fitFrames(host, count, width) {
  const ratio = window.devicePixelRatio || 1, gap = 10, border = 6;
  let columns = count, size = 0;
  for (; columns > 0; columns -= 1) {
    const available = Math.min((host.clientWidth - gap * (columns - 1)) / columns - border, MAX_FRAME_WIDTH);
    const scale = Math.floor((available * ratio) / width) || (available * ratio) / width;
    size = (scale / ratio) * width;
    if (size >= MIN_FRAME_WIDTH) break;
  }
  host.style.gridTemplateColumns = `repeat(${Math.max(columns, 1)}, ${size + border}px)`;
}

// The PSNR of a clip's predicted frames, as a chart spec.
function psnrChart(rows, { psnr, frames, past }, clip) {
  const series = (label, role, values) => ({ label, role, values, joined: false, low: null, high: null });
  const [, posterior, best, ...others] = rows;
  return {
    title: "PSNR", unit: "dB", x_name: "frame", x: [...Array(frames - past).keys()].map((t) => t + past),
    allow_log: false, floor: null, ceiling: null, best: null, resets: [],
    series: [
      series(best.name, "validation", best.psnr), series("posterior", "posterior", posterior.psnr),
      ...others.map((row) => series(row.name, "sample", row.psnr)),
      series("copy last", "copy_last", psnr.copy_last[clip]),
    ],
  };
}

function previewNotes({ quality, shrunk, length, frames }) {
  const notes = ["The posterior has seen the true frames; samples come from the prior, which has not"];
  if (length > frames) notes.push(`the first ${frames} of ${length} frames`);
  if (shrunk > 1) notes.push(`frames are shown at 1/${shrunk} of their size`);
  if (quality !== null) {
    notes.push(`compressed to fit (JPEG, quality ${quality}); PSNR values are of the original frames`);
  }
  return notes;
}
