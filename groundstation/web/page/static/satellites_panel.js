// A card a satellite: charge and temperature with their limits as ticks, what it is doing, and how old the news is.

import { computed } from "vue";

import { useDesk } from "./desk.js";
import { bytesText, celsiusText, percentText, spanText, wordText } from "./format.js";
import { isSunlit } from "./sunlight.js";

const COLDEST_C = -20;
const ABOVE_LIMIT_C = 15;
const ROOMY = 3;
const DENSE = 8;
const HASH_DIGITS = 7;

export const SatellitesPanel = {
  setup() {
    const tools = useDesk();
    const { live, desk } = tools;
    const cards = computed(() => {
      const now = new Map(live.snapshot.value.satellites.map((one) => [one.name, one]));
      const links = new Map(live.snapshot.value.links.map((one) => [one.satellite, one]));
      return live.mission.value.satellites
        .filter((row) => now.has(row.name))
        .map((row) => card(row, now.get(row.name), links.get(row.name), tools, live.snapshot.value.now_ns));
    });
    const focusOn = (name) => (desk.focus = desk.focus === name ? null : name);
    return { ...tools, cards, focusOn, room: computed(() => roomFor(cards.value.length)) };
  },
  template: `
    <section class="panel satellites" aria-labelledby="satellites-title">
      <h2 id="satellites-title">Satellites <span v-if="room" class="count">{{ cards.length }}</span></h2>
      <p v-if="room" class="columns" aria-hidden="true"><span></span><span>charge</span><span>computer</span></p>
      <ul :class="['cards', room]" tabindex="0" aria-labelledby="satellites-title">
        <li v-for="card in cards" :key="card.name" class="card" :data-satellite="card.name"
          :class="{ focused: desk.focus === card.name }" :style="{ '--colour': card.colour }">
          <div class="card-head">
            <button type="button" class="name" :aria-pressed="desk.focus === card.name ? 'true' : 'false'"
              :title="'Follow ' + card.name" @click="focusOn(card.name)"><i class="dot"></i>{{ card.name }}</button>
            <span v-if="card.mode" :class="['pill', card.modeKind]">{{ card.mode }}</span>
            <span class="next">{{ card.next }}</span>
          </div>
          <div v-for="bar in card.bars" :key="bar.name" class="gauge">
            <span class="gauge-name">{{ bar.name }}</span>
            <span class="rail" role="meter" :aria-label="card.name + ' ' + bar.name" :aria-valuemin="bar.least"
              :aria-valuemax="bar.most" :aria-valuenow="bar.value ?? bar.least" :aria-valuetext="bar.spoken">
              <span :class="['fill', bar.kind]" :style="{ width: bar.percent + '%' }"></span>
              <i class="tick" :style="{ left: bar.limitPercent + '%' }"></i>
            </span>
            <span class="gauge-value">{{ bar.text }}</span>
          </div>
          <div class="doing"><span class="activity">{{ card.activity }}</span><span
            class="waits">{{ card.waits }}</span></div>
          <div v-if="card.alarms.length || card.off" class="alarms"><span v-for="alarm in card.alarms"
            :key="alarm.name" :class="['pill', alarm.kind]">{{ alarm.name }}</span><span>{{ card.off }}</span></div>
          <div class="story"><span>{{ card.heard }}</span><span class="model"
            data-figure="model">{{ card.flies }}</span></div>
        </li>
      </ul>
    </section>`,
};

function roomFor(count) {
  if (count <= ROOMY) return "";
  return count <= DENSE ? "dense" : "dense tight";
}

function card(row, now, link, tools, nowNs) {
  const isTruth = tools.isTruth.value;
  const state = isTruth ? now.true : now.known;
  return {
    name: row.name,
    colour: tools.colours.value[row.name],
    mode: wordText(state.mode),
    modeKind: { nominal: "good", hot: "bad", safe: "bad", power_saving: "warn", recovery: "warn" }[state.mode] ?? "",
    next: nextText(isSunlit(tools.live.mission.value, now, nowNs, isTruth), now.next_event, nowNs),
    bars: [chargeBar(row, state.state_of_charge), heatBar(row, state.computer_c)],
    activity: state.activity ? wordText(state.activity) : link ? `downlink ${link.station}` : "idle",
    waits: waitsText(state),
    alarms: Object.entries(state.monitors ?? {}).map(([name, severity]) => ({
      name: wordText(name),
      kind: { high: "bad", medium: "warn" }[severity] ?? "",
    })),
    off: state.units_off?.length ? `${state.units_off.join(", ")} off` : "",
    heard: heardText(isTruth, state.as_of_ns, nowNs),
    flies: [wordText(state.strategy), state.model_sha256 ? state.model_sha256.slice(0, HASH_DIGITS) : ""]
      .filter(Boolean)
      .join(" · "),
  };
}

function chargeBar(row, share) {
  const isKnown = share !== null && share !== undefined;
  const isLow = isKnown && share < row.charge_floor;
  return {
    name: "charge",
    least: 0,
    most: 100,
    value: isKnown ? Math.round(share * 100) : null,
    percent: isKnown ? 100 * share : 0,
    limitPercent: 100 * row.charge_floor,
    text: percentText(share),
    spoken: isKnown
      ? `${percentText(share)}, work is deferred below ${percentText(row.charge_floor)}`
      : "not heard yet",
    kind: isLow ? "bad" : "charge",
  };
}

function heatBar(row, degrees) {
  const isKnown = degrees !== null && degrees !== undefined;
  const most = row.temperature_limit_c + ABOVE_LIMIT_C;
  const percent = (value) => 100 * Math.min(1, Math.max(0, (value - COLDEST_C) / (most - COLDEST_C)));
  return {
    name: "computer",
    least: COLDEST_C,
    most,
    value: isKnown ? Math.round(degrees) : null,
    percent: isKnown ? percent(degrees) : 0,
    limitPercent: percent(row.temperature_limit_c),
    text: celsiusText(degrees),
    spoken: isKnown
      ? `${celsiusText(degrees)}, work is deferred above ${celsiusText(row.temperature_limit_c)}`
      : "not heard yet",
    kind: isKnown && degrees > row.temperature_limit_c ? "bad" : "heat",
  };
}

function nextText(isLit, next, nowNs) {
  const now = isLit === null ? "" : isLit ? "sunlit" : "shadow";
  if (!next) return now;
  const wait = spanText((next.at_ns - nowNs) / 1e9);
  return [now, `${next.kind} in ${wait}`].filter(Boolean).join(" · ");
}

function waitsText({ outbox_bytes: outbox, frames_deferred: deferred }) {
  const parts = [];
  if (deferred) parts.push(`${deferred} deferred`);
  if (outbox !== null && outbox !== undefined) parts.push(`outbox ${bytesText(outbox)}`);
  return parts.join(" · ");
}

function heardText(isTruth, asOfNs, nowNs) {
  if (isTruth) return "as it is";
  if (asOfNs === null) return "";
  const age = (nowNs - asOfNs) / 1e9;
  return age < 20 ? "heard now" : `heard ${spanText(age)} ago`;
}
