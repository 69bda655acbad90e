const PARTNERS = ""; // what stands for being asked who the partners are, where questions stand by their names

/** The answers so far, what was put, the newest last, the questions that were left open, and whether partners were asked for. */
class Interview {
  constructor(given = {}, { been = [], open = [], stood = false, named = false } = {}) {
    const file = { name: "", answers: {}, partners: [], ...given };
    Object.assign(this, { case: structuredClone(file), been: [...been], open: [...open], stood, named });
  }

  /** What the server is asked: what comes next. */
  get asked() {
    return { case: this.case, skip: this.open, named: this.named, after: this.been.findLast((each) => each !== PARTNERS) ?? null };
  }

  /** The same with an answer; without options the question is left open. */
  with(asked, options) {
    const after = new Interview(this.case, this);
    const owner = asked.partner === null ? after.case : after.case.partners.find((each) => each.name === asked.partner);
    owner.answers ??= {};
    after.open = after.open.filter((each) => each !== asked.name);
    delete owner.answers[asked.question];
    if (!options.length) after.open.push(asked.name);
    else owner.answers[asked.question] = asked.type === "several" ? options : options[0];
    return after;
  }

  put(name) {
    this.been = [...this.been.filter((each) => each !== name), name];
  }

  has(partner) {
    return this.case.partners.some((each) => each.name.toLowerCase() === partner.toLowerCase());
  }

  add(partner) {
    this.case.partners.push({ name: partner, answers: {} });
  }

  remove(partner) {
    const rest = (names) => names.filter((each) => !each.includes("@") || each.slice(each.indexOf("@") + 1) !== partner);
    this.case.partners = this.case.partners.filter((each) => each.name !== partner);
    Object.assign(this, { been: rest(this.been), open: rest(this.open) });
  }
}
