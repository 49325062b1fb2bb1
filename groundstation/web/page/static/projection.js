// The map's equirectangular projection: degrees to pixels, and lines that cross the antimeridian.

const MOST_STRETCH = 1.15;

export class Projection {
  /** The whole Earth in the middle of width × height pixels, filling them where that stretches it but a little. */
  constructor(width, height) {
    this.across = Math.min(width / 360, (MOST_STRETCH * height) / 180);
    this.down = Math.min(height / 180, (MOST_STRETCH * width) / 360);
    this.left = (width - 360 * this.across) / 2;
    this.top = (height - 180 * this.down) / 2;
    this.width = 360 * this.across;
    this.height = 180 * this.down;
  }

  x(longitudeDeg) {
    return this.left + (longitudeDeg + 180) * this.across;
  }

  y(latitudeDeg) {
    return this.top + (90 - latitudeDeg) * this.down;
  }

  /** Adds a line through the points [[longitude, latitude], …] to the context's path, cut at the antimeridian. */
  trace(context, points) {
    let before = null;
    for (const [longitude, latitude] of points) {
      if (before === null) {
        context.moveTo(this.x(longitude), this.y(latitude));
      } else if (Math.abs(longitude - before[0]) <= 180) {
        context.lineTo(this.x(longitude), this.y(latitude));
      } else {
        this.#cross(context, before, [longitude, latitude]);
      }
      before = [longitude, latitude];
    }
  }

  #cross(context, from, to) {
    const edge = from[0] > 0 ? 180 : -180;
    const unwrapped = to[0] + 2 * edge;
    const share = unwrapped === from[0] ? 0 : (edge - from[0]) / (unwrapped - from[0]);
    const latitude = from[1] + (to[1] - from[1]) * share;
    context.lineTo(this.x(edge), this.y(latitude));
    context.moveTo(this.x(-edge), this.y(latitude));
    context.lineTo(this.x(to[0]), this.y(to[1]));
  }
}

/** The points of a track { step_ns, longitude_deg, latitude_deg } from one instant to another, ends interpolated. */
export function stretch(track, fromNs, toNs) {
  const last = track.longitude_deg.length - 1;
  const first = Math.max(0, fromNs / track.step_ns);
  const end = Math.min(last, toNs / track.step_ns);
  if (last < 1 || end <= first) return [];
  const points = [pointAt(track, first)];
  for (let at = Math.floor(first) + 1; at < end; at += 1) {
    points.push([track.longitude_deg[at], track.latitude_deg[at]]);
  }
  points.push(pointAt(track, end));
  return points;
}

function pointAt(track, position) {
  const at = Math.min(Math.floor(position), track.longitude_deg.length - 2);
  const share = position - at;
  const from = track.longitude_deg[at];
  let step = track.longitude_deg[at + 1] - from;
  if (step > 180) step -= 360;
  if (step < -180) step += 360;
  const longitude = ((from + step * share + 540) % 360) - 180;
  return [longitude, track.latitude_deg[at] + (track.latitude_deg[at + 1] - track.latitude_deg[at]) * share];
}
