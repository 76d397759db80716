// A file is dropped or chosen; it is sent as it is, and what the server says of it stands below.
export default {
  template: `
    <div class="drop" :class="{ over }" @dragover.prevent="over = true" @dragleave="over = false" @drop.prevent="dropped">
      <label :for="name" class="drop-label">{{ label }}</label>
      <input :id="name" type="file" :accept="accept" @change="chosen" :aria-describedby="name + '-told'" :aria-invalid="wrong">
      <p :id="name + '-told'" class="drop-told" :class="{ 'studio-wrong': wrong }" :role="wrong ? 'alert' : 'status'">{{ busy ? "Reading ..." : said || hint }}</p>
    </div>`,
  props: { label: String, hint: String, accept: String, url: String, most: Number, said: String, wrong: Boolean },
  data() {
    return { over: false, busy: false };
  },
  computed: {
    name() {
      return "drop-" + this.url.split("/").pop();
    },
  },
  methods: {
    dropped(event) {
      this.over = false;
      this.send(event.dataTransfer.files[0]);
    },
    chosen(event) {
      this.send(event.target.files[0]);
      event.target.value = "";
    },
    async send(file) {
      if (!file) return;
      if (file.size > this.most) {
        this.$emit("refused", { name: file.name, size: file.size });
        return;
      }
      this.busy = true;
      try {
        const answer = await fetch(this.url, { method: "POST", body: file, headers: { "x-file-name": encodeURIComponent(file.name) } });
        if (!answer.ok) this.$emit("refused", { name: file.name, size: file.size });
      } catch {
        this.$emit("refused", { name: file.name, size: file.size });
      }
      this.busy = false;
    },
  },
};
