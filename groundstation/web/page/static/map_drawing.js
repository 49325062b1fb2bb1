// What is drawn on the map, thing by thing. A pen is { context, projection, ink, width, points }; what a person may
// point at is put into `points`.

import { bitRateText } from "./format.js";
import { withAlpha } from "./palette.js";
import { stretch } from "./projection.js";
import { isSunlit } from "./sunlight.js";

const MINUTE_NS = 60e9;
const TAIL_NS = 42 * MINUTE_NS;
const AHEAD_NS = 48 * MINUTE_NS;
const TAIL_PARTS = 6;
const MANY_SATELLITES = 6;
const SHORTER = 0.4;
const ONE_PLACE_PX = 6;
const LEAST_ALERT_PX = 2.7;
const MOST_ALERT_PX = 5.5;

export function drawGround({ context, projection, ink }, land, width, height) {
  context.fillStyle = ink.sea;
  context.fillRect(0, 0, width, height);
  context.beginPath();
  for (const [outer] of land) {
    outer.forEach(([longitude, latitude], at) => {
      const corner = [projection.x(longitude), projection.y(latitude)];
      if (at) context.lineTo(...corner);
      else context.moveTo(...corner);
    });
  }
  context.fillStyle = ink.land;
  context.fill();
  context.beginPath();
  for (let longitude = -150; longitude <= 150; longitude += 30) {
    context.moveTo(projection.x(longitude), projection.top);
    context.lineTo(projection.x(longitude), projection.top + projection.height);
  }
  for (let latitude = -60; latitude <= 60; latitude += 30) {
    context.moveTo(projection.left, projection.y(latitude));
    context.lineTo(projection.left + projection.width, projection.y(latitude));
  }
  context.strokeStyle = ink.grid;
  context.lineWidth = 0.5;
  context.stroke();
}

/** Where each satellite was, fading, and where it will be, thin. */
export function drawTracks(pen, { mission, snapshot, colours, focus }) {
  const { context, projection, ink } = pen;
  const shorter = mission.satellites.length > MANY_SATELLITES ? SHORTER : 1;
  for (const { name } of snapshot.satellites) {
    const track = mission.tracks[name];
    if (!track) continue;
    const strength = focus && focus !== name ? 0.25 : 1;
    const now = snapshot.now_ns;
    context.lineWidth = 1;
    context.strokeStyle = withAlpha(colours[name], ink.aheadAlpha * strength);
    strokeTrack(context, projection, stretch(track, now, now + AHEAD_NS * shorter));
    context.lineWidth = 1.6;
    const partNs = (TAIL_NS * shorter) / TAIL_PARTS;
    for (let part = 0; part < TAIL_PARTS; part += 1) {
      context.strokeStyle = withAlpha(colours[name], (1 - part / TAIL_PARTS) * 0.9 * strength);
      strokeTrack(context, projection, stretch(track, now - (part + 1) * partNs, now - part * partNs));
    }
  }
}

function strokeTrack(context, projection, points) {
  context.beginPath();
  projection.trace(context, points);
  context.stroke();
}

/** The latest frames on the ground; one too small to be seen is a small square. */
export function drawFootprints({ context, projection }, { snapshot, colours }) {
  for (const { satellite, polygon } of snapshot.footprints) {
    const corners = polygon.map(([longitude, latitude]) => [projection.x(longitude), projection.y(latitude)]);
    const xs = corners.map(([x]) => x);
    const ys = corners.map(([, y]) => y);
    const wide = Math.max(...xs) - Math.min(...xs);
    if (wide > projection.width / 2) continue;
    context.strokeStyle = withAlpha(colours[satellite], 0.75);
    context.lineWidth = 1;
    context.beginPath();
    if (wide < 5) {
      context.rect(Math.min(...xs) + wide / 2 - 2.5, (Math.min(...ys) + Math.max(...ys)) / 2 - 2.5, 5, 5);
    } else {
      corners.forEach(([x, y], at) => (at ? context.lineTo(x, y) : context.moveTo(x, y)));
      context.closePath();
    }
    context.stroke();
  }
}

