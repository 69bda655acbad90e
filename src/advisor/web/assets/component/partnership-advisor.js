/** <partnership-advisor>: takes steps, each of which gives what is shown, and tells the page around it (docs/web-component.md). */
class PartnershipAdvisor extends HTMLElement {
  static observedAttributes = ["server", "language", "heading-level"];

  #root = this.attachShadow({ mode: "open" });
  #status = make("p", { role: "status", class: "aloud" });
  #body = make("section", {}, make("slot"));
  #views = null;
  #token = "";
  #interview = new Interview();
  #step = () => this.#next();
  #failure = null;
  #connected = false;
  #turn = 0; // what an earlier turn still waits for is not shown any more

  constructor() {
    super();
    this.#root.adoptedStyleSheets = [sheet];
    this.#root.append(this.#status, this.#body);
  }

  connectedCallback() {
    this.#connected = true;
    for (const name of ["token", "case"]) {
      if (!Object.hasOwn(this, name)) continue;
      const given = this[name]; // set before this script was there
      delete this[name];
      this[name] = given;
    }
    this.start();
  }

  disconnectedCallback() {
    this.#connected = false;
    this.#turn += 1;
  }

  attributeChangedCallback() {
    if (this.#connected) this.start();
  }

  /** The token that the server asks for; a new one tries again what failed. */
  set token(token) {
    this.#token = String(token ?? "");
    if (this.#failure) this.#go(this.#step);
  }

  /** The case so far, as a case file has it; another one is gone on with. */
  get case() {
    return structuredClone(this.#interview.case);
  }

  set case(given) {
    this.#interview = new Interview(given);
    this.#step = () => this.#next();
    if (this.#views) this.#go(this.#step);
  }

  /** Get the words, and go on where one was. Without words the page's own are shown, which stand in the element. */
  async start() {
    const turn = ++this.#turn;
    let found;
    try {
      found = await this.#connection.words();
    } catch ({ status }) {
      if (turn !== this.#turn) return;
      this.#body.replaceChildren(make("slot"));
      this.#tell("error", { code: "unreachable", status: status ?? 0, message: "" });
      return;
    }
    if (turn !== this.#turn) return;
    this.#views = new Views(found, Number.parseInt(this.getAttribute("heading-level"), 10) || 2);
    this.#status.lang = this.#body.lang = found.language;
    this.#body.setAttribute("aria-label", this.#views.say("title"));
    this.#tell("ready", { language: found.language });
    const wanted = this.getAttribute("language");
    if (wanted && wanted.split("-")[0] !== found.language.split("-")[0]) {
      this.#tell("error", { code: "other-language", status: 0, message: this.#views.say("other-language") });
    }
    await this.#go(this.#step, { move: false });
  }

  get #connection() {
    return new Connection((this.getAttribute("server") || OWN || "").replace(/\/+$/, ""), this.#token);
  }

  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(`advisor-${name}`, { detail, bubbles: true, composed: true }));
  }

  // Steps

  /** Take a step, and show what it gives, or what went wrong. The focus moves to its heading unless it is the first. */
  async #go(step, { move = true, said = "", into = "[tabindex]" } = {}) {
    const turn = ++this.#turn;
    this.#step = step;
    this.#wait("working");
    let shown;
    this.#failure = null;
    try {
      shown = await step();
    } catch (failure) {
      if (turn !== this.#turn) return;
      shown = this.#failed(failure);
    }
    if (turn !== this.#turn) return;
    this.#body.removeAttribute("aria-busy");
    this.#status.textContent = said;
    this.#body.replaceChildren(...shown.filter(Boolean));
    if (move) this.#body.querySelector(into)?.focus();
  }

  #wait(key) {
    this.#body.setAttribute("aria-busy", "true");
    this.#status.textContent = this.#views.say(key);
  }

  /** Ask while a form stays as it is; what is wrong is said beside its field. Nothing where it failed. */
  async #try(form, path, question) {
    if (this.#body.hasAttribute("aria-busy")) return null;
    const turn = this.#turn;
    this.#wait("saving");
    try {
      return await this.#connection.ask(path, question);
    } catch (failure) {
      const [problem] = this.#report(failure).problems;
      this.#views.complain(form, problem ? (this.#views.words[`problem-${problem.code}`] ?? problem.text) : this.#said(failure));
      return null;
    } finally {
      if (turn === this.#turn) {
        this.#body.removeAttribute("aria-busy");
        this.#status.textContent = "";
      }
    }
  }

  #said(failure) {
    return failure.message || this.#views.say(failure.code, { origin: location.origin });
  }

  #report(failure) {
    if (!(failure instanceof Failure)) throw failure;
    this.#tell("error", { code: failure.code, status: failure.status, message: this.#said(failure) });
    return failure;
  }

  #failed(failure) {
    this.#failure = this.#report(failure);
    const again = this.#views.button("try-again", () => this.#go(this.#step), "main");
    const change = failure.problems.length ? this.#views.button("partners-change", () => this.#go(() => this.#partners())) : null;
    return this.#views.failed(this.#said(failure), failure.problems.map(({ text }) => text), [again, change]);
  }

  /** Who may take part; `back` is the step to return to, nothing on the way from question to question. */
  #partners(back = null) {
    const [views, interview] = [this.#views, this.#interview];
    const again = (said) => this.#go(() => this.#partners(back), { said, into: "input" });
    const add = (partner, form) => {
      const wrong = partner ? interview.has(partner) && "partner-twice" : "partner-missing";
      if (wrong) views.complain(form, views.say(wrong, { partner }));
      else interview.add(partner);
      return !wrong;
    };
    return views.partners(
      interview.case.partners.map(({ name }) => name),
      {
        back,
        before: back ? null : this.#back,
        add: (partner, form) => add(partner, form) && again(views.say("partner-added", { partner })),
        remove: (partner) => {
          interview.remove(partner);
          again(views.say("partner-removed", { partner }));
        },
        on: (partner, form) => {
          if (partner && !add(partner, form)) return;
          interview.named = true;
          this.#go(back ?? (() => this.#next()));
        },
      },
    );
  }

  /** What the server asks next; the advice as soon as the main answer stands, and where nothing is left to ask. */
  async #next(told = null) {
    const interview = this.#interview;
    this.#wait("looking");
    const asked = told ?? (await this.#connection.ask("next-step", interview.asked));
    const { step, question, partner, main_answer_stands: stands } = asked;
    const news = stands && !interview.stood;
    if (step !== "nothing" && !news) {
      interview.stood = stands;
      return this.#put(step === "partners" ? PARTNERS : partner === null ? question : `${question}@${partner}`);
    }
    const page = await this.#firstPage();
    interview.stood = stands;
    if (news) this.#tell("settled", this.#detail(page));
    return this.#advice(page, step === "nothing" ? "enough" : "stands");
  }

  async #put(name) {
    const interview = this.#interview;
    if (name === PARTNERS) {
      interview.put(name);
      this.#step = () => this.#put(name);
      return this.#partners();
    }
    const asked = await this.#connection.ask("question", { case: interview.case, question: name });
    interview.put(name);
    this.#tell("question", { question: asked.question, partner: asked.partner });
    this.#step = () => this.#put(name);
    const take = (options, form) => this.#take(asked, options, form);
    return this.#views.question(asked, { number: interview.been.length, ...this.#taking(take, this.#back), ways: [this.#toAdvice, this.#toAnswers] });
  }

