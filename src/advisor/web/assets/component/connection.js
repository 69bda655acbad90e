/** What went wrong: its code, what the server says of it, the status (0: no answer), and the problems of the case. */
class Failure extends Error {
  constructor(code, said = "", status = 0, problems = []) {
    super(said);
    Object.assign(this, { code, status, problems });
  }
}

/** A server, asked with a token or without. No cookie goes with it. */
class Connection {
  constructor(server, token) {
    Object.assign(this, { server, token });
  }

  async words() {
    const answer = await this.#fetch("words");
    if (!answer.ok) throw new Failure("unreachable", "", answer.status);
    return answer.json();
  }

  async ask(path, question) {
    const headers = { "Content-Type": "application/json", ...(this.token && { Authorization: `Bearer ${this.token}` }) };
    let answer;
    let told;
    try {
      answer = await this.#fetch(path, { method: "POST", headers, body: JSON.stringify(question) });
      told = await answer.json();
    } catch {
      // A browser does not say which it was. The words may be read by every site, so they tell.
      const there = await this.words().catch(() => null);
      throw new Failure(there && !answer ? "refused-origin" : "unreachable");
    }
    if (answer.ok) return told;
    throw new Failure(String(told.type).split(":").pop(), told.title, answer.status, told.problems);
  }

  #fetch(path, options) {
    return fetch(`${this.server}/api/v1/${path}`, { credentials: "omit", ...options });
  }
}
