// Draws a chart once more, over its SVG, to be pointed at and looked at in part. The SVG stays what is read
// aloud, printed, and seen without scripts; every number stands in the table beside it.
(() => {
  "use strict";
  const MONTHS_AT_ONCE = 24;
  const still = { animation: false };
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  const options = (data) => {
    const percent = new Intl.NumberFormat(document.documentElement.lang, {
      style: "percent", minimumFractionDigits: 1, maximumFractionDigits: 1,
    });
    const said = (value) => (value === null || value === undefined ? "–" : percent.format(value));
    const text = { color: colour("--soft"), fontFamily: getComputedStyle(document.body).fontFamily };
    const line = (name, values, more) => ({ type: "line", name, data: values, showSymbol: false, symbolSize: 7, ...still, ...more });
    const flat = data.target === null ? [] : data.labels.map(() => data.target);
    const series = [
      line(data.names.value, data.values, { color: colour("--accent"), lineStyle: { width: 2.5 }, z: 3 }),
      ...(data.path.some((value) => value !== null)
        ? [line(data.names.path, data.path, { color: colour("--path"), lineStyle: { width: 2, type: "dotted" } })] : []),
      ...(data.ahead.some((value) => value !== null)
        ? [line(data.names.forecast, data.ahead, { color: colour("--accent"), connectNulls: true, lineStyle: { width: 2, type: "dashed" } })] : []),
      ...(flat.length ? [line(data.names.target, flat, { color: colour("--goal"), lineStyle: { width: 1.5, type: "dashed" } })] : []),
    ];
    const long = data.labels.length > MONTHS_AT_ONCE;
    const rule = { lineStyle: { color: colour("--line") } };
    return {
      ...still,
      textStyle: text,
      grid: { left: 8, right: 16, top: 12, bottom: long ? 46 : 8, containLabel: true },
      xAxis: { type: "category", data: data.labels, boundaryGap: false, axisLabel: { ...text, hideOverlap: true }, axisLine: { lineStyle: { color: colour("--edge") } }, axisTick: { show: false } },
      yAxis: { type: "value", max: data.top, axisLabel: { ...text, formatter: (value) => new Intl.NumberFormat(document.documentElement.lang, { style: "percent", maximumFractionDigits: 1 }).format(value) }, splitLine: rule },
      tooltip: {
        trigger: "axis", renderMode: "richText", confine: true, valueFormatter: said, transitionDuration: 0,
        backgroundColor: colour("--paper"), borderColor: colour("--edge"), textStyle: { color: colour("--ink"), fontFamily: text.fontFamily },
        axisPointer: { lineStyle: { color: colour("--edge") } },
      },
      dataZoom: long ? [{
        type: "slider", height: 22, bottom: 8, brushSelect: false, showDetail: false, borderColor: colour("--line"),
        fillerColor: colour("--shade"), handleStyle: { color: colour("--paper"), borderColor: colour("--edge") },
        dataBackground: { lineStyle: { color: colour("--edge") }, areaStyle: { color: colour("--rest") } },
        selectedDataBackground: { lineStyle: { color: colour("--accent") }, areaStyle: { color: colour("--rest") } },
        moveHandleStyle: { color: colour("--edge") }, emphasis: { handleStyle: { borderColor: colour("--accent") } },
      }] : [],
      series,
    };
  };

  const resized = new ResizeObserver((entries) => {
    for (const { target } of entries) echarts.getInstanceByDom(target)?.resize(still);
  });

  const draw = () => {
    for (const host of document.querySelectorAll(".canvas[data-chart]")) {
      let chart = echarts.getInstanceByDom(host);
      if (!chart) {
        host.hidden = false;
        chart = echarts.init(host, null, { renderer: "canvas" });
        resized.observe(host);
      }
      chart.setOption(options(JSON.parse(host.dataset.chart)), { replaceMerge: ["series"] });
    }
  };

  document.addEventListener("DOMContentLoaded", draw);
  document.addEventListener("htmx:afterSettle", draw);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
})();
