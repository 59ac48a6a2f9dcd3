// Scales of a chart: from values to pixels, and the ticks of an axis.

// Returns {toPixels, ticks, label: tick -> text} of a vertical axis between the pixels bottom and top.
function valueScale(values, spec, logFactor, bottom, top) {
  const [low, high, isLog] = valueRange(values, spec, logFactor);
  const interpolate = (value) => bottom - ((value - low) / (high - low)) * (bottom - top);
  return isLog
    ? { toPixels: (value) => interpolate(Math.log10(value)), ticks: logTicks(low, high), label: formatNumber }
    : { toPixels: interpolate, ...linearTicks(low, high, 5) };
}

// Returns [low, high, isLog]; low and high are exponents of 10 if the axis is logarithmic.
function valueRange(values, spec, logFactor) {
  let low = values.length ? Math.min(...values) : 0, high = values.length ? Math.max(...values) : 1;
  const isLog = spec.allow_log && low > 0 && high >= logFactor * low;
  if (isLog) {
    [low, high] = [Math.log10(low), Math.log10(high)];
  } else {
    low = Math.min(low, spec.floor ?? low);
    high = Math.max(high, spec.ceiling ?? high);
    if (high === low) [low, high] = low === 0 ? [0, 1] : [low - Math.abs(low) * 0.1, high + Math.abs(high) * 0.1];
  }
  const margin = (high - low) * 0.06;
  return [spec.floor === low ? low : low - margin, spec.ceiling === high ? high : high + margin, isLog];
}

// Returns {ticks, label}: about `count` round numbers, all with as many decimals.
function linearTicks(low, high, count) {
  const spacing = (high - low) / count, power = 10 ** Math.floor(Math.log10(spacing));
  const step = power * [1, 2, 5, 10].find((factor) => factor * power >= 0.8 * spacing);
  const ticks = [];
  for (let index = Math.ceil(low / step - 1e-9); index * step <= high + step * 1e-9; index += 1) {
    ticks.push(Number((index * step).toPrecision(12)));
  }
  const decimals = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const isShort = decimals <= 4;
  const format = (tick) => (isShort || tick === 0 ? tick.toFixed(isShort ? decimals : 0) : tick.toExponential());
  return { ticks, label: (tick) => format(tick).replaceAll("-", "−") };
}

function integerTicks(from, to, count) {
  return from === to ? [from] : linearTicks(from, to, count).ticks.filter(Number.isInteger);
}

// `low` and `high` are exponents of 10.
function logTicks(low, high) {
  const factors = high - low < 2.2 ? [1, 2, 5] : [1];
  const every = Math.max(1, Math.ceil((high - low) / 6)), ticks = [];
  for (let power = Math.floor(low); power <= high; power += every) {
    ticks.push(...factors.map((factor) => Number(`${factor}e${power}`)));
  }
  return ticks.filter((tick) => Math.log10(tick) >= low && Math.log10(tick) <= high);
}
