// The strip at the top: what flies, what time it is there, and the controls.

import { computed } from "vue";

import { CommandMenu } from "./command_menu.js";
import { useDesk } from "./desk.js";

const LIVE_PACES = [1, 10, 60, "max"];
const REPLAY_PACES = [1, 10, 60, 300];

export const TopBar = {
  components: { CommandMenu },
  setup() {
    const tools = useDesk();
    const { live } = tools;
    const isReplay = computed(() => live.mission.value.mode === "replay");
    const paces = computed(() => {
      const offered = isReplay.value ? REPLAY_PACES : LIVE_PACES;
      const { pace } = live.snapshot.value;
      const all = offered.includes(pace) ? offered : [...offered, pace];
      return all.slice().sort((a, b) => (a === "max" ? Infinity : a) - (b === "max" ? Infinity : b));
    });
    const paceText = (pace) => (pace === "max" ? "max" : `${Number(pace.toPrecision(3))}×`);
    const isHeld = computed(() => live.snapshot.value.status === "paused");

    async function choosePace(event, factor) {
      const radios = [...event.target.closest("fieldset").elements];
      if (!(await tools.order({ do: "pace", factor }))) return;
      paces.value.forEach((one, at) => (radios[at].checked = one === live.snapshot.value.pace));
    }
    return { ...tools, isReplay, paces, paceText, isHeld, choosePace };
  },
  template: `
    <header class="top">
      <h1 class="mark">skysift</h1>
      <span class="mission">{{ live.mission.value.name }} · seed {{ live.mission.value.seed }}
        <span class="tag"
          :title="'The imagery is ' + live.mission.value.imagery">{{ live.mission.value.imagery }}</span>
        <span v-if="isReplay" class="tag">replay</span>
        <span v-if="live.snapshot.value.status === 'ended'" class="tag">ended</span>
      </span>
      <time class="clock" aria-label="mission time, UTC">{{ calendar.full(live.snapshot.value.now_ns) }} Z</time>
      <div class="flow" role="group" aria-label="pace">
        <button v-if="can('pause')" type="button" class="button hold" :aria-pressed="isHeld ? 'true' : 'false'"
          :disabled="live.snapshot.value.status === 'ended'" @click="order({ do: isHeld ? 'resume' : 'pause' })">
          <svg aria-hidden="true" viewBox="0 0 12 12" width="11" height="11">
            <path v-if="isHeld" d="M2 1 11 6 2 11Z"/><path v-else d="M2 1h3v10H2zM7 1h3v10H7z"/>
          </svg>{{ isHeld ? (isReplay ? "play" : "resume") : "pause" }}
        </button>
        <fieldset v-if="can('pace')" class="switch" :disabled="isOver">
          <legend class="unseen">{{ isReplay ? "speed of the replay" : "pace of virtual time" }}</legend>
          <label v-for="pace in paces" :key="pace">
            <input type="radio" name="pace" :value="pace" :checked="live.snapshot.value.pace === pace"
              @change="choosePace($event, pace)"><span>{{ paceText(pace) }}</span>
          </label>
        </fieldset>
      </div>
      <div class="choices">
        <fieldset class="switch">
          <legend class="unseen">which world is shown</legend>
          <label><input type="radio" name="world" value="ground" v-model="desk.world"><span>ground knows</span></label>
          <label><input type="radio" name="world" value="truth" v-model="desk.world"><span>true world</span></label>
        </fieldset>
        <command-menu v-if="can('order') || can('fault')"></command-menu>
        <button type="button" class="button theme" @click="flipTheme"
          :aria-label="theme === 'dark' ? 'use the light theme' : 'use the dark theme'">
          <svg aria-hidden="true" viewBox="0 0 16 16" width="15" height="15">
            <circle cx="8" cy="8" r="6.2" fill="none" stroke="currentColor" stroke-width="1.5"/>
            <path d="M8 1.8a6.2 6.2 0 0 1 0 12.4Z"/>
          </svg>
        </button>
      </div>
    </header>`,
};
