// Macrophages of both kinds against each other, as a trace over time; ticks along the trace tell the time.
const WIDTH = 420, HEIGHT = 320, LEFT = 62, BOTTOM = 46, TOP = 12, RIGHT = 14;

function told(value) {
  return Number(value.toPrecision(3)).toString();
}

function ticks(low, high) {
  const rough = (high - low) / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((one) => one * power).find((one) => one >= rough);
  const found = [];
  for (let one = Math.ceil(low / step) * step; one <= high + step * 1e-6; one += step) found.push(Number(one.toPrecision(6)));
  return found;
}

export default {
  template: `
    <figure class="plane">
      <figcaption>{{ title }}</figcaption>
      <svg v-if="trace" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" :aria-label="title + '. ' + trace.said" data-plane>
        <g v-for="x in xs" :key="'x' + x"><line :x1="px(x)" :x2="px(x)" y1="${TOP}" y2="${HEIGHT - BOTTOM}" class="plane-grid" /><text :x="px(x)" y="${HEIGHT - BOTTOM + 16}" text-anchor="middle">{{ x }}</text></g>
        <g v-for="y in ys" :key="'y' + y"><line x1="${LEFT}" x2="${WIDTH - RIGHT}" :y1="py(y)" :y2="py(y)" class="plane-grid" /><text x="${LEFT - 6}" :y="py(y) + 4" text-anchor="end">{{ y }}</text></g>
        <text x="${(LEFT + WIDTH - RIGHT) / 2}" y="${HEIGHT - 8}" text-anchor="middle">{{ across }} ({{ trace.unit }})</text>
        <text x="14" y="${(TOP + HEIGHT - BOTTOM) / 2}" text-anchor="middle" transform="rotate(-90 14 ${(TOP + HEIGHT - BOTTOM) / 2})">{{ up }} ({{ trace.unit }})</text>
        <polyline v-if="trace.untreated" :points="line(trace.untreated)" class="plane-untreated" />
        <polyline :points="line(trace.treated)" class="plane-treated" />
        <g v-for="mark in marks" :key="mark.i"><circle :cx="px(trace.treated.x[mark.i])" :cy="py(trace.treated.y[mark.i])" r="3.5" class="plane-mark" /><text v-if="mark.text" :x="mark.here[0] + (mark.here[0] > 330 ? -6 : 6)" :y="mark.here[1] - 5" :text-anchor="mark.here[0] > 330 ? 'end' : 'start'">{{ mark.text }}</text></g>
      </svg>
    </figure>`,
  props: { title: String, across: String, up: String },
  data: () => ({ trace: null }),
  computed: {
    ends() {
      const all = (key) => [...this.trace.treated[key], ...(this.trace.untreated ? this.trace.untreated[key] : [])];
      const end = (key) => [Math.min(0, ...all(key)), Math.max(...all(key)) * 1.08 || 1];
      return { x: end("x"), y: end("y") };
    },
    xs() {
      return ticks(...this.ends.x);
    },
    ys() {
      return ticks(...this.ends.y);
    },
    marks() {
      const n = this.trace.t.length, found = [];
      for (let k = 0; k <= 6; k++) {
        const i = Math.round((k * (n - 1)) / 6);
        const here = [this.px(this.trace.treated.x[i]), this.py(this.trace.treated.y[i])];
        const apart = found.every((one) => !one.text || Math.hypot(here[0] - one.here[0], here[1] - one.here[1]) > 40);
        found.push({ i, here, text: apart ? `${Number(this.trace.t[i].toFixed(1))} ${this.trace.time}` : "" });
      }
      return found;
    },
  },
  methods: {
    push(trace) {
      this.trace = Object.freeze(trace);
    },
    px(x) {
      const [low, high] = this.ends.x;
      return LEFT + ((x - low) / (high - low)) * (WIDTH - LEFT - RIGHT);
    },
    py(y) {
      const [low, high] = this.ends.y;
      return HEIGHT - BOTTOM - ((y - low) / (high - low)) * (HEIGHT - BOTTOM - TOP);
    },
    line(trace) {
      return trace.x.map((x, i) => `${this.px(x).toFixed(1)},${this.py(trace.y[i]).toFixed(1)}`).join(" ");
    },
  },
};
