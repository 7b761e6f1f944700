"use strict";
(() => {
  const form = document.forms[0];
  const key = `profile-bench/ratings/${form.dataset.sheet}`;
  const columns = form.dataset.columns.split(" ");
  const questions = form.dataset.questions.split(" ");
  const sections = [...form.querySelectorAll("section")];
  const groups = [...form.querySelectorAll("fieldset")];
  const told = document.querySelector("[role=status]");
  const bar = document.querySelector("progress");
  const file = document.querySelector("input[type=file]");
  let kept = true; // whether this browser keeps answers
  let saved = true; // whether all answers are in a file

  // What is answered: { rater, items: { id: { question: mark, comment } } }, without what is blank.

  const group = (section, question) => section.querySelector(`[data-question=${question}]`);
  const mark = (own) => own.querySelector(":checked")?.value ?? "";
  const comment = (section) => section.querySelector("[data-column=comment]");
  const set = (own, value) => {
    for (const radio of own.querySelectorAll("input")) radio.checked = radio.value === value;
  };
  const given = (section) => {
    const found = Object.fromEntries(questions.map((name) => [name, mark(group(section, name))]));
    return { ...found, comment: comment(section).value };
  };
  const answers = () => ({
    rater: form.rater.value,
    items: sections.map((section) => [section.dataset.id, given(section)]).filter((own) => Object.values(own[1]).some(Boolean)),
  });
  const fill = (state) => {
    const known = new Map(state.items);
    form.rater.value = state.rater;
    for (const section of sections) {
      const own = known.get(section.dataset.id) ?? {};
      for (const name of questions) set(group(section, name), own[name] ?? "");
      comment(section).value = own.comment ?? "";
    }
  };

  const show = (words = "", warning = false) => {
    const marked = sections.map((section) => questions.filter((name) => mark(group(section, name))).length);
    sections.forEach((section, place) => section.classList.toggle("done", marked[place] === questions.length));
    const done = marked.filter((count) => count === questions.length).length;
    const half = marked.filter((count) => count > 0 && count < questions.length).length;
    bar.max = Math.max(1, sections.length);
    bar.value = done;
    const lost = kept ? "" : "This browser keeps no answers: save them as CSV before you close the page.";
    const count = `${done} of ${sections.length} rated${half ? `, ${half} in part` : ""}.`;
    told.textContent = [count, words, lost].filter(Boolean).join(" ");
    told.classList.toggle("warning", warning || !kept);
  };

  const keep = () => {
    try {
      localStorage.setItem(key, JSON.stringify(answers()));
      kept = true;
    } catch {
      kept = false; // refused, or full
    }
  };
  const read = (text) => {
    try {
      const state = JSON.parse(text);
      const whole = (own) => Array.isArray(own) && typeof own[1] === "object" && own[1] !== null;
      return typeof state?.rater === "string" && Array.isArray(state.items) && state.items.every(whole) ? state : null;
    } catch {
      return null;
    }
  };
  const changed = (words, warning) => {
    saved = false;
    keep();
    show(words, warning);
  };

  // CSV, as `profile-bench rate` writes and reads it: a cell that a spreadsheet might run begins with an apostrophe.

  const active = /^(?: *[=+\-@\t\r\n＝＋－＠']|')/u;
  const cell = (text) => `"${(active.test(text) ? `'${text}` : text).replaceAll('"', '""')}"`;
  const texts = (section, column) =>
    [...section.querySelectorAll(`[data-column=${column}]`)].map((own) => own.textContent).join("\n");
  const row = (section) => {
    const own = { ...given(section), id: section.dataset.id, rater: form.rater.value.trim() };
    return columns.map((column) => own[column] ?? texts(section, column));
  };
  const csv = () => `\ufeff${[columns, ...sections.map(row)].map((own) => `${own.map(cell).join(",")}\n`).join("")}`;
  const cells = (text) => {
    const [first] = text.split("\n", 1);
    const between = [",", ";", "\t"].reduce((a, b) => (first.split(b).length > first.split(a).length ? b : a));
    const rows = [[]];
    let own = "";
    let quoted = false;
    const end = () => rows.at(-1).push(own.startsWith("'") ? own.slice(1) : own) && (own = "");
    for (let at = 0; at < text.length; at++) {
      const sign = text[at];
      if (quoted && sign === '"' && text[at + 1] === '"') own += text[at++];
      else if (sign === '"') quoted = !quoted;
      else if (quoted) own += sign;
      else if (sign === between) end();
      else if (sign === "\n") end(), rows.push([]);
      else if (sign !== "\r") own += sign;
    }
    end();
    return quoted ? null : rows.filter((found) => found.some(Boolean));
  };

  const load = (text) => {
    const [names, ...rows] = cells(text.replace(/^\ufeff/u, "")) ?? [[]];
    if (!names || !["id", ...questions].every((name) => names.includes(name))) {
      return show(`No answers in that file: it has no columns id, ${questions.join(", ")}.`, true);
    }
    const known = new Map(sections.map((section) => [section.dataset.id, section]));
    const same = (a, b) => a.split(/\s+/u).join(" ").trim() === b.split(/\s+/u).join(" ").trim();
    const count = { marks: 0, replaced: 0, unknown: 0, other: 0, wrong: 0 };
    for (const found of rows.map((own) => Object.fromEntries(names.map((name, place) => [name, own[place] ?? ""])))) {
      const section = known.get(found.id);
      if (!section) {
        count.unknown++;
        continue;
      }
      if (["answer", "evidence"].some((name) => found[name] && !same(found[name], texts(section, name)))) {
        count.other++;
        continue;
      }
      for (const name of questions) {
        const value = found[name].trim();
        const own = group(section, name);
        if (value && !own.querySelector(`[value="${CSS.escape(value)}"]`)) count.wrong++;
        else if (value) {
          count.replaced += mark(own) !== "" && mark(own) !== value;
          count.marks++;
          set(own, value);
        }
      }
      if (found.comment) comment(section).value = found.comment;
      if (found.rater && !form.rater.value) form.rater.value = found.rater;
    }
    const notes = [
      `${count.marks} marks loaded.`,
      count.replaced && `${count.replaced} of them replaced others.`,
      count.unknown && `${count.unknown} rows are of answers that are not here.`,
      count.other && `${count.other} rows are of other answers or other evidence and were left out.`,
      count.wrong && `${count.wrong} marks are none of 0, 1 and 2 and were left out.`,
    ];
    return changed(notes.filter(Boolean).join(" "), count.unknown + count.other + count.wrong > 0);
  };

  const focus = (own, from) => {
    (own.querySelector(":checked") ?? own.querySelector("input")).focus({ preventScroll: true });
    const section = own.closest("section");
    if (from?.closest("section") === section) own.scrollIntoView({ block: "nearest" });
    else section.scrollIntoView({ block: "start" }); // the request is read first
  };
  const doing = {
    next: () => {
      const open = groups.find((own) => !mark(own));
      if (!open) return show("Nothing is left to rate.");
      return focus(open);
    },
    save: () => {
      const who = form.rater.value.trim().replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-|-$/gu, "");
      const link = document.createElement("a");
      link.href = URL.createObjectURL(new Blob([csv()], { type: "text/csv" }));
      link.download = `ratings${who ? `-${who}` : ""}.csv`;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
      saved = true;
      show(`Saved as ${link.download}${who ? "" : ", without a name: it says whose ratings they are"}.`);
    },
    load: () => file.click(),
    clear: () => {
      if (!confirm("Take away all marks, comments and the name? Save them first if you want to keep them.")) return;
      fill({ rater: "", items: [] });
      changed("All is blank.");
      saved = true;
    },
  };

  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", () => changed());
  form.addEventListener("keydown", (event) => {
    const own = event.target.type === "radio" && event.target.closest("fieldset");
    if (!own || event.ctrlKey || event.altKey || event.metaKey) return;
    const digit = own.querySelector(`[value="${CSS.escape(event.key)}"]`);
    if (!digit && event.key !== "Delete" && event.key !== "Backspace") return;
    event.preventDefault();
    set(own, digit?.value ?? "");
    const next = groups[groups.indexOf(own) + 1];
    if (digit && next) focus(next, own);
    changed();
  });
  for (const own of document.querySelectorAll("[data-do]")) own.addEventListener("click", doing[own.dataset.do]);
  file.addEventListener("change", async () => {
    const [chosen] = file.files;
    file.value = "";
    if (chosen) load(await chosen.text());
  });
  addEventListener("storage", (event) => {
    const state = event.key === key && read(event.newValue); // the same sheet in another tab
    if (state) fill(state), show();
  });
  addEventListener("beforeunload", (event) => {
    if (!kept && !saved) event.preventDefault();
  });

  for (const own of document.querySelectorAll(".scripted")) own.hidden = false;
  let before = null;
  try {
    before = read(localStorage.getItem(key));
  } catch {
    kept = false;
  }
  if (before) fill(before);
  show(before?.items.length ? "Go on where you stopped." : "");
})();
