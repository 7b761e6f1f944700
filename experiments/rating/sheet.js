"use strict";
(() => {
  const button = document.querySelector("button");
  const told = document.querySelector("[role=status]");
  const form = document.forms[0];
  const questions = [...new Set([...form.querySelectorAll("legend")].map((own) => own.textContent))];
  const cell = (text) => `"${text.replaceAll('"', '""')}"`;
  const rows = () =>
    [...form.querySelectorAll("section")].map((section) => {
      const mark = (name) => section.querySelector(`input[name^="${name}-"]:checked`)?.value ?? "";
      return [section.dataset.id, ...questions.map(mark), section.querySelector("[name^=comment]").value];
    });
  form.addEventListener("change", () => {
    const done = rows().filter((row) => questions.every((_, place) => row[place + 1] !== "")).length;
    told.textContent = `${done} of ${form.querySelectorAll("section").length} rated`;
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  button.hidden = false;
  button.addEventListener("click", () => {
    const lines = [["id", ...questions, "comment"], ...rows()].map((row) => row.map(cell).join(","));
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([lines.join("\n") + "\n"], { type: "text/csv" }));
    link.download = "ratings.csv";
    link.click();
    URL.revokeObjectURL(link.href);
  });
})();
