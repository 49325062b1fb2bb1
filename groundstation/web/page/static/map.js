// The world map: a canvas with what stands still in a layer of its own, and what moves drawn over it.

import { Night } from "./night.js";
import { Projection } from "./projection.js";
import * as draw from "./map_drawing.js";

const PULSE_MS = 2600;
const NEAR_PX = 12;

export class WorldMap {
  constructor(canvas, land) {
    this.canvas = canvas;
    this.land = land;
    this.night = new Night();
    this.ground = document.createElement("canvas");
    this.pulses = new Map();
    this.points = [];
    this.isStill = window.matchMedia("(prefers-reduced-motion: reduce)");
    this.resize();
  }

  /** Fits the canvas to its box; true when it has changed. */
  resize() {
    const density = Math.min(window.devicePixelRatio || 1, 3);
    const { clientWidth: width, clientHeight: height } = this.canvas;
    const isSame = width === this.width && height === this.height && density === this.density;
    if (isSame || !width || !height) return false;
    Object.assign(this, { width, height, density, groundOf: null });
    this.canvas.width = Math.round(width * density);
    this.canvas.height = Math.round(height * density);
    this.projection = new Projection(width, height);
    return true;
  }

  /** Alerts that have just arrived beat for a moment. */
  pulse(alerts, wallMs) {
    for (const alert of alerts.slice(-40)) this.pulses.set(alert.id, { alert, sinceMs: wallMs });
  }

  get isBeating() {
    return this.pulses.size > 0;
  }

  /** Draws the scene { mission, snapshot, alerts, targets, colours, ink, isTruth, selected, focus }. */
  draw(scene, wallMs) {
    if (!this.projection) return;
    const context = this.canvas.getContext("2d");
    context.setTransform(this.density, 0, 0, this.density, 0, 0);
    this.#drawGround(context, scene);
    context.save();
    context.beginPath();
    context.rect(0, 0, this.width, this.height);
    context.clip();
    this.points = [];
    const pen = { context, projection: this.projection, ink: scene.ink, width: this.width, points: this.points };
    draw.drawTracks(pen, scene);
    draw.drawFootprints(pen, scene);
    draw.drawAlerts(pen, scene);
    if (scene.isTruth) draw.drawTargets(pen, scene);
    this.#drawPulses(pen, scene, wallMs);
    draw.drawLinks(pen, scene);
    const labels = draw.drawSatellites(pen, scene).concat(draw.drawStations(pen, scene));
    draw.drawLabels(pen, labels);
    if (scene.selected) draw.drawSelected(pen, scene.selected);
    context.restore();
    this.canvas.dataset.alerts = String(scene.alerts.length);
    this.canvas.dataset.pulses = String(this.pulses.size);
  }

  /** What lies under a point of the canvas, nearest first: { kind, item }, or null. */
  at(x, y) {
    let best = null;
    for (const point of this.points) {
      const distance = Math.hypot(point.x - x, point.y - y) + point.handicap;
      if (distance < NEAR_PX && (!best || distance < best.distance)) best = { ...point, distance };
    }
    return best;
  }

  #drawGround(context, { ink, snapshot }) {
    if (this.groundOf !== ink) {
      this.ground.width = this.canvas.width;
      this.ground.height = this.canvas.height;
      const below = this.ground.getContext("2d");
      below.setTransform(this.density, 0, 0, this.density, 0, 0);
      draw.drawGround({ context: below, projection: this.projection, ink }, this.land, this.width, this.height);
      this.groundOf = ink;
    }
    const { left, top, width, height } = this.projection;
    context.drawImage(this.ground, 0, 0, this.width, this.height);
    context.imageSmoothingQuality = "high";
    context.drawImage(this.night.image(snapshot.sun, ink.night, ink.nightAlpha), left, top, width, height);
  }

  #drawPulses(pen, scene, wallMs) {
    for (const [id, { alert, sinceMs }] of this.pulses) {
      const share = (wallMs - sinceMs) / PULSE_MS;
      if (share >= 1) this.pulses.delete(id);
      else draw.drawPulse(pen, alert, this.isStill.matches ? 0.35 : Math.max(0, share));
    }
  }
}
