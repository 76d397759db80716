// A line of text in which names are links.
export default {
  template: `<component :is="tag" class="linked"><template v-for="(one, i) in pieces" :key="i"><a v-if="one[1]" :href="one[1]">{{ one[0] }}</a><template v-else>{{ one[0] }}</template></template></component>`,
  props: { pieces: Array, tag: String },
};
