// Mission control: the page as one component. What changes comes through `live`, what is chosen is on the desk.

import { onBeforeUnmount, onMounted, provide, ref, watch } from "vue";

import { AlertsPanel } from "./alerts_panel.js";
import { DESK, makeDesk } from "./desk.js";
import { placeText, titleText } from "./format.js";
import { HeadlinePanel } from "./headline_panel.js";
import { Live } from "./live.js";
import { MapPanel } from "./map_panel.js";
import { SatellitesPanel } from "./satellites_panel.js";
import { TimelinePanel } from "./timeline_panel.js";
import { TopBar } from "./top_bar.js";

const SPOKEN_EVERY_MS = 5000;
const REFUSAL_SHOWN_MS = 9000;
const STATUSES = { running: "Running.", paused: "Paused.", ended: "The run has ended." };

export default {
  name: "MissionControl",
  components: { AlertsPanel, HeadlinePanel, MapPanel, SatellitesPanel, TimelinePanel, TopBar },
  props: { landAddress: String },
  setup(props) {
    const live = new Live();
    const tools = makeDesk(live);
    provide(DESK, tools);
    const spoken = ref("");
    const refusal = ref("");
    let unspoken = [];
    let speaking = null;
    let hiding = null;

    function speakSoon() {
      speaking ??= setTimeout(() => {
        speaking = null;
        const last = unspoken[unspoken.length - 1];
        const count = unspoken.length === 1 ? "New alert" : `${unspoken.length} new alerts, the latest`;
        const place = placeText(last.longitude_deg, last.latitude_deg);
        spoken.value = `${count}: ${titleText(last.class)} at ${place}, seen by ${last.satellite}.`;
        unspoken = [];
      }, SPOKEN_EVERY_MS);
    }

    tools.order = async (control) => {
      const answer = await live.send(control);
      clearTimeout(hiding);
      refusal.value = answer ?? "";
      if (answer) hiding = setTimeout(() => (refusal.value = ""), REFUSAL_SHOWN_MS);
      return answer;
    };
    live.onArrival = (alerts) => {
      unspoken.push(...alerts);
      speakSoon();
      for (const told of tools.onArrival) told(alerts);
    };
    watch(
      () => live.snapshot.value?.status,
      (status, before) => {
        if (before) spoken.value = STATUSES[status] ?? "";
      },
    );
    watch(tools.theme, tools.applyTheme);

    function onKey(event) {
      const { snapshot } = live;
      if (event.key !== " " || event.target !== document.body || !snapshot.value || !tools.can("pause")) return;
      event.preventDefault();
      if (snapshot.value.status === "ended") return;
      tools.order({ do: snapshot.value.status === "paused" ? "resume" : "pause" });
    }

    onMounted(() => {
      tools.applyTheme();
      document.addEventListener("keydown", onKey);
      live.open();
    });
    onBeforeUnmount(() => {
      document.removeEventListener("keydown", onKey);
      live.close();
    });
    return { ...tools, spoken, refusal, landAddress: props.landAddress };
  },
  template: `
    <div class="skysift">
      <a class="skip" href="#alerts-title">Skip to the alerts</a>
      <template v-if="live.mission.value && live.snapshot.value">
        <top-bar></top-bar>
        <p v-if="live.connection.value === 'lost'" class="notice" role="status">
          {{ live.snapshot.value.status === "ended" ? "The run has ended, and its server with it." :
             "The server does not answer. Trying again." }}
        </p>
        <p v-if="refusal" class="notice refused" role="alert">{{ refusal }}</p>
        <div class="board">
          <headline-panel></headline-panel>
          <map-panel :land-address="landAddress"></map-panel>
          <satellites-panel></satellites-panel>
          <timeline-panel></timeline-panel>
          <alerts-panel></alerts-panel>
        </div>
      </template>
      <p v-else class="waiting" role="status">Waiting for the mission.</p>
      <p class="unseen" role="status" aria-live="polite">{{ spoken }}</p>
    </div>`,
};
