// Day and night: how dark the ground is under a Sun that stands over one place, as an image laid over the map.

const WIDTH = 360;
const HEIGHT = 180;
const DUSK_SIN = Math.sin((0.8 * Math.PI) / 180);
const DARK_SIN = Math.sin((-12 * Math.PI) / 180);
const MOVED_DEG = 0.2;
const RADIANS = Math.PI / 180;

export class Night {
  constructor() {
    this.canvas = document.createElement("canvas");
    this.canvas.width = WIDTH;
    this.canvas.height = HEIGHT;
    this.drawnFor = null;
  }

  /** The image for this Sun { longitude_deg, latitude_deg }: `colour` [r, g, b] with an alpha up to `darkest`. */
  image(sun, colour, darkest) {
    const place = [sun.longitude_deg, sun.latitude_deg].map((degrees) => Math.round(degrees / MOVED_DEG));
    const asked = `${place} ${colour} ${darkest}`;
    if (asked !== this.drawnFor) {
      this.#paint(sun, colour, darkest);
      this.drawnFor = asked;
    }
    return this.canvas;
  }

  #paint(sun, colour, darkest) {
    const context = this.canvas.getContext("2d");
    const image = context.createImageData(WIDTH, HEIGHT);
    const hourCosines = Float64Array.from({ length: WIDTH }, (_, at) =>
      Math.cos((at + 0.5 - 180 - sun.longitude_deg) * RADIANS),
    );
    const sinSun = Math.sin(sun.latitude_deg * RADIANS);
    const cosSun = Math.cos(sun.latitude_deg * RADIANS);
    let at = 0;
    for (let row = 0; row < HEIGHT; row += 1) {
      const latitude = (90 - row - 0.5) * RADIANS;
      const up = Math.sin(latitude) * sinSun;
      const across = Math.cos(latitude) * cosSun;
      for (let column = 0; column < WIDTH; column += 1) {
        const share = (DUSK_SIN - up - across * hourCosines[column]) / (DUSK_SIN - DARK_SIN);
        const dusk = share <= 0 ? 0 : share >= 1 ? 1 : share * share * (3 - 2 * share);
        image.data[at] = colour[0];
        image.data[at + 1] = colour[1];
        image.data[at + 2] = colour[2];
        image.data[at + 3] = dusk * darkest * 255;
        at += 4;
      }
    }
    context.putImageData(image, 0, 0);
  }
}
