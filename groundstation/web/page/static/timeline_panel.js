// The panel of the timeline; in a replay the playhead can be moved.

import { computed, onBeforeUnmount, onMounted, ref, watch } from "vue";

import { useDesk } from "./desk.js";
import { bitRateText } from "./format.js";
import { LEFT_PX, RIGHT_PX, Timeline } from "./timeline.js";

const SEEK_EVERY_MS = 150;
const STEP_NS = 10e9;
const NEXT_PASSES = 8;

export const TimelinePanel = {
  setup() {
    const tools = useDesk();
    const { live, desk } = tools;
    const box = ref(null);
    const canvas = ref(null);
    const axis = ref(null);
    const hint = ref(null);
    const tall = ref(null);
    const dragged = ref(null);
    let timeline = null;
    let watcher = null;
    let isAwaited = false;
    let seeking = null;
    let wanted = null;

    function drawSoon() {
      if (isAwaited || !timeline) return;
      isAwaited = true;
      requestAnimationFrame(() => {
        isAwaited = false;
        if (!timeline || !tools.ink.value) return;
        timeline.resize();
        timeline.draw({
          mission: live.mission.value,
          nowNs: live.snapshot.value.now_ns,
          bars: live.bars,
          epoch: live.epoch,
          colours: tools.colours.value,
          ink: tools.ink.value,
          calendar: tools.calendar.value,
          focus: desk.focus,
        });
      });
    }

    function seek(toNs) {
      wanted = toNs;
      seeking ??= setTimeout(() => {
        seeking = null;
        tools.order({ do: "seek", to_ns: wanted });
      }, SEEK_EVERY_MS);
    }

    function point(event) {
      const area = canvas.value.getBoundingClientRect();
      const found = timeline.at(event.clientX - area.left, event.clientY - area.top, live.mission.value);
      hint.value = found && {
        text: hintText(found, tools.calendar.value),
        left: Math.min(event.clientX - area.left, area.width - 150),
      };
    }

    function click(event) {
      const area = canvas.value.getBoundingClientRect();
      if (tools.can("seek")) seek(timeline.instant(event.clientX - area.left));
    }

    function slide(event) {
      dragged.value = Number(event.target.value);
      seek(dragged.value);
    }

    const passes = computed(() =>
      live.mission.value.passes
        .filter((one) => one.los_ns > Math.floor(live.snapshot.value.now_ns / 60e9) * 60e9)
        .slice()
        .sort((a, b) => a.aos_ns - b.aos_ns)
        .slice(0, NEXT_PASSES),
    );

    onMounted(() => {
      timeline = new Timeline(canvas.value, axis.value);
      watcher = new ResizeObserver(() => {
        const rows = live.mission.value.satellites.length;
        tall.value = Timeline.height(rows, box.value.clientHeight);
        drawSoon();
      });
      watcher.observe(box.value);
      watcher.observe(canvas.value);
      document.fonts.ready.then(drawSoon);
      drawSoon();
    });
    onBeforeUnmount(() => {
      watcher.disconnect();
      timeline = null;
    });
    watch([live.snapshot, live.mission, tools.ink, tools.colours, () => desk.focus], drawSoon);
    return {
      ...tools, box, canvas, axis, hint, tall, dragged, passes, point, click, slide,
      STEP_NS,
      inset: { marginLeft: `${LEFT_PX - 8}px`, marginRight: `${RIGHT_PX - 8}px` },
    };
  },
  template: `
    <section class="panel timeline" aria-labelledby="timeline-title">
      <h2 id="timeline-title">Passes, eclipse, inference</h2>
      <ul class="key" aria-label="what the bars mean">
        <li><i class="bar-pass"></i>pass</li><li><i class="bar-sent"></i>sent</li>
        <li><i class="bar-work"></i>inference</li><li><i class="bar-eclipse"></i>eclipse</li>
      </ul>
      <div ref="box" class="rows" tabindex="0" aria-label="timeline of the run" role="group">
        <canvas ref="canvas" role="img" aria-label="Timeline: a row a satellite with eclipses, passes and inference"
          :class="{ seekable: can('seek') }" :style="{ height: tall + 'px' }"
          @pointermove="point" @pointerleave="hint = null" @click="click"></canvas>
        <p v-if="hint" class="hint" aria-hidden="true"
          :style="{ left: hint.left + 'px', top: '0px' }">{{ hint.text }}</p>
      </div>
      <canvas ref="axis" class="axis" aria-hidden="true"></canvas>
      <input v-if="can('seek')" class="slider" type="range" aria-label="instant of the replay" min="0" :style="inset"
        :max="live.mission.value.duration_ns" :step="STEP_NS" :value="dragged ?? live.snapshot.value.now_ns"
        :aria-valuetext="calendar.full(dragged ?? live.snapshot.value.now_ns) + ' UTC'"
        @input="slide" @change="dragged = null">
      <table class="unseen"><caption>Next passes</caption>
        <tr v-for="one in passes" :key="one.satellite + one.aos_ns">
          <td>{{ one.satellite }}</td><td>{{ one.station }}</td>
          <td>{{ calendar.minutes(one.aos_ns) }} to {{ calendar.minutes(one.los_ns) }} UTC</td></tr>
      </table>
    </section>`,
};

function hintText({ satellite, atNs, pass, eclipse }, calendar) {
  if (pass) {
    const span = `${calendar.seconds(pass.aos_ns)} to ${calendar.seconds(pass.los_ns)}`;
    return `${satellite.name} over ${pass.station}, ${span}, up to ${bitRateText(pass.max_rate_bps)}`;
  }
  return `${satellite.name} ${calendar.seconds(atNs)}${eclipse ? ", in shadow" : ""}`;
}