  /** A way to what was put before this; nothing where this is the first. */
  get #back() {
    const { been } = this.#interview;
    if (been.length < 2) return null;
    return () => {
      been.pop();
      this.#go(() => this.#put(been.at(-1)));
    };
  }

  /** An answer to be changed; from there back to the answers. */
  async #change(name) {
    const asked = await this.#connection.ask("question", { case: this.#interview.case, question: name });
    const back = () => this.#go(() => this.#answers());
    const take = (options, form) => this.#take(asked, options, form, back);
    return this.#views.question(asked, { number: 0, ...this.#taking(take, back), ways: [] });
  }

  #taking(take, back) {
    return { send: take, leave: (form) => take([], form), back };
  }

  /** Keep an answer that the server takes, and go on; an answer that it does not take is not kept. */
  async #take(asked, options, form, on = null) {
    const [turn, after] = [this.#turn, this.#interview.with(asked, options)];
    const told = await this.#try(form, "next-step", after.asked);
    if (!told) return;
    this.#interview = after;
    this.#tell("answer", { question: asked.question, partner: asked.partner, answer: options, case: this.case });
    if (turn !== this.#turn) return; // something else is looked at by now
    if (on) on();
    else this.#go(() => this.#next(told));
  }

  async #answer() {
    return this.#advice(await this.#firstPage(), this.#interview.stood ? "stands" : "open");
  }

  #advice(page, note) {
    this.#tell("advice", this.#detail(page));
    const on = this.#views.button("questions", () => this.#go(() => this.#next()), "main");
    const change = (name) => this.#go(() => this.#change(name));
    return this.#views.answer(page, note, change, [note === "enough" ? null : on, this.#toAnswers]);
  }

  async #answers() {
    const page = await this.#firstPage();
    const on = this.#views.button("questions", () => this.#go(() => this.#next()), "main");
    return this.#views.answers(
      page,
      this.#interview.case.partners.map(({ name }) => name),
      {
        change: (name) => this.#go(() => this.#change(name)),
        name: () => this.#go(() => this.#partners(() => this.#answers())),
        ways: [on, this.#toAdvice],
      },
    );
  }

  #firstPage() {
    return this.#connection.ask("first-page", { case: this.#interview.case });
  }

  get #toAdvice() {
    return this.#views.button("see-advice", () => this.#go(() => this.#answer()));
  }

  get #toAnswers() {
    return this.#views.button("answers", () => this.#go(() => this.#answers()));
  }

  #detail({ proceed, dimension, structures, instruments, open, verdict }) {
    return { proceed, dimension, structures, instruments, open, verdict: verdict.title, case: this.case };
  }
}

customElements.define("partnership-advisor", PartnershipAdvisor);
