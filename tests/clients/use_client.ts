// What an integrator does with openapi-fetch and the types that openapi-typescript makes: the address and a token are given.
import createClient from "openapi-fetch";
import type { components, paths } from "./schema.js";

type CaseFile = components["schemas"]["CaseFile"];

const [address, token] = process.argv.slice(2);
if (!address || !token) throw new Error("address and token");
const client = createClient<paths, "application/json" | "application/problem+json">({ baseUrl: address, headers: { Authorization: `Bearer ${token}` } });

const theCase: CaseFile = {
  name: "A common goal",
  answers: {
    "today.state": "nothing",
    "wanted.aim": "common-goal",
    "wanted.work": "plan-together",
    "wanted.duties": "no",
    "possible.authority": "managers",
    "worry.about": ["money"],
  },
  partners: [{ name: "Lakeside Shelter", answers: { "partner.reach": "plan-together" } }],
};
const change: components["schemas"]["Change"] = { answers: { "wanted.aim": "exchange" } };

function got<T>(answer: { data?: T; error?: unknown }): T {
  if (answer.data === undefined) throw new Error(JSON.stringify(answer.error));
  return answer.data;
}

const listed = got(await client.GET("/api/v1/questions"));
const advice = got(await client.POST("/api/v1/assess", { body: theCase }));
if (advice.format !== "advice/2") throw new Error(advice.format);
const brief = got(await client.POST("/api/v1/assess", { params: { query: { detail: "brief" } }, body: theCase }));
if (brief.format !== "brief/1" || brief.verdict.proceed !== advice.proceed) throw new Error(brief.format);
const found = got(await client.POST("/api/v1/next", { body: { case: theCase } }));
const reasons = got(await client.POST("/api/v1/why", { body: { case: theCase, of: "dimension" } }));
const compared = got(await client.POST("/api/v1/what-if", { body: { case: theCase, change } }));

const created = await client.POST("/api/v1/cases", { body: theCase });
const saved = got(created);
const params = { path: { case: saved.id }, header: { "If-Match": created.response.headers.get("ETag") ?? "" } };
const changed = got(await client.PATCH("/api/v1/cases/{case}", { params, body: change }));
const late = await client.PATCH("/api/v1/cases/{case}", { params, body: change });
const page = got(await client.GET("/api/v1/cases"));
const gone = await client.DELETE("/api/v1/cases/{case}", { params: { path: { case: saved.id } } });

const report = {
  conditional: [...new Set(listed.questions.flatMap((each) => (each.when ? [each.when.test] : [])))].sort(),
  dimension: advice.dimension.recommended,
  asked: found.ask !== null,
  why: reasons.why.length > 0,
  differs: compared.differences.length > 0,
  revisions: [saved.revision, changed.revision],
  late: late.error?.status,
  listed: page.items.map((each) => each.name),
  aim: changed.case.answers?.["wanted.aim"],
  gone: gone.response.status,
};
process.stdout.write(JSON.stringify(report));
