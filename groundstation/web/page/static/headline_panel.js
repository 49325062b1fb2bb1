// The headline: what was captured against what was sent, and what that cost in recall, coverage and time.

import { computed } from "vue";

import { useDesk } from "./desk.js";
import { bytesParts, bytesText, clockSpan, ratioText, shareParts } from "./format.js";

const DECADES = 9;

export const HeadlinePanel = {
  setup() {
    const tools = useDesk();
    const head = computed(() => tools.live.snapshot.value.headline);
    const bars = computed(() => {
      const { captured_bytes: captured, lossless_bytes: lossless, sent_bytes: sent } = head.value;
      const largest = Math.max(captured, lossless ?? 0, sent, 1);
      const long = (count) => (count > 0 ? Math.max(1.5, 100 * (1 + Math.log10(count / largest) / DECADES)) : 0);
      const rows = [
        { name: "raw", count: captured, kind: "raw" },
        { name: "lossless", count: lossless, kind: "raw" },
        { name: tools.live.mission.value.strategy, count: sent, kind: "sent" },
      ];
      return rows
        .filter((row) => row.count !== null)
        .map((row) => ({ ...row, text: bytesText(row.count), percent: long(row.count) }));
    });
    const recall = computed(() => (head.value.recall === null ? "–" : head.value.recall.toFixed(2)));
    return { ...tools, head, bars, decades: DECADES, recall, bytesParts, clockSpan, ratioText, shareParts };
  },
  template: `
    <section class="panel headline" aria-label="headline">
      <dl class="figures">
        <div><dt>captured</dt><dd class="number" data-figure="captured">{{ bytesParts(head.captured_bytes).figure }}
          <small>{{ bytesParts(head.captured_bytes).unit }}</small></dd></div>
        <div><dt>sent to ground</dt><dd class="number" data-figure="sent">{{ bytesParts(head.sent_bytes).figure }}
          <small>{{ bytesParts(head.sent_bytes).unit }}</small></dd></div>
        <div><dt>bandwidth saved</dt><dd class="number result" data-figure="ratio">{{ ratioText(head.ratio) }}</dd>
          </div>
      </dl>
      <dl class="scale" aria-label="bytes, on a logarithmic scale" :style="{ '--decades': decades }">
        <template v-for="bar in bars" :key="bar.name">
          <dt>{{ bar.name }}</dt>
          <dd><span class="rail"><span :class="['fill', bar.kind]" :style="{ width: bar.percent + '%' }"></span></span>
            <span class="amount">{{ bar.text }}</span></dd>
        </template>
        <dt aria-hidden="true"></dt><dd class="unit" aria-hidden="true">a mark is tenfold</dd>
      </dl>
      <dl class="figures">
        <div title="Targets in all exposed frames of which the ground has been told. Only the emulator can know.">
          <dt>recall <span v-if="!isTruth" class="tag">truth</span></dt>
          <dd class="number" data-figure="recall">{{ recall }}</dd></div>
        <div title="Frames whose result is on the ground, of those exposed"><dt>coverage</dt>
          <dd class="number" data-figure="coverage">{{ shareParts(head.coverage).figure }}
          <small>{{ shareParts(head.coverage).unit }}</small></dd></div>
        <div><dt>capture → alert, median</dt>
          <dd class="number" data-figure="latency">{{ clockSpan(head.latency_p50_s) }}</dd></div>
      </dl>
    </section>`,
};
