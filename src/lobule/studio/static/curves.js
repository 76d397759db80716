// A grid of panels of curves. The server pushes columns of numbers; everything drawn is drawn here, by uPlot.
const SERIES = [
  ["untreated_low", "untreated, lowest (5 %)"], ["untreated_high", "untreated, highest (95 %)"],
  ["low", "lowest (5 %)"], ["high", "highest (95 %)"], ["untreated", "untreated"], ["counted", "as counted"], ["treated", "treated"],
];

function colour(name) {
  return getComputedStyle(document.body).getPropertyValue(name).trim();
}

function told(value) {
  return value === null || value === undefined ? "" : Number(value.toPrecision(4)).toString();
}

const COLOURS = ["--treated", "--second", "--third", "--fourth"];

// Name, values and look of every curve of a panel: of one run, or one of each of several runs.
function curves(panel) {
  if (panel.several) return panel.several.map(([name, values], k) => ({ key: name, name, values, stroke: COLOURS[k % 4], dash: k > 1 ? [8, 3] : undefined }));
  return SERIES.map(([key, name]) => ({ key, name: key === "treated" && !panel.treats ? "untreated course" : name, values: panel[key] }));
}

function options(panel, width, height) {
  const line = (name, more) => ({ stroke: colour(name), points: { show: false }, spanGaps: true, ...more });
  const axis = { stroke: colour("--text"), grid: { stroke: colour("--grid"), width: 1 }, ticks: { stroke: colour("--grid") }, font: "11px system-ui, sans-serif" };
  const none = { stroke: "transparent", points: { show: false } };
  return {
    width, height, pxAlign: 0,
    scales: { x: { time: false, range: (u, low, high) => [panel.begins ? Math.min(panel.begins, low) : low, high] }, y: { range: () => panel.span } },
    legend: { show: false },
    cursor: { points: { size: 6 }, drag: { x: false, y: false } },
    bands: panel.several ? [] : [{ series: [2, 1], fill: colour("--band-untreated") }, { series: [4, 3], fill: colour("--band") }],
    axes: [{ ...axis, size: 34, label: panel.time, labelSize: 14, labelGap: 0, labelFont: "11px system-ui, sans-serif" }, { ...axis, size: 52 }],
    series: panel.several ? [{}, ...curves(panel).map((one) => line(one.stroke, { width: 2, dash: one.dash }))] : [{}, none, none, none, none, line("--untreated", { dash: [6, 4], width: 1.5 }), line("--treated", { dash: [2, 3], width: 1.2 }), line("--treated", { width: 2 })],
  };
}

// What setting other numbers does not change: such a chart is made anew.
function kind(panel) {
  return JSON.stringify([panel.time, panel.several ? panel.several.map((one) => one[0]) : null]);
}

