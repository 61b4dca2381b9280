"""What `simcounty calibrate` says, in English and in Chinese."""

from __future__ import annotations

from collections.abc import Mapping

CALIBRATE_WORDS: Mapping[str, tuple[str, str]] = {
    "fitting_likeliest": ("Searching for the likeliest point …", "正在寻找最可能的取值 ……"),
    "fitting_draws": ("Drawing: {done} of {all} steps.", "抽样：已走 {done}/{all} 步。"),
    "fitting_left_out": (
        "Leaving counties out in {folds} parts, and forecasting them …",
        "正在分 {folds} 份留出各县并预测 ……",
    ),
    "fitting_truths": ("Made-up data: {done} of {all} fitted.", "合成数据：已拟合 {done}/{all} 组。"),
    "calibrated": (
        "{title}: {counties} counties, {data} data, {free} free numbers; "
        "run from the end of {first_year} to that of {last_year}.",
        "{title}：{counties} 个县，{data} 个数据，{free} 个待估数；{first_year} 至 {last_year} 年末。",
    ),
    "parameter": ("parameter", "参数"),
    "believed_before": ("prior: median [5 %, 95 %]", "先验：中位数 [5 %，95 %]"),
    "by_the_data": ("posterior: median [5 %, 95 %]", "后验：中位数 [5 %，95 %]"),
    "likeliest": ("likeliest", "最可能值"),
    "contraction": ("contraction", "方差收缩"),
    "r_hat": ("R-hat", "R-hat"),
    "effective": ("effective draws", "有效抽样数"),
    "said": ("doubts", "存疑"),
    "at_low": ("at the low end of its prior", "贴近先验下限"),
    "at_high": ("at the high end of its prior", "贴近先验上限"),
    "not_informed": ("not informed by the data", "数据未提供信息"),
    "not_trusted": ("draws not settled", "抽样未收敛"),
    "kind_common": ("{label}", "{label}"),
    "kind_spread": ("spread of {label}", "县际差异：{label}"),
    "kind_discrepancy": ("discrepancy of {label}", "模型偏差：{label}"),
    "drawn": (
        "Draws: {ensembles} ensembles of {walkers} walkers, {counted_steps} counted steps each "
        "(seed {seed}), {acceptance} % of moves accepted. Contraction is the part of the prior's variance "
        "that the data took away. A spread is how far counties lie off the common value, in standard "
        "deviations of its prior.",
        "抽样：{ensembles} 组，每组 {walkers} 个游走点，各计 {counted_steps} 步（种子 {seed}），"
        "接受率 {acceptance} %。方差收缩为数据消去的先验方差比例；县际差异以先验标准差计。",
    ),
    "not_settled": (
        "The search for the likeliest point did not come to rest.",
        "最可能取值的搜索未收敛。",
    ),
    "not_converged": (
        "Some draws are not settled: R-hat above 1.05, or worth fewer than 400 independent ones. "
        "Take more --steps.",
        "部分抽样未收敛：R-hat 高于 1.05，或不足 400 个独立抽样。请加大 --steps。",
    ),
    "observed_as": ("observed", "观测量"),
    "counties_seen": ("counties", "县数"),
    "misfit_mean": ("mean error at the likeliest point", "最可能值处平均误差"),
    "misfit_sd": ("standard deviation", "标准差"),
    "left_out_told": (
        "Counties left out of the fit in {folds} parts, in turn, and forecast by the others. Bias and RMSE "
        "in per cent of people or in points of a share; Theil's shares of the mean squared error in per "
        "cent: bias / variance / covariance.",
        "各县分 {folds} 份依次留出，由其余各县预测。偏误与均方根误差：人口以百分比计，比重以百分点计；"
        "泰尔分解为均方误差中偏误／方差／协方差的百分比。",
    ),
    "area": ("area", "地区"),
    "all_areas": ("all", "全部"),
    "rule": ("rule", "预测规则"),
    "rule_model": ("model", "模型"),
    "rule_constant": ("as it was", "保持不变"),
    "rule_province": ("province's change", "全省平均变化"),
    "rule_trend": ("natural growth goes on", "自然增长延续"),
    "mape": ("MAPE", "平均绝对百分比误差"),
    "bias": ("bias", "偏误"),
    "rmse": ("RMSE", "均方根误差"),
    "theil": ("Theil", "泰尔分解"),
    "beats": (
        "{observable}, {area}: the model {verdict} the best naive rule, {rule} (RMSE {model} against "
        "{naive}; squared errors differ by {edge} standard errors).",
        "{observable}，{area}：模型与最好的简单规则“{rule}”相比{verdict}"
        "（均方根误差 {model} 对 {naive}；平方误差之差为 {edge} 个标准误）。",
    ),
    "beats_it": ("errs less than", "占优"),
    "ties_with_it": ("is, as far as can be told, no better and no worse than", "难分高下"),
    "loses_to_it": ("errs more than", "落后"),
    "held": ("intervals that hold the truth", "区间含真值的比例"),
    "recovered": (
        "Of the 90 % intervals fitted to {truths} sets of made-up data, {share} % hold what the data were "
        "made from.",
        "对 {truths} 组合成数据拟合的 90 % 区间中，{share} % 含有生成数据的真值。",
    ),
}
