/** What is shown, in the server's words; every method gives elements, and functions say what a button does. */
class Views {
  constructor({ language, words }, level) {
    Object.assign(this, { language, words, level });
  }

  say(key, values = {}) {
    return this.words[key].replace(/\{\{ (\w+) \}\}/g, (_, name) => values[name]);
  }

  /** A sentence of which a part is only read aloud. */
  aloud(key, values) {
    const parts = this.say(key, values).split(/<hidden>(.*?)<\/hidden>/);
    return parts.map((part, place) => (place % 2 ? make("span", { class: "aloud" }, part) : part));
  }

  heading(text, deeper = 0) {
    return make(`h${Math.min(6, this.level + deeper)}`, { class: deeper ? "under" : "first", tabindex: deeper ? null : "-1" }, text);
  }

  button(key, click, kind = "plain", values = {}) {
    return make("button", { type: "button", class: kind, click }, this.aloud(key, values));
  }

  /** A form that says beside its field what is wrong. */
  form(send, ...content) {
    const submit = (event) => {
      event.preventDefault();
      send(event.target);
    };
    return make("form", { novalidate: true, submit }, ...content);
  }

  get wrong() {
    return make("p", { class: "wrong", id: "wrong" });
  }

  complain(form, text) {
    form.querySelector(".wrong").replaceChildren(make("span", { class: "aloud" }, this.say("problem"), ": "), text);
    const field = form.querySelector("input");
    if (field.type === "text") field.setAttribute("aria-invalid", "true");
    field.focus();
  }

  partners(names, { add, remove, on, back, before }) {
    const list = names.map((partner) => make("li", {}, partner, " ", this.button("partner-remove", () => remove(partner), "plain", { partner })));
    const field = make("input", { type: "text", id: "partner", autocomplete: "off", "aria-describedby": "told wrong" });
    const form = this.form(
      (form) => add(field.value.trim(), form),
      make("label", { for: "partner" }, this.say("partner-name")),
      this.wrong,
      field,
      make("button", { class: "second" }, this.say("partner-add")),
    );
    return [
      this.heading(this.say("partners-ask")),
      make("p", { class: "quiet", id: "told" }, this.say("partners-help")),
      list.length ? make("ul", { class: "list" }, list) : null,
      form,
      make(
        "p",
        { class: "ways" },
        this.button(back ? "save" : "go-on", () => on(field.value.trim(), form), "main"),
        before && this.button("back", before),
      ),
    ];
  }

  /** A question; `number` is which one it is, nothing where an answer is changed. */
  question(asked, { number, send, leave, back, ways }) {
    const several = asked.type === "several";
    const option = ({ id, text }) => {
      const field = { type: several ? "checkbox" : "radio", name: "answer", value: id, checked: asked.given.includes(id) };
      return make("label", { class: "option" }, make("input", field), make("span", {}, text));
    };
    const place = [number && this.say("place", { number }), asked.section, asked.partner && this.say("about", asked)];
    const told = [asked.help, several && this.say("choose-all")].filter(Boolean).join(" ");
    const form = this.form(
      (form) => {
        const chosen = new FormData(form).getAll("answer");
        if (chosen.length) send(chosen, form);
        else this.complain(form, this.say("choose-missing"));
      },
      make("p", { class: "quiet" }, place.filter(Boolean).join(" · ")),
      make(
        "fieldset",
        { "aria-describedby": "told wrong" },
        make("legend", {}, this.heading(asked.ask)),
        make("p", { class: "quiet", id: "told" }, told),
        this.wrong,
        asked.options.map(option),
      ),
      asked.why && make("details", {}, make("summary", {}, this.say("why-asked")), make("p", {}, asked.why)),
      make(
        "p",
        { class: "ways" },
        make("button", { class: "main" }, this.say(number ? "go-on" : "save")),
        this.button("leave-open", () => leave(form), "second"),
        back && this.button(number ? "back" : "return", back),
      ),
    );
    return [form, make("p", { class: "ways" }, ways)];
  }

  why({ title, reasons, answers }) {
    if (!reasons.length) return null;
    return make(
      "details",
      {},
      make("summary", {}, this.aloud("why", { title })),
      make("ul", {}, reasons.map((reason) => make("li", {}, reason))),
      make("p", {}, this.say(answers.length ? "behind" : "no-answers-behind")),
      make("ul", {}, answers.map(({ ask, said }) => make("li", {}, `${ask} `, make("strong", {}, said)))),
    );
  }

  saying(said, change) {
    return [
      said.about && make("p", { class: "about" }, said.about),
      make("p", { class: "title" }, said.title),
      said.text && make("p", {}, said.text),
      said.then && make("p", { class: "quiet" }, said.then),
      said.question && this.button("answer-it", () => change(said.question), "second", { ask: said.title }),
      this.why(said),
    ];
  }

  /** The advice as it is read first; `note` is the key of what is said of how it stands. */
  answer(page, note, change, ways) {
    const fact = (said) => [make("dt", {}, said.about), make("dd", {}, this.saying({ ...said, about: "" }, change))];
    const section = ({ title, sayings }) => [
      this.heading(title, 1),
      make("ul", { class: "sayings" }, sayings.map((said) => make("li", {}, this.saying(said, change)))),
    ];
    return [
      make("div", { class: "verdict" }, this.heading(page.verdict.title), make("p", {}, page.verdict.text)),
      make("p", { class: "quiet" }, this.say(note)),
      this.why(page.verdict),
      page.facts.length ? make("dl", {}, page.facts.map(fact)) : null,
      page.sections.map(section),
      make("p", { class: "ways" }, ways),
      make("p", { class: "quiet" }, this.say("no-decision")),
    ].flat(2);
  }

  /** All answers, each with the way to change it. */
  answers(page, partners, { change, name, ways }) {
    const row = ({ question, ask, said }) => [make("dt", {}, ask), make("dd", {}, said, " ", this.button("change", () => change(question), "plain", { ask }))];
    return [
      this.heading(this.say("answers")),
      page.answers.length ? null : make("p", {}, this.say("answers-none")),
      make(
        "dl",
        {},
        make("dt", {}, this.say("partners")),
        make("dd", {}, partners.join("; ") || this.say("partners-none"), " ", this.button("partners-change", name)),
        page.answers.map(row),
      ),
      make("p", { class: "ways" }, ways),
    ];
  }

  failed(said, problems, ways) {
    return [
      make(
        "div",
        { class: "failed", role: "alert" },
        this.heading(this.say("problem")),
        make("p", {}, said),
        problems.map((problem) => make("p", {}, problem)),
      ),
      make("p", { class: "ways" }, ways),
    ];
  }
}
