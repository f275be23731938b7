const said = JSON.parse(document.getElementById("said").textContent);
const filters = document.getElementById("filters");
const dialog = document.getElementById("detail");

function filter() {
  const { family, client, status } = Object.fromEntries(new FormData(filters));
  for (const cell of document.querySelectorAll("[data-client]")) {
    cell.hidden = client !== "" && cell.dataset.client !== client;
  }
  let shown = 0;
  for (const body of document.querySelectorAll("tbody")) {
    let rows = 0;
    for (const row of body.querySelectorAll("tr.scenario")) {
      const cells = [...row.querySelectorAll("td:not([hidden])")];
      row.hidden = !(status === "" || cells.some((cell) => matches(cell, status)));
      rows += row.hidden ? 0 : 1;
    }
    body.hidden = (family !== "" && body.dataset.family !== family) || rows === 0;
    shown += body.hidden ? 0 : rows;
  }
  document.getElementById("shown").textContent = `${shown} rows`;
}

function matches(cell, status) {
  const halves = [...cell.querySelectorAll("button")].map((half) => half.className);
  return status === "differs" ? new Set(halves).size > 1 : halves.includes(status);
}

function open(half) {
  const row = half.closest("tr");
  const client = half.closest("td").dataset.client;
  const told = said[`${row.dataset.scenario} ${client} ${half.dataset.target}`];
  dialog.querySelector("h2").textContent = `${row.dataset.scenario} · ${client} · ${half.dataset.target}: ${told.status}`;
  dialog.querySelector(".promise").textContent = row.querySelector("th").title;
  dialog.querySelector(".reason").textContent = told.reason || `${told.seconds} s`;
  const link = dialog.querySelector("a");
  link.href = told.log ?? "";
  link.parentElement.hidden = !told.log;
  const excerpt = dialog.querySelector("pre");
  excerpt.textContent = told.excerpt ?? "";
  excerpt.hidden = !told.excerpt;
  dialog.showModal();
}

filters.addEventListener("change", filter);
document.querySelector("table").addEventListener("click", (event) => {
  const half = event.target.closest("button");
  if (half) open(half);
});
dialog.addEventListener("click", (event) => {
  if (event.target === dialog) dialog.close();
});
filter();
