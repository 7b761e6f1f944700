"use strict";
for (const section of document.querySelectorAll(".cases")) {
  const form = section.querySelector("form");
  const cases = [...section.querySelectorAll(".case")];
  const count = section.querySelector(".count");
  const texts = cases.map((one) => one.textContent.toLowerCase());
  const show = () => {
    const words = form.text.value.toLowerCase().split(/\s+/).filter(Boolean);
    const system = Number(form.system.value);
    const outcome = form.outcome.value;
    let shown = 0;
    cases.forEach((one, number) => {
      const fits = !outcome || one.dataset.outcomes.split(" ")[system] === outcome;
      one.hidden = !(fits && words.every((word) => texts[number].includes(word)));
      shown += !one.hidden;
    });
    count.textContent = `${shown} of ${cases.length} cases`;
  };
  form.hidden = false;
  form.addEventListener("input", show);
  form.addEventListener("submit", (event) => event.preventDefault());
}
