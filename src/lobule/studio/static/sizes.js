// Power by number of patients: a point with its interval for each size, and a line at the power that is wanted.
const WIDTH = 520, HEIGHT = 260, LEFT = 52, BOTTOM = 44, TOP = 12, RIGHT = 16;

export default {
  template: `
    <figure class="plane">
      <figcaption>Power by number of patients</figcaption>
      <svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" :aria-label="said">
        <g v-for="y in [0, 0.2, 0.4, 0.6, 0.8, 1]" :key="'y' + y"><line x1="${LEFT}" x2="${WIDTH - RIGHT}" :y1="py(y)" :y2="py(y)" class="plane-grid" /><text x="${LEFT - 6}" :y="py(y) + 4" text-anchor="end">{{ Math.round(100 * y) }} %</text></g>
        <text v-for="x in told" :key="'x' + x" :x="px(x)" y="${HEIGHT - BOTTOM + 16}" text-anchor="middle">{{ x.toLocaleString("en") }}</text>
        <text x="${(LEFT + WIDTH - RIGHT) / 2}" y="${HEIGHT - 6}" text-anchor="middle">patients</text>
        <line v-if="wanted" x1="${LEFT}" x2="${WIDTH - RIGHT}" :y1="py(wanted)" :y2="py(wanted)" class="plane-untreated" />
        <polyline :points="line" class="plane-treated" />
        <g v-for="one in points" :key="one[0]"><line :x1="px(one[0])" :x2="px(one[0])" :y1="py(one[2])" :y2="py(one[3])" class="sizes-interval" /><circle :cx="px(one[0])" :cy="py(one[1])" r="4" class="plane-mark" /></g>
      </svg>
    </figure>`,
  props: { points: Array, wanted: Number, said: String },
  computed: {
    most() {
      return 1.06 * Math.max(...this.points.map((one) => one[0]));
    },
    told() {
      const found = [];
      for (const one of [...this.points].reverse()) {
        if (found.every((other) => Math.abs(this.px(one[0]) - this.px(other)) > 44)) found.push(one[0]);
      }
      return found;
    },
    line() {
      return this.points.map((one) => `${this.px(one[0]).toFixed(1)},${this.py(one[1]).toFixed(1)}`).join(" ");
    },
  },
  methods: {
    px(x) {
      return LEFT + (x / this.most) * (WIDTH - LEFT - RIGHT);
    },
    py(y) {
      return HEIGHT - BOTTOM - y * (HEIGHT - BOTTOM - TOP);
    },
  },
};
