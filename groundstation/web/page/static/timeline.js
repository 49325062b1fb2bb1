// The timeline: a row a satellite with its eclipses as shade, passes above, inference below, and the playhead.

import { withAlpha } from "./palette.js";

const MINUTE_NS = 60e9;
const STEPS_MIN = [1, 2, 5, 10, 15, 20, 30, 60, 120, 180, 360, 720, 1440];
const TICK_EVERY_PX = 72;
const LEAST_ROW_PX = 15;
const MOST_ROW_PX = 84;
const MOST_BAR_PX = 11;
const PASS_AT = 0.33;
const WORK_AT = 0.67;
export const LEFT_PX = 84;
export const RIGHT_PX = 14;

export class Timeline {
  /** Draws rows and playhead on `canvas`, and hours and minutes on `axis`, which does not scroll with them. */
  constructor(canvas, axis) {
    this.canvas = canvas;
    this.axis = axis;
    this.layer = document.createElement("canvas");
    this.drawn = null;
  }

  /** Pixels that all rows need, where there are so many that they cannot share what there is. */
  static height(rows, available) {
    return Math.max(available, rows * LEAST_ROW_PX);
  }

  resize() {
    const density = Math.min(window.devicePixelRatio || 1, 3);
    const { clientWidth: width, clientHeight: height } = this.canvas;
    if (width === this.width && height === this.height && density === this.density) return;
    Object.assign(this, { width, height, density, drawn: null });
    this.axis.style.width = `${width}px`;
    for (const canvas of [this.canvas, this.layer, this.axis]) canvas.width = Math.round(width * density);
    for (const canvas of [this.canvas, this.layer]) canvas.height = Math.round(height * density);
    this.axis.height = Math.round(this.axis.clientHeight * density);
  }

  /** Draws { mission, nowNs, bars, epoch, colours, ink, calendar, focus }. */
  draw(scene) {
    if (!this.width || !this.height) return;
    const { mission, nowNs, ink } = scene;
    this.spanNs = mission.duration_ns;
    this.rowPx = Math.min(MOST_ROW_PX, this.height / Math.max(1, mission.satellites.length));
    this.#drawLayer(scene);
    const context = this.canvas.getContext("2d");
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    context.drawImage(this.layer, 0, 0);
    context.setTransform(this.density, 0, 0, this.density, 0, 0);
    const x = this.x(nowNs);
    const bottom = this.rowPx * mission.satellites.length;
    context.fillStyle = ink.future;
    context.fillRect(x, 0, Math.max(0, this.width - RIGHT_PX - x), bottom);
    context.fillStyle = ink.accent;
    context.fillRect(Math.round(x) - 0.75, 0, 1.5, this.height);
  }

  x(metNs) {
    return LEFT_PX + (metNs / this.spanNs) * (this.width - LEFT_PX - RIGHT_PX);
  }

  /** The instant under a point of the canvas, inside the run. */
  instant(x) {
    const share = (x - LEFT_PX) / (this.width - LEFT_PX - RIGHT_PX);
    return Math.round(Math.min(1, Math.max(0, share)) * this.spanNs);
  }

  /** What is under a point: { satellite, atNs, pass, eclipse }, or null. */
  at(x, y, mission) {
    const satellite = mission.satellites[Math.floor(y / this.rowPx)];
    if (!satellite || x < LEFT_PX || x > this.width - RIGHT_PX) return null;
    const atNs = this.instant(x);
    const slackNs = (2 / (this.width - LEFT_PX - RIGHT_PX)) * this.spanNs;
    const pass = mission.passes.find(
      (one) => one.satellite === satellite.name && one.aos_ns - slackNs <= atNs && atNs <= one.los_ns + slackNs,
    );
    const eclipse = (mission.eclipses[satellite.name] ?? []).find(([start, end]) => start <= atNs && atNs <= end);
    return { satellite, atNs, pass, eclipse };
  }

