// A table as a table: header cells, a caption, numbers at the right; the first cell of a row can be a button, and a
// cell can have pieces that are links.
const NUMBER = /^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$/;

function told(cell) {
  if (!NUMBER.test(cell)) return cell;
  const value = Number(cell), size = Math.abs(value);
  if (value === 0) return "0";
  if (size >= 1e6 || size < 1e-3) return value.toExponential(3).replace(/\.?0+e/, "e").replace("e+", "e");
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(4)));
}

export default {
  template: `
    <div class="studio-table grid" tabindex="0" role="region" :aria-label="caption">
      <table>
        <caption>{{ caption }}</caption>
        <thead><tr><th v-for="(name, j) in header" :key="j" scope="col" :class="{ number: numeric[j] }">{{ name }}</th></tr></thead>
        <tbody>
          <tr v-for="(row, i) in rows" :key="i">
            <template v-for="(cell, j) in row" :key="j">
              <th v-if="j === 0" scope="row"><a v-if="links" :href="links[i]">{{ cell }}</a><button v-else-if="pick" type="button" class="grid-pick" @click="$emit('picked', i)">{{ cell }}</button><template v-else><template v-for="(one, k) in pieces(cell)" :key="k"><a v-if="one[1]" :href="one[1]">{{ one[0] }}</a><template v-else>{{ one[0] }}</template></template></template></th>
              <td v-else :class="{ number: numeric[j] }"><template v-for="(one, k) in pieces(cell)" :key="k"><a v-if="one[1]" :href="one[1]">{{ one[0] }}</a><template v-else>{{ one[0] }}</template></template></td>
            </template>
          </tr>
        </tbody>
      </table>
      <p v-if="more" class="studio-note">{{ more }} more rows are in the file.</p>
    </div>`,
  props: { caption: String, header: Array, rows: Array, more: Number, pick: Boolean, links: Array },
  computed: {
    numeric() {
      return (this.header || []).map((_, j) => {
        const cells = this.rows.map((row) => row[j]).filter((cell) => cell);
        return cells.length > 0 && cells.every((cell) => typeof cell === "string" && NUMBER.test(cell));
      });
    },
  },
  methods: {
    pieces(cell) {
      return Array.isArray(cell) ? cell : [[told(cell), ""]];
    },
  },
};
