"use strict";
(() => {
  const PAGE = 100;
  const LEVELS = ["CRITICAL", "HIGH", "MEDIUM", "LOW"];
  const $ = (id) => document.getElementById(id);
  const node = (name, text, attributes = {}) => {
    const made = document.createElement(name);
    if (text !== undefined && text !== null) made.textContent = text;
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    return made;
  };

  // Documents: [path, status, reason, format, risk, level, injection, finding count, [rule, severity]…, findings]
  // Findings: [entity type, severity, score, place, preview, rules, fingerprint, [before, after] or null]
  const documents = JSON.parse($("documents").textContent);
  // Rules: by id [framework, name, citation, remediation]
  const rulebook = JSON.parse($("rules").textContent);
  const findings = [];
  documents.forEach((one, number) => one[9].forEach((found) => findings.push([number, found])));
  findings.sort((a, b) => LEVELS.indexOf(a[1][1]) - LEVELS.indexOf(b[1][1]) || a[0] - b[0]);

  let shown = findings;
  let page = 0;

  const fill = (select, names) => names.forEach((name) => select.append(node("option", name, { value: name })));
  const count = (number, word) => `${number.toLocaleString("en")} ${word}${number === 1 ? "" : "s"}`;

  function valueOf(found) {
    const cell = node("td", null, { "data-label": "Value" });
    const box = node("span", null, { class: "value" });
    if (found[7]) {
      const [before, after] = found[7];
      box.append(before, node("mark", found[4]), after);
    } else box.textContent = found[4];
    cell.append(box);
    return cell;
  }

  function row(number, found, withPath) {
    const line = node("tr");
    line.append(node("td", found[1], { class: found[1], "data-label": "Severity" }));
    line.append(node("td", found[0], { "data-label": "Entity type" }));
    line.append(valueOf(found));
    const where = node("td", null, { "data-label": "Where" });
    if (withPath) {
      const button = node("button", documents[number][0], { class: "link", type: "button" });
      button.addEventListener("click", () => { location.hash = `document=${number}`; });
      where.append(button, ", ");
    }
    where.append(found[3]);
    line.append(where);
    line.append(node("td", found[5].join(", "), { "data-label": "Rules" }));
    line.append(node("td", found[2].toFixed(2), { class: "number", "data-label": "Score" }));
    return line;
  }

  function render() {
    const pages = Math.max(1, Math.ceil(shown.length / PAGE));
    page = Math.min(page, pages - 1);
    const part = shown.slice(page * PAGE, (page + 1) * PAGE);
    $("rows").replaceChildren(...part.map(([number, found]) => row(number, found, true)));
    const first = shown.length ? page * PAGE + 1 : 0;
    $("shown").textContent = shown.length
      ? `${first.toLocaleString("en")} to ${(first + part.length - 1).toLocaleString("en")} of ${count(shown.length, "finding")}`
      : "No finding matches";
    $("previous").disabled = page === 0;
    $("next").disabled = page >= pages - 1;
    $("rows").parentElement.hidden = !shown.length;
  }

  function filter() {
    const levels = new Set([...document.querySelectorAll("input[name=severity]:checked")].map((box) => box.value));
    const type = $("type").value;
    const framework = $("framework").value;
    const words = $("path").value.toLowerCase().split(/\s+/).filter(Boolean);
    const wanted = documents.map(([path]) => words.every((word) => path.toLowerCase().includes(word)));
    shown = findings.filter(([number, found]) =>
      levels.has(found[1]) && (!type || found[0] === type) && wanted[number]
      && (!framework || found[5].some((rule) => rulebook[rule]?.[0] === framework)));
    page = 0;
    render();
  }

  function open(number) {
    const [path, status, reason, format, risk, level, injection, total, rules, found] = documents[number];
    $("name").textContent = path;
    const facts = [`${status}${reason ? `: ${reason}` : ""}`, format, count(total, "finding")];
    if (risk !== null) facts.splice(2, 0, `risk ${risk.toFixed(1)} ${level}`);
    if (injection) facts.push(`prompt injection ${injection.toFixed(2)}`);
    $("facts").textContent = facts.filter(Boolean).join(" · ");
    $("breaks").replaceChildren(...rules.map(([id, severity]) => {
      const [, name, citation, remediation] = rulebook[id];
      const line = node("tr");
      line.append(node("td", severity, { class: severity, "data-label": "Severity" }), node("td", id, { "data-label": "Rule" }),
        node("td", name, { "data-label": "Name" }), node("td", citation, { "data-label": "Citation" }),
        node("td", remediation, { "data-label": "What to do" }));
      return line;
    }));
    $("broken").hidden = !rules.length;
    $("own").replaceChildren(...found.slice(0, 1000).map((one) => row(number, one, false)));
    $("more").textContent = total > Math.min(found.length, 1000)
      ? `${count(total - Math.min(found.length, 1000), "further finding")} of this document: in the JSON report` : "";
  }

  function route() {
    const match = /^#document=(\d+)$/.exec(location.hash);
    const number = match ? Number(match[1]) : -1;
    const one = number >= 0 && number < documents.length;
    if (one) open(number);
    $("document").hidden = !one;
    $("list").hidden = one;
    if (one) { $("name").focus(); $("document").scrollIntoView(); }
  }

  $("theme").addEventListener("click", () => {
    const dark = getComputedStyle(document.documentElement).colorScheme === "dark"
      || (!document.documentElement.dataset.theme && matchMedia("(prefers-color-scheme: dark)").matches);
    document.documentElement.dataset.theme = dark ? "light" : "dark";
  });
  fill($("type"), [...new Set(findings.map(([, found]) => found[0]))].sort());
  fill($("framework"), [...new Set(Object.values(rulebook).map(([framework]) => framework))].sort());
  let waiting = 0;
  $("filters").addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(filter, 120); });
  $("filters").addEventListener("submit", (event) => event.preventDefault());
  $("previous").addEventListener("click", () => { page -= 1; render(); });
  $("next").addEventListener("click", () => { page += 1; render(); });
  $("back").addEventListener("click", () => { location.hash = ""; $("findings").focus(); });
  window.addEventListener("hashchange", route);
  $("interactive").hidden = false;
  render();
  route();
})();
