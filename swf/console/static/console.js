// Keyboard and live updates. Without this module every page works by links and forms.
const typing = (element) => element.matches("input:not([type=checkbox]), textarea, select");

function move(step) {
  const rows = [...document.querySelectorAll("table.rows tbody tr")];
  if (!rows.length) return;
  const current = rows.findIndex((row) => row.classList.contains("selected"));
  const next = Math.min(rows.length - 1, Math.max(0, current + step));
  rows[current]?.classList.remove("selected");
  rows[next].classList.add("selected");
  (rows[next].querySelector("a") ?? rows[next].querySelector("input"))?.focus();
  rows[next].scrollIntoView({ block: "nearest" });
}

const keys = {
  "/": () => document.getElementById("search")?.focus(),
  j: () => move(1),
  k: () => move(-1),
  "?": () => document.getElementById("help").showModal(),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  const action = keys[event.key];
  if (action) {
    event.preventDefault();
    action();
  }
});

const live = document.getElementById("live");
if (live) {
  const source = new EventSource(live.dataset.stream);
  const refresh = async () => {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const opened = document.querySelectorAll("details[open]").length;
    if (opened || typing(document.activeElement)) return;
    document.querySelector("main").replaceChildren(...page.querySelector("main").childNodes);
  };
  source.addEventListener("news", refresh);
  source.addEventListener("closed", () => {
    source.close();
    refresh();
  });
  source.addEventListener("problem", (event) => {
    source.close();
    live.textContent = JSON.parse(event.data).message;
  });
}
