// The list of alerts, the newest first: picture, confidence, what the way to the ground took, and what to do with it.

import { computed, nextTick, ref, watch } from "vue";

import { useDesk } from "./desk.js";
import { placeText, spanText, titleText } from "./format.js";

const ROWS_SHOWN = 40;
const PARTS = [
  ["queue_s", "in the queue"],
  ["compute_s", "computing"],
  ["contact_wait_s", "waiting for contact"],
  ["transmit_s", "sending"],
  ["retransmit_s", "sending again"],
];

export const AlertsPanel = {
  setup() {
    const tools = useDesk();
    const { live, desk } = tools;
    const shown = ref(ROWS_SHOWN);
    const list = ref(null);
    const newest = computed(() => live.alerts.value.slice(-shown.value).sort(newestFirst));
    const rows = computed(() => {
      const selected = tools.selected.value;
      const all = newest.value;
      return selected && !all.includes(selected) ? [selected, ...all] : all;
    });
    const rowOf = computed(() => rows.value.map((alert) => row(alert, tools)));
    const current = computed(() => tools.selected.value?.id ?? rows.value[0]?.id);

    function choose(id) {
      desk.selectedId = desk.selectedId === id ? null : id;
    }

    function move(event, step) {
      const buttons = [...list.value.querySelectorAll(".alert-row")];
      const next = buttons[buttons.indexOf(event.currentTarget) + step];
      if (!next) return;
      event.preventDefault();
      next.focus();
      next.scrollIntoView({ block: "nearest" });
    }

    function fetchFrame(alert) {
      desk.prefilled = { satellite: alert.satellite, command: "fetch_frame", frame_id: alert.frame_id };
    }

    watch(
      () => desk.selectedId,
      async (id) => {
        await nextTick();
        if (id !== null) list.value?.querySelector(`[data-alert="${id}"]`)?.scrollIntoView({ block: "nearest" });
      },
    );
    return { ...tools, shown, list, rows: rowOf, current, choose, move, fetchFrame, ROWS_SHOWN };
  },
  template: `
    <section class="panel alerts" aria-labelledby="alerts-title">
      <h2 id="alerts-title" tabindex="-1">Alerts <span class="count"
        data-figure="alerts">{{ live.alerts.value.length }}</span>
        <a class="file" href="api/alerts.geojson" download="alerts.geojson">GeoJSON</a></h2>
      <p v-if="!rows.length" class="nothing">Nothing has arrived yet. An alert needs a frame, and then a pass.</p>
      <ol ref="list" class="list">
        <li v-for="row in rows" :key="row.id" class="alert" :data-alert="row.id" :style="{ '--colour': row.colour }">
          <button type="button" class="alert-row" :aria-expanded="desk.selectedId === row.id ? 'true' : 'false'"
            :tabindex="current === row.id ? 0 : -1" @click="choose(row.id)"
            @keydown.down="move($event, 1)" @keydown.up="move($event, -1)">
            <img v-if="row.picture" class="chip" :src="row.picture" width="48" height="48" loading="lazy"
              :alt="'crop of the frame round the ' + row.name">
            <span v-else class="chip none" aria-hidden="true"></span>
            <span class="alert-text">
              <span class="alert-title">{{ row.title }} <span
                :class="['pill', row.standingKind]">{{ row.standing }}</span></span>
              <span class="line">{{ row.place }} · <i class="dot"></i>{{ row.satellite }} {{ row.time }}</span>
              <span class="line">confidence {{ row.confidence }} · capture → ground {{ row.total }}</span>
              <span v-if="row.parts.length" class="split" aria-hidden="true">
                <i v-for="part in row.parts" :key="part.key" :class="part.key" :style="{ flexGrow: part.seconds }">
                  </i></span>
            </span>
          </button>
          <div v-if="desk.selectedId === row.id" class="more">
            <dl v-if="row.parts.length" class="parts">
              <div v-for="part in row.parts" :key="part.key"><dt><i :class="part.key"></i>{{ part.name }}</dt>
                <dd>{{ part.text }}</dd></div>
            </dl>
            <p class="links">frame {{ row.frameId }}
              <a v-if="row.published" :href="'api/alerts/' + row.id + '.cap.xml'"
                :download="'alert-' + row.id + '.cap.xml'">CAP</a>
              <button v-if="can('order') && !isOver" type="button" class="text-button"
                @click="fetchFrame(row.alert)">fetch the full frame</button>
            </p>
          </div>
        </li>
        <li v-if="live.alerts.value.length > shown"><button type="button" class="button older"
          @click="shown += ROWS_SHOWN">
          show older alerts</button></li>
      </ol>
    </section>`,
};

/** Of those that came at one time, what can be looked at comes first, then what is surest. */
function newestFirst(a, b) {
  return b.archived_ns - a.archived_ns || b.has_chip - a.has_chip || b.confidence - a.confidence || a.id - b.id;
}

function row(alert, { colours, calendar, isTruth }) {
  const standing = standingOf(alert, isTruth.value);
  return {
    alert,
    id: alert.id,
    name: titleText(alert.class),
    title: alert.size_class ? `${titleText(alert.class)}, size ${alert.size_class}` : titleText(alert.class),
    picture: alert.has_chip ? `api/alerts/${alert.id}.png` : null,
    place: placeText(alert.longitude_deg, alert.latitude_deg),
    satellite: alert.satellite,
    colour: colours.value[alert.satellite],
    time: calendar.value.seconds(alert.captured_ns),
    confidence: alert.confidence.toFixed(2),
    total: spanText((alert.archived_ns - alert.captured_ns) / 1e9, true),
    parts: PARTS.filter(([key]) => alert.latency && alert.latency[key] > 0).map(([key, name]) => ({
      key,
      name,
      seconds: alert.latency[key],
      text: spanText(alert.latency[key], true),
    })),
    frameId: alert.frame_id,
    published: alert.published,
    ...standing,
  };
}

function standingOf(alert, isTruth) {
  if (isTruth && alert.is_true === false) return { standing: "false", standingKind: "bad" };
  if (isTruth && alert.is_true) return { standing: "true", standingKind: "good" };
  return alert.published
    ? { standing: "confirmed", standingKind: "good" }
    : { standing: "unconfirmed", standingKind: "plain" };
}