  #drawLayer(scene) {
    const { mission, bars, epoch, ink, focus } = scene;
    const context = this.layer.getContext("2d");
    context.setTransform(this.density, 0, 0, this.density, 0, 0);
    const drawn = this.drawn;
    if (!drawn || drawn.mission !== mission || drawn.ink !== ink || drawn.epoch !== epoch || drawn.focus !== focus) {
      context.clearRect(0, 0, this.width, this.height);
      mission.satellites.forEach((satellite, row) => this.#drawRow(context, scene, satellite, row));
      this.#drawTicks(context, scene);
      this.rows = new Map(mission.satellites.map(({ name }, row) => [name, row]));
      this.drawn = { mission, ink, epoch, focus, ends: new Map() };
    }
    for (const [key, bar] of bars) {
      if (this.drawn.ends.get(key) === bar.end_ns) continue;
      this.drawn.ends.set(key, bar.end_ns);
      this.#drawBar(context, scene, bar);
    }
  }

  #drawRow(context, { mission, colours, ink, focus }, { name }, row) {
    const top = row * this.rowPx;
    const tall = this.rowPx;
    context.globalAlpha = focus && focus !== name ? 0.4 : 1;
    context.fillStyle = ink.eclipse;
    for (const [start, end] of mission.eclipses[name] ?? []) {
      const left = this.x(Math.max(0, start));
      context.fillRect(left, top + tall * 0.08, this.x(Math.min(end, this.spanNs)) - left, tall * 0.84);
    }
    context.fillStyle = colours[name];
    context.beginPath();
    context.arc(5, top + tall / 2, 3.5, 0, 7);
    context.fill();
    context.fillStyle = ink.text;
    context.font = `400 ${tall < 18 ? 10.5 : 12}px ${ink.font}`;
    context.textBaseline = "middle";
    context.fillText(name, 14, top + tall / 2 + 0.5, LEFT_PX - 22);
    context.fillStyle = ink.pass;
    for (const { satellite, aos_ns: start, los_ns: end } of mission.passes) {
      if (satellite === name) this.#lane(context, start, end, top + tall * PASS_AT);
    }
    context.globalAlpha = 1;
  }

  #drawBar(context, { colours, ink, focus }, { satellite, kind, start_ns: start, end_ns: end }) {
    const row = this.rows.get(satellite);
    if (row === undefined) return;
    const top = row * this.rowPx;
    context.globalAlpha = focus && focus !== satellite ? 0.4 : 1;
    context.fillStyle = kind === "transmit" ? ink.transmit : colours[satellite];
    this.#lane(context, start, end, top + this.rowPx * (kind === "transmit" ? PASS_AT : WORK_AT));
    context.globalAlpha = 1;
  }

  #lane(context, start, end, middle) {
    const left = this.x(start);
    const tall = Math.min(this.rowPx * 0.24, MOST_BAR_PX);
    context.fillRect(left, middle - tall / 2, Math.max(1, this.x(Math.min(end, this.spanNs)) - left), tall);
  }

  #drawTicks(context, { mission, calendar, ink }) {
    const bottom = this.rowPx * mission.satellites.length;
    const room = (this.width - LEFT_PX - RIGHT_PX) / TICK_EVERY_PX;
    const spanMin = this.spanNs / MINUTE_NS;
    const stepNs = (STEPS_MIN.find((one) => spanMin / one <= room) ?? STEPS_MIN[STEPS_MIN.length - 1]) * MINUTE_NS;
    const startNs = calendar.startMs * 1e6;
    const axis = this.axis.getContext("2d");
    axis.setTransform(this.density, 0, 0, this.density, 0, 0);
    axis.clearRect(0, 0, this.width, this.height);
    axis.font = `400 11px ${ink.font}`;
    axis.textBaseline = "middle";
    axis.textAlign = "center";
    axis.fillStyle = ink.muted;
    context.fillStyle = withAlpha(ink.muted, 0.22);
    for (let at = Math.ceil(startNs / stepNs) * stepNs - startNs; at <= this.spanNs; at += stepNs) {
      const x = Math.round(this.x(at));
      context.fillRect(x, 0, 1, bottom);
      axis.fillText(calendar.minutes(at), Math.min(x, this.width - 18), 10);
    }
  }
}
