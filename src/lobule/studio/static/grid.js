// A table: rows of text, numbers to the right; a cell may be a bar beside its text.
export default {
  template: `
    <div class="studio-table" tabindex="0" role="region" :aria-label="told">
      <table v-if="rows.length"><caption>{{ told }}</caption>
        <thead><tr><th v-for="(one, k) in head" :key="k" scope="col" :class="{ number: numbers.includes(k) }">{{ one }}</th></tr></thead>
        <tbody><tr v-for="(row, i) in rows" :key="i"><component :is="k ? 'td' : 'th'" v-for="(cell, k) in row" :key="k" :scope="k ? null : 'row'" :class="{ number: numbers.includes(k), 'studio-no': cell === 'no' }">
          <a v-if="typeof cell === 'object' && cell.link && cell.bar === undefined" :href="cell.link">{{ cell.text }}</a>
          <span v-else-if="typeof cell === 'object'" class="studio-bar-cell"><a v-if="cell.link" :href="cell.link">{{ cell.text }}</a><span v-else>{{ cell.text }}</span><span class="studio-bar-room" aria-hidden="true"><span :class="{ less: cell.bar < 0 }" :style="{ width: Math.min(100, Math.abs(cell.bar)) + '%' }"></span></span></span>
          <template v-else>{{ cell }}</template>
        </component></tr></tbody>
      </table>
    </div>`,
  data: () => ({ told: "", head: [], rows: [], numbers: [] }),
  methods: {
    push(table) {
      this.told = table.told;
      this.head = table.head;
      this.numbers = table.numbers || [];
      this.rows = Object.freeze(table.rows);
    },
  },
};
