// What the person at the page has chosen (theme, world, what is selected) and what every panel needs to draw.

import { computed, inject, reactive, ref, shallowRef } from "vue";

import { Calendar } from "./format.js";
import { satelliteColour } from "./palette.js";

const KEY = "skysift-theme";
const INKS = {
  sea: "--sea",
  land: "--land",
  grid: "--grid",
  text: "--text",
  muted: "--muted",
  accent: "--accent",
  falseAlert: "--false-alert",
  eclipse: "--eclipse",
  pass: "--pass",
  transmit: "--transmit",
  halo: "--halo",
  future: "--future",
};

export const DESK = Symbol("desk");

export function useDesk() {
  return inject(DESK);
}

export function makeDesk(live) {
  const system = window.matchMedia("(prefers-color-scheme: dark)");
  const isSystemDark = ref(system.matches);
  system.addEventListener("change", (event) => (isSystemDark.value = event.matches));
  const chosen = ref(storedTheme());
  const theme = computed(() => chosen.value ?? (isSystemDark.value ? "dark" : "light"));
  const ink = shallowRef(null);
  const desk = reactive({ world: "ground", selectedId: null, focus: null, prefilled: null });
  const colours = computed(() =>
    Object.fromEntries(
      (live.mission.value?.satellites ?? []).map((one) => [
        one.name,
        satelliteColour(one.colour_index, theme.value === "dark"),
      ]),
    ),
  );
  return {
    live,
    desk,
    /** Who wants to be told of alerts as they arrive. */
    onArrival: [],
    theme,
    ink,
    colours,
    calendar: computed(() => new Calendar(live.mission.value.start_utc)),
    isTruth: computed(() => desk.world === "truth"),
    /** Whether nothing can be done any more: a replay that has come to its end can be moved. */
    isOver: computed(() => live.mission.value?.mode === "live" && live.snapshot.value?.status === "ended"),
    can: (word) => live.mission.value?.controls.includes(word) ?? false,
    selected: computed(() => live.alerts.value.find((one) => one.id === desk.selectedId) ?? null),
    applyTheme() {
      document.documentElement.dataset.theme = theme.value;
      ink.value = inks();
    },
    flipTheme() {
      chosen.value = theme.value === "dark" ? "light" : "dark";
      localStorage.setItem(KEY, chosen.value);
    },
  };
}

function storedTheme() {
  const stored = localStorage.getItem(KEY);
  return stored === "dark" || stored === "light" ? stored : null;
}

function inks() {
  const style = getComputedStyle(document.documentElement);
  const read = (name) => style.getPropertyValue(name).trim();
  const table = Object.fromEntries(Object.entries(INKS).map(([key, name]) => [key, read(name)]));
  return {
    ...table,
    night: read("--night").split(" ").map(Number),
    nightAlpha: Number(read("--night-alpha")),
    aheadAlpha: Number(read("--ahead-alpha")),
    font: read("--font"),
  };
}
