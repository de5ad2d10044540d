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

// Zoom of the timeline: its width in percent of the page.
let zoom = 100;

function showZoom() {
  const drawing = document.querySelector(".zoomable svg");
  if (drawing) drawing.style.width = `${zoom}%`;
}

document.addEventListener("click", (event) => {
  const factor = event.target.closest?.("[data-zoom]")?.dataset.zoom;
  if (factor === undefined) return;
  zoom = Number(factor) ? Math.min(3200, Math.max(100, zoom * Number(factor))) : 100;
  showZoom();
});

// The page follows its execution. What a visitor reads or types is not replaced.
const live = document.getElementById("live");
if (live) {
  const source = new EventSource(live.dataset.stream);
  const inUse = () =>
    typing(document.activeElement) ||
    document.querySelector("details[open], input:checked") ||
    document.querySelectorAll("table.rows tbody tr").length > 300;
  const refresh = async () => {
    if (inUse()) {
      document.getElementById("live").textContent = "There are new events; reload the page.";
      return;
    }
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const main = document.querySelector("main");
    const focused = main.contains(document.activeElement) && document.activeElement.getAttribute("href");
    main.replaceChildren(...page.querySelector("main").childNodes);
    htmx.process(main);
    showZoom();
    if (focused) [...main.querySelectorAll("a")].find((link) => link.getAttribute("href") === focused)?.focus();
  };
  source.addEventListener("news", refresh);
  source.addEventListener("closed", () => {
    source.close();
    refresh();
  });
  source.addEventListener("error", () => {
    if (source.readyState !== EventSource.CLOSED) return; // otherwise it connects again
    document.getElementById("live").textContent = "Live updates have ended; reload the page.";
  });
  source.addEventListener("problem", (event) => {
    source.close();
    document.getElementById("live").textContent = JSON.parse(event.data).message;
  });
}
