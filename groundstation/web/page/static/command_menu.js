// The menu that commands satellites through the uplink, and that breaks things in the emulated world.

import { computed, nextTick, reactive, ref, watch } from "vue";

import { useDesk } from "./desk.js";
import { modelText, wordText } from "./format.js";

const COMMANDS = [
  ["set_strategy", "strategy"],
  ["upload_model", "model swap"],
  ["set_threshold", "threshold"],
  ["fetch_frame", "fetch a full frame"],
  ["set_mode", "mode"],
];
const MODES = ["nominal", "power_saving", "safe"];
const CODECS = ["lossless", "raw"];
const ORDERS_SHOWN = 6;

export const CommandMenu = {
  setup() {
    const tools = useDesk();
    const { live, desk } = tools;
    const mission = live.mission;
    const isOpen = ref(false);
    const button = ref(null);
    const panel = ref(null);
    const told = ref("");
    const commands = tools.can("order") ? COMMANDS : [];
    const form = reactive({
      satellite: mission.value.satellites[0]?.name,
      command: commands[0]?.[0],
      strategy: mission.value.strategy,
      model: mission.value.models.find((name) => name !== mission.value.model) ?? mission.value.models[0],
      threshold: mission.value.threshold,
      frame_id: 1,
      codec: CODECS[0],
      mode: MODES[0],
      fault: mission.value.faults[0],
      accelerator: 1,
    });
    const row = computed(() => mission.value.satellites.find((one) => one.name === form.satellite));

    async function show() {
      isOpen.value = true;
      told.value = "";
      await nextTick();
      panel.value?.querySelector("select, input, button")?.focus();
    }

    function hide() {
      isOpen.value = false;
      button.value?.focus();
    }

    function orderKeys() {
      switch (form.command) {
        case "set_strategy":
          return { name: form.strategy };
        case "upload_model":
          return { model: form.model };
        case "set_threshold":
          return { task: row.value.task, threshold: Number(form.threshold) };
        case "fetch_frame":
          return { frame_id: Number(form.frame_id), codec: form.codec, thumbnail_factor: 1 };
        default:
          return { mode: form.mode };
      }
    }

    async function sendOrder() {
      const control = { do: "order", satellite: form.satellite, command: form.command, ...orderKeys() };
      told.value = "";
      const refusal = await live.send(control);
      told.value = refusal ?? `Ordered. ${nextPassText(live, form.satellite, tools.calendar.value)}`;
    }

    async function sendFault() {
      const control = { do: "fault", satellite: form.satellite, name: form.fault };
      if (form.fault === "accelerator") control.accelerator = Number(form.accelerator);
      told.value = "";
      const refusal = await live.send(control);
      told.value = refusal ?? "It has happened.";
    }

    function onFocusOut(event) {
      if (event.relatedTarget && !event.currentTarget.contains(event.relatedTarget)) isOpen.value = false;
    }

    watch(
      () => desk.prefilled,
      (wish) => {
        if (!wish) return;
        Object.assign(form, wish);
        desk.prefilled = null;
        show();
      },
    );
    const orders = computed(() => live.snapshot.value.commands.slice(-ORDERS_SHOWN).reverse());
    return {
      ...tools, mission, isOpen, button, panel, told, commands, form, row, orders,
      show, hide, sendOrder, sendFault, onFocusOut, modelText, wordText, MODES, CODECS,
    };
  },
  template: `
    <div class="menu" @keydown.esc="isOpen && hide()" @focusout="onFocusOut">
      <button ref="button" type="button" class="button" aria-haspopup="dialog"
        :aria-expanded="isOpen ? 'true' : 'false'"
        aria-controls="command-panel" @click="isOpen ? hide() : show()">command <span aria-hidden="true">▾</span>
          </button>
      <div v-if="isOpen" id="command-panel" ref="panel" class="sheet" role="dialog" aria-label="command a satellite"
        tabindex="-1">
        <p class="field"><label for="wish-satellite">satellite</label>
          <select id="wish-satellite" v-model="form.satellite"><option v-for="one in mission.satellites"
            :key="one.name">{{ one.name }}</option></select>
        </p>
        <form v-if="can('order')" @submit.prevent="sendOrder">
          <p class="field"><label for="wish-command">telecommand</label>
            <select id="wish-command" v-model="form.command"><option v-for="[word, name] in commands" :key="word"
              :value="word">{{ name }}</option></select>
          </p>
          <p v-if="form.command === 'set_strategy'" class="field"><label for="wish-strategy">strategy</label>
            <select id="wish-strategy" v-model="form.strategy"><option v-for="name in mission.strategies"
              :key="name">{{ name }}</option></select>
          </p>
          <p v-if="form.command === 'upload_model'" class="field"><label for="wish-model">model</label>
            <select id="wish-model" v-model="form.model"><option v-for="name in mission.models"
              :key="name" :value="name">{{ modelText(name) }}</option></select>
          </p>
          <p v-if="form.command === 'set_threshold'" class="field"><label for="wish-threshold">least score</label>
            <input id="wish-threshold" v-model="form.threshold" type="number" min="0" max="1" step="any" required>
          </p>
          <p v-if="form.command === 'fetch_frame'" class="field"><label for="wish-frame">frame</label>
            <input id="wish-frame" v-model="form.frame_id" type="number" min="0" max="4294967295" step="1" required>
          </p>
          <p v-if="form.command === 'fetch_frame'" class="field"><label for="wish-pixels">pixels</label>
            <select id="wish-pixels" v-model="form.codec"><option v-for="name in CODECS"
              :key="name">{{ name }}</option></select>
          </p>
          <p v-if="form.command === 'set_mode'" class="field"><label for="wish-mode">mode</label>
            <select id="wish-mode" v-model="form.mode"><option v-for="name in MODES" :key="name"
              :value="name">{{ wordText(name) }}</option></select>
          </p>
          <button type="submit" class="button primary" :disabled="isOver">send by uplink</button>
        </form>
        <form v-if="can('fault') && mission.faults.length" class="breaks" @submit.prevent="sendFault">
          <p class="field"><label for="wish-fault">emulate a fault</label>
            <select id="wish-fault" v-model="form.fault"><option v-for="name in mission.faults" :key="name"
              :value="name">{{ wordText(name) }}</option></select>
          </p>
          <p v-if="form.fault === 'accelerator'" class="field"><label for="wish-accelerator">which one</label>
            <input id="wish-accelerator" v-model="form.accelerator" type="number" min="1"
              :max="row?.accelerators || 1" step="1" required>
          </p>
          <button type="submit" class="button" :disabled="isOver">inject</button>
        </form>
        <p class="told" role="status">{{ isOver ? "The run has ended." : told }}</p>
        <ol v-if="orders.length" class="orders" aria-label="orders so far">
          <li v-for="one in orders" :key="one.satellite + one.order + one.word" :title="one.reason">
            <span>{{ wordText(one.word) }}</span><span>{{ one.satellite }}</span>
            <span>{{ wordText(one.state) }} {{ calendar.seconds(one.at_ns) }}</span></li>
        </ol>
      </div>
    </div>`,
};

function nextPassText(live, satellite, calendar) {
  const { now_ns: now } = live.snapshot.value;
  const next = live.mission.value.passes
    .filter((one) => one.satellite === satellite && one.los_ns > now)
    .sort((a, b) => a.aos_ns - b.aos_ns)[0];
  if (!next) return "No pass is left in which it could go up.";
  if (next.aos_ns <= now) return `It goes up over ${next.station} now.`;
  return `It goes up over ${next.station} at ${calendar.minutes(next.aos_ns)}.`;
}
