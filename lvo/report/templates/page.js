"use strict";

// Amounts are strings of wei: they pass through BigInt, never through Number.
const Money = {
  exact: false,
  lvo(wei) {
    const digits = String(wei).padStart(19, "0");
    const whole = digits.slice(0, -18).replace(/\B(?=(\d{3})+$)/g, ",");
    const fraction = digits.slice(-18);
    if (this.exact) return whole + "." + fraction;
    if (whole === "0" && fraction.startsWith("00") && /[1-9]/.test(fraction)) return "<0.01";
    return whole + "." + fraction.slice(0, 2);
  },
  wei(wei) {
    return String(wei).replace(/\B(?=(\d{3})+$)/g, ",") + " wei";
  },
  short(wei) {
    for (const [zeros, name] of [[27, "bn"], [24, "M"], [21, "k"]]) {
      const tenths = (wei * 10n) / 10n ** BigInt(zeros);
      if (tenths >= 10n) {
        const rest = tenths % 10n;
        return String(tenths / 10n).replace(/\B(?=(\d{3})+$)/g, ",") + (rest ? "." + rest : "") + "\u202f" + name;
      }
    }
    return this.lvo(wei).replace(/\.00$/, "");
  },
  percent(part, whole) {
    const tenths = whole ? (part * 1000n) / whole : 0n;
    return tenths / 10n + (tenths % 10n ? "." + (tenths % 10n) : "") + "\u202f%";
  },
};

// Builds an element; text is always set as text, so nothing in the data can become markup.
function make(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value !== null && value !== undefined) node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
}

function amountNode(wei) {
  return make("data", { class: "amt", value: wei, title: Money.wei(wei) }, Money.lvo(wei));
}

function remember(key, value) {
  try {
    if (value === undefined) return localStorage.getItem(key);
    localStorage.setItem(key, value);
  } catch {
    return null; // Storage may be forbidden for local files: then nothing is remembered.
  }
  return value;
}

(() => {
  const button = document.getElementById("theme");
  const themes = ["auto", "light", "dark"];
  const apply = (theme) => {
    if (theme === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    button.textContent = "theme: " + theme;
  };
  const asked = new URLSearchParams(location.hash.slice(1)).get("theme") || remember("lvo-theme");
  let theme = themes.includes(asked) ? asked : "auto";
  apply(theme);
  button.addEventListener("click", () => {
    theme = themes[(themes.indexOf(theme) + 1) % themes.length];
    apply(theme);
    remember("lvo-theme", theme);
  });

  const exact = document.getElementById("exact");
  exact.addEventListener("click", () => {
    Money.exact = !Money.exact;
    exact.setAttribute("aria-pressed", String(Money.exact));
    document.body.classList.toggle("exact", Money.exact);
    for (const node of document.querySelectorAll("data.amt")) node.textContent = Money.lvo(node.getAttribute("value"));
  });

  document.addEventListener("click", async (event) => {
    const copy = event.target.closest("button.copy");
    if (!copy) return;
    let copied = false;
    try {
      await navigator.clipboard.writeText(copy.dataset.copy);
      copied = true;
    } catch {
      const field = make("textarea", { class: "hide" });
      field.value = copy.dataset.copy;
      document.body.append(field);
      field.select();
      copied = document.execCommand("copy");
      field.remove();
    }
    copy.textContent = copied ? "copied" : "select and copy";
    setTimeout(() => (copy.textContent = "copy"), 1500);
  });
})();

// A table over many rows that draws one page of them at a time.
class Listing {
  constructor(name, columns, rows, options) {
    Object.assign(this, { columns, rows, options, shown: rows, page: 0, size: 25, sort: null, down: false });
    this.table = document.getElementById(name + "-table");
    this.count = document.getElementById(name + "-count");
    this.pager = document.getElementById(name + "-pager");
    const head = make("tr");
    this.heads = columns.map((column) => {
      const cell = make("th", { scope: "col", class: column.number ? "num" : null });
      if (column.key) {
        const button = make("button", { type: "button", class: "sort" }, column.title);
        button.addEventListener("click", () => this.sortBy(column.name));
        cell.append(button);
      } else cell.append(column.title);
      head.append(cell);
      return cell;
    });
    this.table.tHead.append(head);
    this.previous = make("button", { type: "button" }, "‹ Previous");
    this.next = make("button", { type: "button" }, "Next ›");
    this.where = make("span");
    this.previous.addEventListener("click", () => this.turn(-1));
    this.next.addEventListener("click", () => this.turn(1));
    this.pager.append(this.previous, this.where, this.next);
  }

  get pages() {
    return Math.max(1, Math.ceil(this.shown.length / this.size));
  }

  turn(step) {
    this.page += step;
    this.draw();
    this.options.changed?.(this);
  }

  // Orders by a column, amounts from the largest down; by the same column again, the other way round.
  sortBy(name) {
    const column = this.columns.find((one) => one.name === name);
    this.down = this.sort === name ? !this.down : Boolean(column?.number && name !== "id");
    this.sort = name;
    this.page = 0;
    this.update();
  }

  // Applies filter and order, then draws; called when either has changed.
  update() {
    this.shown = this.rows.filter(this.options.keep);
    const column = this.columns.find((one) => one.name === this.sort && one.key);
    if (column) {
      const sign = this.down ? -1 : 1;
      this.shown.sort((a, b) => {
        const x = column.key(a);
        const y = column.key(b);
        return x < y ? -sign : x > y ? sign : a.order - b.order;
      });
    }
    this.count.replaceChildren(...this.options.summary(this.shown));
    this.draw();
    this.options.changed?.(this);
  }

  draw() {
    this.page = Math.min(Math.max(this.page, 0), this.pages - 1);
    this.heads.forEach((cell, index) => {
      const sorted = this.columns[index].name === this.sort;
      if (sorted) cell.setAttribute("aria-sort", this.down ? "descending" : "ascending");
      else cell.removeAttribute("aria-sort");
    });
    const first = this.page * this.size;
    const lines = this.shown.slice(first, first + this.size).map((row) => {
      const line = make("tr");
      for (const column of this.columns) {
        line.append(
          make("td", { class: [column.number ? "num" : "", column.class || ""].join(" ").trim() || null,
            "data-label": column.title }, ...[column.cell(row)].flat()),
        );
      }
      return line;
    });
    if (!lines.length) {
      lines.push(make("tr", { class: "none" }, make("td", { colspan: this.columns.length }, "Nothing matches.")));
    }
    this.table.tBodies[0].replaceChildren(...lines);
    this.pager.hidden = this.pages === 1;
    this.previous.disabled = this.page === 0;
    this.next.disabled = this.page === this.pages - 1;
    this.where.textContent = "page " + (this.page + 1) + " of " + this.pages.toLocaleString("en");
  }
}
