// What the component tells this page: shown below it, the newest first. A portal with accounts would set its token here:
//   document.querySelector("partnership-advisor").token = …;
const told = document.getElementById("told");

for (const name of ["ready", "question", "answer", "advice", "settled", "error"]) {
  document.addEventListener(`advisor-${name}`, ({ type, detail }) => {
    const entry = document.createElement("li");
    const { case: _, ...rest } = detail;
    entry.textContent = `${type} ${JSON.stringify(rest)}`;
    told.prepend(entry);
    if (detail.verdict) document.getElementById("verdict").textContent = detail.verdict;
  });
}
