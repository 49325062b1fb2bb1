// Whether a satellite is in sunlight now: the ground has it from the orbit, since what it last heard may be old.

/** True or false, or null where nobody knows. */
export function isSunlit(mission, satellite, nowNs, isTruth) {
  if (isTruth) return satellite.true.sunlit;
  const eclipses = mission.eclipses[satellite.name];
  if (!eclipses) return satellite.known.sunlit;
  return !eclipses.some(([start, end]) => start <= nowNs && nowNs < end);
}