/** True world: found targets are full points, missed ones open circles. */
export function drawTargets({ context, projection, ink }, { targets }) {
  context.lineWidth = 1;
  for (const target of targets.values()) {
    context.beginPath();
    context.arc(projection.x(target.longitude_deg), projection.y(target.latitude_deg), target.found ? 1.6 : 3, 0, 7);
    if (target.found) {
      context.fillStyle = ink.text;
      context.fill();
    } else {
      context.strokeStyle = ink.text;
      context.stroke();
    }
  }
}

/** Alerts that would lie on one another are one point, the larger the more they are. */
export function drawAlerts({ context, projection, ink, points }, { alerts, isTruth }) {
  const places = new Map();
  for (const alert of alerts) {
    const x = projection.x(alert.longitude_deg);
    const y = projection.y(alert.latitude_deg);
    const isFalse = isTruth && alert.is_true === false;
    const key = `${Math.round(x / ONE_PLACE_PX)} ${Math.round(y / ONE_PLACE_PX)} ${isFalse}`;
    const place = places.get(key) ?? { x, y, isFalse, count: 0 };
    places.set(key, { ...place, item: alert, count: place.count + 1 });
  }
  for (const { x, y, isFalse, count, item } of places.values()) {
    const radius = Math.min(LEAST_ALERT_PX + 0.6 * Math.log2(count), MOST_ALERT_PX);
    disc(context, x, y, radius + 4.3, withAlpha(isFalse ? ink.falseAlert : ink.accent, 0.17));
    if (isFalse) cross(context, x, y, ink.falseAlert);
    else disc(context, x, y, radius, ink.accent);
    points.push({ kind: "alert", item, count, x, y, handicap: 2 });
  }
}

function disc(context, x, y, radius, colour) {
  context.beginPath();
  context.arc(x, y, radius, 0, 7);
  context.fillStyle = colour;
  context.fill();
}

function cross(context, x, y, colour) {
  context.beginPath();
  context.moveTo(x - 3, y - 3);
  context.lineTo(x + 3, y + 3);
  context.moveTo(x + 3, y - 3);
  context.lineTo(x - 3, y + 3);
  context.strokeStyle = colour;
  context.lineWidth = 1.4;
  context.stroke();
}

export function drawPulse({ context, projection, ink }, alert, share) {
  const x = projection.x(alert.longitude_deg);
  const y = projection.y(alert.latitude_deg);
  const beat = (share * 2) % 1;
  context.beginPath();
  context.arc(x, y, 5 + 17 * (1 - (1 - beat) ** 3), 0, 7);
  context.strokeStyle = withAlpha(ink.accent, (1 - beat) * 0.9);
  context.lineWidth = 1.6;
  context.stroke();
}

export function drawSelected({ context, projection, ink }, alert) {
  const x = projection.x(alert.longitude_deg);
  const y = projection.y(alert.latitude_deg);
  context.strokeStyle = ink.text;
  context.lineWidth = 1.4;
  context.beginPath();
  context.arc(x, y, 9, 0, 7);
  for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) {
    context.moveTo(x + 6 * dx, y + 6 * dy);
    context.lineTo(x + 14 * dx, y + 14 * dy);
  }
  context.stroke();
}

/** A line from each satellite to the station that hears it. */
export function drawLinks({ context, projection }, { mission, snapshot, colours }) {
  for (const link of snapshot.links) {
    const satellite = snapshot.satellites.find((one) => one.name === link.satellite);
    const station = mission.stations.find((one) => one.name === link.station);
    if (!satellite || !station) continue;
    context.beginPath();
    projection.trace(context, [
      [satellite.longitude_deg, satellite.latitude_deg],
      [station.longitude_deg, station.latitude_deg],
    ]);
    context.strokeStyle = colours[link.satellite];
    context.lineWidth = 2;
    context.stroke();
  }
}

