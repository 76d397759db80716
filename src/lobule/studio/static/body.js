// A body with its organs, each as dark as its share of the dose; a slider moves through the hours after the dose.
const PLACES = {
  lung: "M152 92 q-30 4 -34 58 q14 9 32 2 z M168 92 q30 4 34 58 q-14 9 -32 2 z",
  liver: "M118 168 q38 -14 76 4 q-4 20 -32 28 q-36 8 -47 -6 z",
  spleen: "M196 176 q15 6 8 26 q-15 2 -16 -12 z",
  kidney: "M136 216 q-12 14 2 30 q10 -6 8 -26 z M184 216 q12 14 -2 30 q-10 -6 -8 -26 z",
};
const OUTLINE = "M140 62 h40 q2 12 22 15 q34 5 38 42 l12 118 q1 12 -7 13 q-8 0 -9 -10 l-16 -100 l-2 0 l2 104 q1 40 -6 78 l-6 74 h-34 l-12 -118 h-4 l-12 118 h-34 l-6 -74 q-7 -38 -6 -78 l2 -104 l-2 0 l-16 100 q-1 10 -9 10 q-8 -1 -7 -13 l12 -118 q4 -37 38 -42 q20 -3 22 -15 z";

function hours(value) {
  if (value < 1 / 60) return `after ${Math.round(value * 3600)} s`;
  if (value < 1) return `after ${Math.round(value * 60)} min`;
  return value < 72 ? `after ${value} h` : `after ${value / 24} d`;
}

function percent(value) {
  return value < 0.001 ? "< 0.1 %" : `${(100 * value).toPrecision(value < 0.1 ? 2 : 3).replace(/\.0+$/, "")} %`;
}

export default {
  template: `
    <figure class="body" data-body>
      <figcaption>{{ told ? told : "Where the dose is" }}</figcaption>
      <p v-if="wrong" class="studio-note">{{ wrong }}</p>
      <div v-if="map" class="body-beside">
        <svg viewBox="0 0 320 400" role="img" :aria-label="said">
          <circle cx="160" cy="36" r="27" class="body-outline" /><path d="${OUTLINE}" class="body-outline" />
          <g v-for="(place, organ) in places" :key="organ"><path :d="place" class="body-organ" :fill-opacity="dark(organ)" /></g>
          <path d="M160 66 v150" class="body-vessel" :stroke-opacity="0.15 + 0.85 * dark('plasma')" />
        </svg>
        <table class="body-table"><caption class="studio-note">Share of the dose {{ when }}</caption>
          <tbody><tr v-for="(shares, organ) in map.organs" :key="organ"><th scope="row">{{ organ }}</th><td>{{ share(shares) }}</td><td aria-hidden="true" class="body-bar"><span :style="{ width: 100 * shares[at] + '%' }"></span></td></tr></tbody>
        </table>
      </div>
      <label v-if="map" class="body-time">{{ when }}<input type="range" min="0" :max="map.hours.length - 1" step="1" v-model.number="at" :aria-valuetext="when" aria-label="Time after the dose" /></label>
    </figure>`,
  data: () => ({ map: null, wrong: "", at: 5 }),
  computed: {
    places: () => PLACES,
    when() {
      return hours(this.map.hours[this.at]);
    },
    told() {
      return this.map ? `Where ${this.map.what} are after one dose: ${this.map.product}` : "";
    },
    said() {
      const all = Object.entries(this.map.organs).map(([organ, shares]) => `${organ} ${percent(shares[this.at])}`);
      return `${this.told}, ${this.when}: ${all.join(", ")}`;
    },
  },
  methods: {
    push(map, wrong) {
      this.wrong = wrong;
      this.map = map ? Object.freeze(map) : null;
      if (map) this.at = Math.min(this.at, map.hours.length - 1);
    },
    dark(organ) {
      const shares = this.map.organs[organ];
      return shares ? Math.min(1, 0.04 + 0.96 * Math.sqrt(Math.max(0, shares[this.at]))) : 0;
    },
    share(shares) {
      return percent(shares[this.at]);
    },
  },
};
