(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const names = data.buckets.map(([, name]) => name);
  const counted = (count, noun) => count.toLocaleString("en") + " " + noun + (count === 1 ? "" : "s");
  const debounce = (action) => {
    let timer;
    return () => {
      clearTimeout(timer);
      timer = setTimeout(action, 120);
    };
  };
  const swatch = (bucket) => {
    const space = "http://www.w3.org/2000/svg";
    const svg = document.createElementNS(space, "svg");
    svg.setAttribute("class", "swatch");
    svg.setAttribute("viewBox", "0 0 10 10");
    svg.setAttribute("aria-hidden", "true");
    const square = document.createElementNS(space, "rect");
    for (const [name, value] of [["class", "f" + (bucket % 6)], ["width", 10], ["height", 10], ["rx", 2]]) {
      square.setAttribute(name, value);
    }
    svg.append(square);
    return svg;
  };
  // A text whose middle is cut where room is short, while its end stays and copying yields the whole.
  const cut = (tag, text, tail) =>
    make(tag, { class: "cut", title: text },
      make("span", { class: "head" }, text.slice(0, text.length - tail)), make("span", {}, text.slice(text.length - tail)));
  const account = (text) => cut("code", text, 6);
  const origin = (text) => cut("span", text, text.length - Math.max(text.lastIndexOf(":"), 0));

  // The readout of the unlock curve.
  const months = data.curve.length - 2;
  const wholes = data.totals.map(BigInt);
  const whole = wholes.reduce((sum, value) => sum + value, 0n);
  const slider = document.getElementById("month");
  const charts = [...document.querySelectorAll("#curve svg.curve")];
  const initial = slider.value;
  const read = (index, position) => {
    const today = index === months + 1;
    const [time, ...texts] = data.curve[index];
    const values = texts.map(BigInt);
    const total = values.reduce((sum, value) => sum + value, 0n);
    const date = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" })
      .format(new Date(time * 1000));
    document.getElementById("read-when").textContent = (today ? "Today, " : "Month " + index + ", ") + date;
    document.getElementById("read-total").replaceChildren(
      amountNode(String(total)), " LVO unlocked, " + Money.percent(total, whole));
    values.forEach((value, series) => {
      document.querySelector(`[data-series="${series}"]`).textContent = Money.short(value);
      document.querySelector(`[data-percent="${series}"]`).textContent = Money.percent(value, wholes[series]);
    });
    slider.setAttribute("aria-valuetext", "month " + index + ", " + date + ", " + Money.short(total) + " LVO");
    for (const chart of charts) {
      const cursor = chart.querySelector(".cursor");
      const x = Number(chart.dataset.left) + (Number(chart.dataset.across) * position) / months;
      cursor.setAttribute("x1", x);
      cursor.setAttribute("x2", x);
      cursor.setAttribute("visibility", today ? "hidden" : "visible");
    }
  };
  const pick = (month) => {
    slider.value = month;
    read(Number(slider.value), Number(slider.value));
  };
  slider.addEventListener("input", () => pick(slider.value));
  for (const chart of charts) {
    const follow = (event) => {
      const box = chart.getBoundingClientRect();
      const x = ((event.clientX - box.left) / box.width) * chart.viewBox.baseVal.width;
      pick(Math.round(((x - Number(chart.dataset.left)) / Number(chart.dataset.across)) * months));
    };
    chart.addEventListener("pointermove", follow);
    chart.addEventListener("pointerdown", follow);
    chart.addEventListener("pointerleave", (event) => {
      if (event.pointerType !== "mouse") return;
      slider.value = initial;
      read(months + 1, data.today / 1000);
    });
  }

  // What the address says after #: q, bucket, kind, sort, dir, page, rows and month preset the page.
  const preset = new URLSearchParams(location.hash.includes("=") ? location.hash.slice(1) : "");
  if (/^\d+$/.test(preset.get("month") || "")) pick(preset.get("month"));

  if (document.getElementById("grants-table")) {
    const { accounts, files, schedules, rows } = data.grants;
    const lower = accounts.map((text) => text.toLowerCase());
    const grants = rows.map((row, order) => {
      const [id, bucket, parent, who, amount, released, releasable, schedule, kind, file, line] = row;
      const source = line ? files[file] + ":" + line : files[file];
      return {
        order, id, bucket, parent, who, amount, released, releasable, schedule, kind, source,
        wei: BigInt(amount), paid: BigInt(released), due: BigInt(releasable),
        hay: lower[who] + " #" + id + " " + source.toLowerCase(),
      };
    });
    // Cards on a phone have no heads to sort by: there the order is chosen from a list.
    const order = document.getElementById("grants-sort");
    const field = (name) => document.getElementById("grants-" + name);
    let query = "";
    let bucket = "";
    let kind = "";
    const listing = new Listing("grants", [
      { name: "id", title: "No.", number: true, class: "id", key: (row) => row.id, cell: (row) => String(row.id) },
      { name: "account", title: "Beneficiary", class: "who", key: (row) => lower[row.who],
        cell: (row) => account(accounts[row.who]) },
      { name: "bucket", title: "Bucket", class: "bucket", key: (row) => row.bucket,
        cell: (row) => [swatch(row.bucket), names[row.bucket],
          ...(row.parent === data.buckets[row.bucket][0] || row.parent === row.id ? []
            : [make("span", { class: "sub" }, "from no. " + row.parent)])] },
      { name: "kind", title: "Kind", class: "kind", key: (row) => row.kind, cell: (row) => data.kinds[row.kind] },
      { name: "amount", title: "Amount", number: true, class: "sum", key: (row) => row.wei, cell: (row) => amountNode(row.amount) },
      { name: "released", title: "Released", number: true, class: "sum", key: (row) => row.paid,
        cell: (row) => amountNode(row.released) },
      { name: "releasable", title: "Releasable", number: true, class: "sum", key: (row) => row.due,
        cell: (row) => amountNode(row.releasable) },
      { name: "end", title: "Schedule", class: "words", key: (row) => schedules[row.schedule][1],
        cell: (row) => schedules[row.schedule][2] },
      { name: "source", title: "Source", class: "source", cell: (row) => origin(row.source) },
    ], grants, {
      keep: (row) => (bucket === "" || row.bucket === bucket) && (kind === "" || row.kind === kind)
        && (!query || row.hay.includes(query)),
      summary: (shown) => {
        let sum = 0n;
        let due = 0n;
        for (const row of shown) {
          sum += row.wei;
          due += row.due;
        }
        const of = shown.length === grants.length ? "" : " of " + grants.length.toLocaleString("en");
        return [counted(shown.length, "grant") + of + " · ", amountNode(String(sum)), " LVO · ",
          amountNode(String(due)), " releasable"];
      },
      changed: (list) => {
        const state = new URLSearchParams();
        const put = (name, value) => value !== "" && state.set(name, value);
        put("q", query);
        put("bucket", field("bucket").value);
        put("kind", field("kind").value);
        if (list.sort) {
          put("sort", list.sort);
          put("dir", list.down ? "desc" : "asc");
        }
        order.value = list.sort || "";
        if (list.page) put("page", list.page + 1);
        if (!ready) return;
        try {
          history.replaceState(null, "", "#" + (String(state) || "grants"));
        } catch {
          // Some browsers forbid it for local files: the view then has no address, and works.
        }
      },
    });
    let ready = false;
    for (const column of listing.columns.filter((one) => one.key)) {
      const title = column.number && column.name !== "id" ? column.title + ", largest first" : column.title;
      order.append(make("option", { value: column.name }, title));
    }
    order.addEventListener("change", () => listing.sortBy(order.value || null));
    const apply = () => {
      query = field("q").value.trim().toLowerCase();
      const chosen = field("bucket").value;
      bucket = chosen === "" ? "" : data.buckets.findIndex(([id]) => String(id) === chosen);
      kind = field("kind").value === "" ? "" : data.kinds.indexOf(field("kind").value);
      listing.size = Number(field("rows").value);
      listing.page = 0;
      listing.update();
    };
    field("q").value = preset.get("q") || "";
    for (const name of ["bucket", "kind", "rows"]) {
      const value = preset.get(name);
      if ([...field(name).options].some((option) => option.value === value)) field(name).value = value;
      field(name).addEventListener("change", apply);
    }
    field("q").addEventListener("input", debounce(apply));
    field("clear").addEventListener("click", () => {
      field("q").value = field("bucket").value = field("kind").value = "";
      listing.sort = null;
      apply();
    });
    listing.sort = listing.columns.some((one) => one.key && one.name === preset.get("sort")) ? preset.get("sort") : null;
    listing.down = preset.get("dir") === "desc";
    apply();
    const page = preset.get("page");
    if (/^\d{1,6}$/.test(page || "")) listing.turn(Number(page) - 1);
    ready = true;
  }

  if (document.getElementById("refused-table")) {
    const { files, reasons, rows } = data.refused;
    const refused = rows.map(([file, line, who, amount, reason], order) => {
      const source = files[file] + ":" + line;
      return { order, source, line, file, who, amount, reason, hay: (who + " " + source).toLowerCase() };
    });
    const search = document.getElementById("refused-q");
    const choice = document.getElementById("refused-reason");
    const counts = reasons.map(() => 0);
    for (const row of refused) counts[row.reason] += 1;
    reasons.map((text, index) => [text, index]).sort((a, b) => counts[b[1]] - counts[a[1]] || a[1] - b[1])
      .slice(0, 200)
      .forEach(([text, index]) => choice.append(make("option", { value: index }, text + " (" + counts[index] + ")")));
    const listing = new Listing("refused", [
      { name: "source", title: "Row", class: "source", key: (row) => row.order, cell: (row) => origin(row.source) },
      { name: "account", title: "Account", class: "who", key: (row) => row.who.toLowerCase(),
        cell: (row) => account(row.who) },
      { name: "amount", title: "Amount", number: true, class: "sum",
        cell: (row) => (/^\d+$/.test(row.amount) ? amountNode(row.amount) : row.amount) },
      { name: "reason", title: "Reason", class: "words", key: (row) => reasons[row.reason],
        cell: (row) => reasons[row.reason] },
    ], refused, {
      keep: (row) => (choice.value === "" || row.reason === Number(choice.value))
        && row.hay.includes(search.value.trim().toLowerCase()),
      summary: (shown) => [counted(shown.length, "row")
        + (shown.length === refused.length ? "" : " of " + refused.length.toLocaleString("en"))],
    });
    const apply = () => {
      listing.page = 0;
      listing.update();
    };
    search.addEventListener("input", debounce(apply));
    choice.addEventListener("change", apply);
    apply();
  }
  for (const form of document.querySelectorAll("form.filters")) {
    form.addEventListener("submit", (event) => event.preventDefault());
  }
  document.documentElement.dataset.ready = "true";
})();
