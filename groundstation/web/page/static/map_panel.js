// The panel of the map: draws it when something has changed, and says what the pointer is on.

import { onBeforeUnmount, onMounted, ref, watch } from "vue";

import { useDesk } from "./desk.js";
import { placeText, titleText } from "./format.js";
import { WorldMap } from "./map.js";

const SPOKEN_EVERY_MS = 4000;

export const MapPanel = {
  props: { landAddress: String },
  setup(props) {
    const tools = useDesk();
    const { live, desk } = tools;
    const canvas = ref(null);
    const hint = ref(null);
    const spoken = ref("");
    let map = null;
    let isAwaited = false;
    let watcher = null;
    let speaker = null;

    function drawSoon() {
      if (isAwaited || !map) return;
      isAwaited = true;
      requestAnimationFrame((wallMs) => {
        isAwaited = false;
        if (!map || !tools.ink.value) return;
        map.draw(scene(), wallMs);
        if (map.isBeating) drawSoon();
      });
    }

    function scene() {
      return {
        mission: live.mission.value,
        snapshot: live.snapshot.value,
        alerts: live.alerts.value,
        targets: live.targets,
        colours: tools.colours.value,
        ink: tools.ink.value,
        isTruth: tools.isTruth.value,
        selected: tools.selected.value,
        focus: desk.focus,
      };
    }

    function point(event) {
      const box = canvas.value.getBoundingClientRect();
      const found = map?.at(event.clientX - box.left, event.clientY - box.top);
      hint.value = found && { text: hintText(found), left: found.x, top: found.y };
      return found;
    }

    function choose(event) {
      const found = point(event);
      if (found?.kind === "alert") desk.selectedId = found.item.id;
      if (found?.kind === "satellite") desk.focus = desk.focus === found.item.name ? null : found.item.name;
      if (!found) desk.focus = null;
    }

    function describe() {
      const { satellites, links } = live.snapshot.value;
      const parts = satellites.map((one) => {
        const link = links.find((other) => other.satellite === one.name);
        const contact = link ? `, in contact with ${link.station}` : "";
        return `${one.name} over ${placeText(one.longitude_deg, one.latitude_deg)}${contact}`;
      });
      const count = live.alerts.value.length;
      spoken.value = `${parts.join("; ")}. ${count} ${count === 1 ? "alert" : "alerts"} on the map.`;
    }

    const beat = (alerts) => {
      map?.pulse(alerts, performance.now());
      drawSoon();
    };

    onMounted(async () => {
      const answer = await fetch(props.landAddress);
      const collection = await answer.json();
      if (!canvas.value) return;
      map = new WorldMap(
        canvas.value,
        collection.features.flatMap((feature) => feature.geometry.coordinates),
      );
      watcher = new ResizeObserver(() => {
        if (map.resize()) drawSoon();
      });
      watcher.observe(canvas.value);
      tools.onArrival.push(beat);
      document.fonts.ready.then(drawSoon);
      describe();
      speaker = setInterval(describe, SPOKEN_EVERY_MS);
      drawSoon();
    });
    onBeforeUnmount(() => {
      watcher?.disconnect();
      clearInterval(speaker);
      map = null;
    });
    watch([live.snapshot, live.alerts, tools.ink, tools.colours, () => ({ ...desk })], drawSoon);
    return { ...tools, canvas, hint, spoken, point, choose };
  },
  template: `
    <section class="panel map" aria-label="world map">
      <canvas ref="canvas" role="img" aria-label="World map with day and night, ground tracks, stations and alerts"
        aria-describedby="map-told" @pointermove="point" @pointerleave="hint = null" @click="choose"></canvas>
      <p id="map-told" class="unseen">{{ spoken }}</p>
      <p v-if="hint" class="hint" aria-hidden="true"
        :style="{ left: hint.left + 'px', top: hint.top + 'px' }">{{ hint.text }}</p>
      <ul class="key" aria-label="what the marks mean">
        <li><i class="sun"></i>sunlit</li><li><i class="shadow"></i>in shadow</li><li><i class="alert-dot">
          </i>alert</li>
        <template v-if="isTruth">
          <li><i class="false-dot">×</i>false alert</li><li><i class="missed"></i>target not told of</li>
        </template>
      </ul>
    </section>`,
};

function hintText({ kind, item, count }) {
  const place = placeText(item.longitude_deg, item.latitude_deg);
  if (kind === "alert" && count > 1) return `${count} alerts · ${place}`;
  if (kind === "alert") {
    return `${titleText(item.class)}, confidence ${item.confidence.toFixed(2)} · ${place} · ${item.satellite}`;
  }
  return `${item.name} · ${place}`;
}