export default {
  template: `
    <div class="curves">
      <section v-for="group in groups" :key="group.title" class="curves-group">
        <h2 v-if="group.title">{{ group.title }}</h2>
        <div class="curves-grid">
          <figure v-for="panel in group.panels" :key="panel.name" class="curves-panel" :data-panel="panel.name">
            <figcaption><a v-if="panel.link" :href="panel.link" :title="panel.title + ': its equation and what it rests on'">{{ panel.title }}</a><template v-else>{{ panel.title }}</template><span v-if="panel.unit" class="curves-unit">{{ panel.unit }}</span></figcaption>
            <div v-show="!tables" role="img" :aria-label="panel.said" :ref="'plot-' + panel.name" class="curves-plot"></div>
            <div v-if="panel.several" class="curves-key"><span v-for="(one, k) in panel.several" :key="one[0]" :class="'key-' + k">{{ one[0] }}</span></div>
            <div v-if="!tables" class="curves-values" aria-hidden="true">{{ values[panel.name] || "" }}</div>
            <div v-if="tables" class="curves-table" tabindex="0" role="region" :aria-label="'Table: ' + panel.title">
              <table><caption>{{ panel.said }}</caption>
                <thead><tr><th scope="col">{{ panel.time }}</th><th v-for="one in named(panel)" :key="one.key" scope="col">{{ one.name }}</th></tr></thead>
                <tbody><tr v-for="i in rows(panel)" :key="i"><th scope="row">{{ number(panel.x[i]) }}</th><td v-for="one in named(panel)" :key="one.key">{{ number(one.values[i]) }}</td></tr></tbody>
              </table>
            </div>
          </figure>
        </div>
      </section>
    </div>`,
  props: { tables: Boolean },
  data: () => ({ groups: [], values: {} }),
  created() {
    this.charts = {};
  },
  mounted() {
    this.watcher = new MutationObserver(() => this.anew());
    this.watcher.observe(document.body, { attributes: true, attributeFilter: ["class"] });
    this.sizes = new ResizeObserver(() => this.fit());
    this.sizes.observe(this.$el);
  },
  beforeUnmount() {
    this.watcher.disconnect();
    this.sizes.disconnect();
    for (const name in this.charts) this.charts[name].destroy();
  },
  watch: {
    tables() {
      this.$nextTick(() => this.fit());
    },
  },
  methods: {
    push(groups) {
      this.groups = groups.map((group) => Object.freeze({ title: group.title, panels: group.panels.map(Object.freeze) }));
      this.$nextTick(() => this.draw());
    },
    named(panel) {
      return curves(panel).filter((one) => one.values);
    },
    number: told,
    rows(panel) {
      const every = Math.max(1, Math.ceil(panel.x.length / 60));
      return panel.x.map((_, i) => i).filter((i) => i % every === 0 || i === panel.x.length - 1);
    },
    panels() {
      return this.groups.flatMap((group) => group.panels);
    },
    place(panel) {
      const found = this.$refs["plot-" + panel.name];
      return Array.isArray(found) ? found[0] : found;
    },
    draw() {
      const here = new Set();
      for (const panel of this.panels()) {
        here.add(panel.name);
        const columns = [panel.x, ...curves(panel).map((one) => one.values || panel.x.map(() => null))];
        const chart = this.charts[panel.name];
        const place = this.place(panel);
        if (!place || !place.clientWidth) continue;
        if (chart && chart.root.parentNode === place && chart.kind === kind(panel)) {
          chart.panel = panel;
          Object.assign(chart.shown, panel);
          chart.setData(columns);
        } else {
          if (chart) chart.destroy();
          this.make(panel, place, columns);
        }
      }
      for (const name of Object.keys(this.charts)) {
        if (!here.has(name)) {
          this.charts[name].destroy();
          delete this.charts[name];
        }
      }
      this.$el.setAttribute("data-drawn", String((Number(this.$el.getAttribute("data-drawn")) || 0) + 1));
    },
    make(panel, place, columns) {
      const shown = { ...panel };
      const made = new uPlot({
        ...options(shown, place.clientWidth, 170),
        hooks: { drawClear: [(u) => this.behind(u, shown)], draw: [(u) => this.before(u, shown)], setCursor: [(u) => this.point(u, shown)] },
      }, columns, place);
      made.shown = shown;
      made.kind = kind(panel);
      this.charts[panel.name] = made;
    },
    behind(u, panel) {
      const { left, top, width, height } = u.bbox;
      const context = u.ctx;
      context.save();
      context.beginPath();
      context.rect(left, top, width, height);
      context.clip();
      if (panel.normal) {
        const [low, high] = panel.normal.map((one, i) => (one === null ? panel.span[i] : one));
        const y = u.valToPos(high, "y", true);
        context.fillStyle = colour("--normal");
        context.fillRect(left, y, width, u.valToPos(low, "y", true) - y);
      }
      context.strokeStyle = colour("--dose");
      context.setLineDash([2, 3]);
      for (const day of panel.doses || []) {
        const x = Math.round(u.valToPos(day, "x", true));
        context.beginPath();
        context.moveTo(x, top);
        context.lineTo(x, top + height);
        context.stroke();
      }
      context.restore();
    },
    // What was measured before and on day 0, and the course that leads there.
    before(u, panel) {
      if (!panel.measured || (!panel.measured.length && !panel.past[0].length)) return;
      const context = u.ctx;
      const ratio = u.pxRatio || window.devicePixelRatio || 1;
      const at = (x, y) => [u.valToPos(x, "x", true), u.valToPos(y, "y", true)];
      context.save();
      context.beginPath();
      context.rect(u.bbox.left - 6 * ratio, u.bbox.top, u.bbox.width + 6 * ratio, u.bbox.height);
      context.clip();
      context.strokeStyle = context.fillStyle = colour("--text");
      context.lineWidth = ratio;
      context.beginPath();
      panel.past[0].forEach((x, k) => context[k ? "lineTo" : "moveTo"](...at(x, panel.past[1][k])));
      context.stroke();
      for (const [time, value, limit] of panel.measured) {
        const [x, y] = at(time, value);
        context.beginPath();
        context.arc(x, y, 3.5 * ratio, 0, 2 * Math.PI);
        if (limit) {
          context.moveTo(x, y - limit * 3.5 * ratio);
          context.lineTo(x, y - limit * 11 * ratio);
          context.stroke();
        } else context.fill();
      }
      context.restore();
    },
    point(u, panel) {
      const i = u.cursor.idx;
      if (i === null || i === undefined || u.cursor.left < 0) {
        this.values[panel.name] = "";
        return;
      }
      const all = this.named(panel).filter((one) => !/(low|high)$/.test(one.key)).map((one) => `${one.name} ${told(one.values[i])}${this.ends(panel, one.key, i)}`);
      this.values[panel.name] = `${told(panel.x[i])} ${panel.time}: ${all.reverse().join(", ")}`;
    },
    // The band of a curve at a time, in words.
    ends(panel, key, i) {
      const [low, high] = { treated: [panel.low, panel.high], untreated: [panel.untreated_low, panel.untreated_high] }[key] || [];
      return low && high ? ` (${told(low[i])} to ${told(high[i])})` : "";
    },
    fit() {
      for (const panel of this.panels()) {
        const chart = this.charts[panel.name];
        const place = this.place(panel);
        if (!place || !place.clientWidth) continue;
        if (chart) chart.setSize({ width: place.clientWidth, height: 170 });
        else this.draw();
      }
    },
    anew() {
      for (const name in this.charts) this.charts[name].destroy();
      this.charts = {};
      this.draw();
    },
  },
};
