// How figures are written. Everything that a person reads as a number or a time is made here.

const BYTE_UNITS = ["B", "kB", "MB", "GB", "TB", "PB"];
const MINUS = "\u2212";
const NARROW = "\u202f";

function threeDigits(value) {
  const digits = value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  return value.toFixed(digits);
}

/** A count of bytes as { figure, unit }, three digits. */
export function bytesParts(count) {
  if (count === null || count === undefined) return { figure: "–", unit: "" };
  let value = count;
  let unit = 0;
  while (value >= 999.5 && unit < BYTE_UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return { figure: unit === 0 ? String(Math.round(value)) : threeDigits(value), unit: BYTE_UNITS[unit] };
}

export function bytesText(count) {
  const { figure, unit } = bytesParts(count);
  return `${figure} ${unit}`.trim();
}

export function bitRateText(rateBps) {
  if (rateBps >= 1e9) return `${threeDigits(rateBps / 1e9)} Gb/s`;
  if (rateBps >= 1e6) return `${threeDigits(rateBps / 1e6)} Mb/s`;
  return `${threeDigits(rateBps / 1e3)} kb/s`;
}

/** 321,000×: three digits that count, grouped. */
export function ratioText(ratio) {
  if (ratio === null || ratio === undefined) return "–";
  return `${ratio < 100 ? threeDigits(ratio) : Number(ratio.toPrecision(3)).toLocaleString("en-GB")}×`;
}

export function shareParts(share) {
  if (share === null || share === undefined) return { figure: "–", unit: "" };
  return { figure: String(Math.floor(share * 100 + 1e-9)), unit: "%" };
}

/** Seconds as 5:48 or 1:02:03. */
export function clockSpan(seconds) {
  if (seconds === null || seconds === undefined || !Number.isFinite(seconds)) return "–";
  const whole = Math.round(seconds);
  const two = (value) => String(value).padStart(2, "0");
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor((whole % 3600) / 60);
  return hours ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

/** Seconds in words: 41 min, 6 min 02 s, 18 s, 2 h 05 min. */
export function spanText(seconds, fine = false) {
  if (seconds === null || seconds === undefined || !Number.isFinite(seconds)) return "–";
  const two = (value) => String(value).padStart(2, "0");
  if (fine && seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600 && fine) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  if (whole < 3570) return `${Math.round(whole / 60)} min`;
  return `${Math.floor(whole / 3600)} h ${two(Math.floor((whole % 3600) / 60))} min`;
}

/** Writes instants of mission elapsed time (ns) as UTC. */
export class Calendar {
  constructor(startUtc) {
    const text = String(startUtc);
    this.startMs = Date.parse(/Z|[+-]\d\d:\d\d$/.test(text) ? text : `${text}Z`);
  }

  #iso(metNs) {
    return new Date(this.startMs + metNs / 1e6).toISOString();
  }

  full(metNs) {
    return this.#iso(metNs).slice(0, 19).replace("T", " ");
  }

  seconds(metNs) {
    return this.#iso(metNs).slice(11, 19);
  }

  minutes(metNs) {
    return this.#iso(metNs).slice(11, 16);
  }
}

export function placeText(longitudeDeg, latitudeDeg) {
  const north = `${Math.abs(latitudeDeg).toFixed(3)}° ${latitudeDeg < 0 ? "S" : "N"}`;
  const east = `${Math.abs(longitudeDeg).toFixed(3)}° ${longitudeDeg < 0 ? "W" : "E"}`;
  return `${north}, ${east}`;
}

export function celsiusText(degrees) {
  if (degrees === null || degrees === undefined) return "–";
  const whole = Math.round(degrees);
  return `${whole < 0 ? MINUS : ""}${Math.abs(whole)}${NARROW}°C`;
}

export function percentText(share) {
  if (share === null || share === undefined) return "–";
  return `${Math.round(share * 100)}${NARROW}%`;
}

/** Words of the machine as a person reads them: power_saving becomes power saving. */
export function wordText(word) {
  return String(word ?? "").replaceAll("_", " ");
}

/** Of a model that was given as a folder or a file, the last part; a name as it is. */
export function modelText(model) {
  return model.slice(model.lastIndexOf("/") + 1);
}

export function titleText(word) {
  const text = wordText(word);
  return text.charAt(0).toUpperCase() + text.slice(1);
}
