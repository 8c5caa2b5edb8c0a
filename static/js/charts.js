// Turns <canvas data-chart="id of a json_script"> into a Chart.js line chart, and again when theme or content changes.
(() => {
  "use strict";
  const PATTERNS = { dashed: [6, 4], dotted: [2, 3] };
  const drawn = new Map();
  const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  const day = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", timeZone: "UTC" });
  const fullDay = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeZone: "UTC" });
  const asDay = (format, iso) => format.format(new Date(`${iso}T00:00:00Z`));

  const numberFormat = (currency, compact) => {
    const options = currency ? { style: "currency", currency } : {};
    if (compact) Object.assign(options, { notation: "compact", maximumFractionDigits: 1 });
    return new Intl.NumberFormat(undefined, options);
  };

  const dataset = (line, count) => ({
    label: line.label,
    data: line.values,
    borderColor: color(line.color),
    backgroundColor: line.fill ? `color-mix(in srgb, ${color(line.color)} 12%, transparent)` : color(line.color),
    fill: Boolean(line.fill),
    borderDash: PATTERNS[line.pattern] || [],
    borderWidth: line.fill ? 2.5 : 1.75,
    pointRadius: count > 60 ? 0 : line.pattern ? 0 : 2,
    pointHoverRadius: 4,
    tension: 0,
    days: line.labels,
  });

  const configuration = (data) => {
    const amount = numberFormat(data.currency, false);
    const short = numberFormat(data.currency, true);
    const text = { color: color("muted"), font: { family: getComputedStyle(document.body).fontFamily, size: 12 } };
    return {
      type: "line",
      data: { labels: data.labels, datasets: data.lines.map((line) => dataset(line, data.labels.length)) },
      options: {
        animation: false,
        responsive: true,
        maintainAspectRatio: false,
        interaction: { mode: "index", intersect: false },
        scales: {
          x: {
            grid: { display: false },
            ticks: { ...text, maxRotation: 0, autoSkipPadding: 16, callback: (_, index) => asDay(day, data.labels[index]) },
          },
          y: { beginAtZero: true, grid: { color: color("line") }, ticks: { ...text, maxTicksLimit: 6, callback: (value) => short.format(value) } },
        },
        plugins: {
          legend: { position: "bottom", align: "start", labels: { ...text, color: color("ink"), boxWidth: 28, boxHeight: 0, padding: 14 } },
          tooltip: {
            callbacks: {
              title: (items) => (items.length ? asDay(fullDay, data.labels[items[0].dataIndex]) : ""),
              label: (item) => {
                const own = item.dataset.days ? ` (${asDay(fullDay, item.dataset.days[item.dataIndex])})` : "";
                return `${item.dataset.label}${own}: ${amount.format(item.parsed.y)}`;
              },
            },
          },
        },
      },
    };
  };

  const draw = (within) => {
    for (const [canvas, chart] of drawn) {
      if (!canvas.isConnected) { chart.destroy(); drawn.delete(canvas); }
    }
    for (const canvas of within.querySelectorAll("canvas[data-chart]")) {
      drawn.get(canvas)?.destroy();
      const data = JSON.parse(document.getElementById(canvas.dataset.chart).textContent);
      drawn.set(canvas, new Chart(canvas, configuration(data)));
    }
  };
  const redraw = () => draw(document);

  document.addEventListener("DOMContentLoaded", redraw);
  document.addEventListener("htmx:afterSwap", (event) => draw(event.detail.target));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  new MutationObserver(redraw).observe(document.documentElement, { attributeFilter: ["data-theme"] });
})();