/** A satellite is a full point in sunlight and an open one in shadow, with a mark that points ahead. */
export function drawSatellites({ context, projection, ink, points }, { mission, snapshot, colours, isTruth, focus }) {
  const labels = [];
  for (const satellite of snapshot.satellites) {
    const x = projection.x(satellite.longitude_deg);
    const y = projection.y(satellite.latitude_deg);
    const colour = colours[satellite.name];
    const isDark = isSunlit(mission, satellite, snapshot.now_ns, isTruth) === false;
    const heading = (satellite.heading_deg * Math.PI) / 180;
    disc(context, x, y, 12, withAlpha(colour, focus === satellite.name ? 0.35 : 0.18));
    context.beginPath();
    context.moveTo(x + 12 * Math.sin(heading), y - 12 * Math.cos(heading));
    context.lineTo(x + 7.5 * Math.sin(heading + 0.55), y - 7.5 * Math.cos(heading + 0.55));
    context.lineTo(x + 7.5 * Math.sin(heading - 0.55), y - 7.5 * Math.cos(heading - 0.55));
    context.closePath();
    context.fillStyle = colour;
    context.fill();
    context.beginPath();
    context.arc(x, y, 4.6, 0, 7);
    context.fillStyle = isDark ? ink.sea : colour;
    context.fill();
    context.lineWidth = 1.8;
    context.strokeStyle = isDark ? colour : ink.sea;
    context.stroke();
    points.push({ kind: "satellite", item: satellite, x, y, handicap: 0 });
    const isLabelled = mission.satellites.length <= 10 || focus === satellite.name;
    if (isLabelled) labels.push({ text: satellite.name, x, y, gap: 15, colour: ink.text, weight: 600 });
  }
  return labels;
}

export function drawStations({ context, projection, ink, points }, { mission, snapshot, colours }) {
  const labels = [];
  for (const station of mission.stations) {
    const x = projection.x(station.longitude_deg);
    const y = projection.y(station.latitude_deg);
    const link = snapshot.links.find((one) => one.station === station.name);
    const size = link ? 5 : 3.8;
    context.beginPath();
    context.moveTo(x, y - size);
    context.lineTo(x + size, y + size * 0.8);
    context.lineTo(x - size, y + size * 0.8);
    context.closePath();
    context.fillStyle = link ? colours[link.satellite] : ink.muted;
    context.fill();
    points.push({ kind: "station", item: station, x, y, handicap: 1 });
    const text = link ? `${station.name} · ${bitRateText(link.rate_bps)}` : station.name;
    const isLabelled = link || mission.stations.length <= 12;
    if (isLabelled) labels.push({ text, x, y, gap: 8, colour: link ? ink.text : ink.muted, weight: link ? 600 : 400 });
  }
  return labels;
}

/** Writes labels beside their points, each on the first side where it meets no other and no edge; else not at all. */
export function drawLabels({ context, ink, width }, labels) {
  const taken = [];
  context.textBaseline = "middle";
  context.lineJoin = "round";
  for (const { text, x, y, gap, colour, weight } of labels) {
    context.font = `${weight} 11.5px ${ink.font}`;
    const wide = context.measureText(text).width;
    const sides = [
      [x + gap, y],
      [x - gap - wide, y],
      [x - wide / 2, y - gap - 3],
      [x - wide / 2, y + gap + 3],
    ];
    const side = sides.find(([left, middle]) => isFree(taken, left, middle, wide, width));
    if (!side) continue;
    taken.push({ left: side[0], middle: side[1], wide });
    context.lineWidth = 3;
    context.strokeStyle = ink.halo;
    context.strokeText(text, ...side);
    context.fillStyle = colour;
    context.fillText(text, ...side);
  }
}

function isFree(taken, left, middle, wide, width) {
  if (left < 4 || left + wide > width - 4 || middle < 9) return false;
  return taken.every((other) => {
    const isBeside = left > other.left + other.wide + 4 || left + wide < other.left - 4;
    return isBeside || Math.abs(middle - other.middle) > 14;
  });
}
