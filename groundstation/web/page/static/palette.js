// One colour a satellite, everywhere: on the map, its card and its row of the timeline. Amber is kept for the result.
// Every colour has a contrast of at least 3:1 to its theme's panel and its map (WCAG 1.4.11); a test measures it.

const DARK = [
  "#5cc8ff", "#ff8b6b", "#b8a4ff", "#6fdc9b", "#ff8fc7",
  "#c9dc5e", "#4fd8d0", "#d9b48f", "#8fa8ff", "#f07ce0",
];
const LIGHT = [
  "#0a69a8", "#bf3714", "#6347c9", "#0c7040", "#ad2c76",
  "#5c6807", "#09706c", "#7d4f24", "#3a50bb", "#9c258f",
];

/** The colour of a satellite; indices beyond the table are lighter or darker relatives of those in it. */
export function satelliteColour(index, isDark) {
  const table = isDark ? DARK : LIGHT;
  const colour = table[index % table.length];
  const round = Math.floor(index / table.length);
  return round === 0 ? colour : mixed(colour, isDark ? "#ffffff" : "#000000", Math.min(0.24 * round, 0.6));
}

function channels(colour) {
  return [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
}

function mixed(colour, other, share) {
  const to = channels(other);
  const mix = channels(colour).map((value, at) => Math.round(value + (to[at] - value) * share));
  return `#${mix.map((value) => value.toString(16).padStart(2, "0")).join("")}`;
}

export function withAlpha(colour, alpha) {
  return `rgba(${channels(colour).join(", ")}, ${alpha})`;
}
